"""Findings about columns of a series: those that hold the target's future or copy it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rnnkit.audit.finding import Finding, share_text
from rnnkit.quantities import counted

SAME = 0.995  # least correlation of changes of a copy
PREDICTABLE = 0.9  # correlation with the target's own past, from which its future is no leak
FEWEST = 60  # steps that a correlation needs
MOST_AHEAD = 48  # most steps ahead that are compared
BEYOND = 0.2  # of the held-out steps


@dataclass(frozen=True)
class Column:
    """A column that is not a target.

    Args:
        name: Its name.
        values: Its numbers, (steps,).
        known: Whether it is known in advance, so that its future is an input too.
        key: The setting that lists it.
    """

    name: str
    values: np.ndarray
    known: bool
    key: str


def leaking_column(
    target: str, values: np.ndarray, column: Column, ahead: int
) -> Iterator[Finding]:
    """A column that holds the target's future, or that adds nothing to the target.

    Args:
        target: The target's name.
        values: The target's numbers, (steps,).
        column: The other column.
        ahead: The steps that are forecast.
    """
    changes, other = np.diff(values), np.diff(column.values)
    if len(values) < FEWEST or not changes.any() or not other.any():
        return
    cure = f"Remove {column.name} from `{column.key}`"
    same = abs(_correlation(other, changes))
    if same >= SAME:
        if column.known:
            what = (
                f"{column.name} is known in advance and changes as {target} does: it is the target"
            )
            yield Finding("target_in_known", "high", "", what, cure)
        else:
            what = f"{column.name} changes as {target} does, step by step: it adds nothing to it"
            yield Finding("copy_of_target", "low", "", what, cure)
        return
    for lag in range(1, min(ahead, MOST_AHEAD, len(changes) // 3) + 1):
        if abs(_correlation(other[:-lag], changes[lag:])) < SAME:
            continue
        past = [
            abs(
                _correlation(
                    changes[: -lag - back or None][: len(changes) - lag - back],
                    changes[lag + back :],
                )
            )
            for back in range(min(ahead, 24))
        ]
        if max(past) < PREDICTABLE:
            what = f"{column.name} holds the {target} of {counted(lag, 'step')} later"
            yield Finding("future_value", "high", "", what, cure)
        return


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    """The correlation of two columns, (steps,); 0 if one is constant."""
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x**2).sum() * (y**2).sum()))
    return float((x * y).sum()) / scale if scale > 0 else 0.0


def beyond_range(
    name: str, train: np.ndarray, held_out: np.ndarray, part: str, cure: str
) -> Iterator[Finding]:
    """A held-out part with many numbers outside the range of training.

    Args:
        name: The column's name.
        train: Its numbers in training, (steps,).
        held_out: Its numbers in the part, (steps,).
        part: The part's name.
        cure: The setting that helps; "" if it is set.
    """
    if not cure or not len(held_out):
        return
    outside = (held_out < train.min()) | (held_out > train.max())
    if outside.mean() >= BEYOND:
        what = (
            f"{share_text(int(outside.sum()), len(outside))} {part} values of {name} outside"
            f" those of training, {train.min():g} to {train.max():g}"
        )
        yield Finding("beyond_range", "medium", part, what, cure, int(outside.sum()))
