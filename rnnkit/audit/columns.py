"""Columns of a series beside its target: those that hold its future, those that copy it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rnnkit.audit.finding import Finding, shown_share
from rnnkit.quantities import counted

SAME = 0.995  # correlation of changes
OWN = 0.9  # the same with the target's own past, from which a future value is no news
FEWEST = 60  # steps
MOST_AHEAD = 48
BEYOND = 0.2  # of the held-out steps


@dataclass(frozen=True)
class Column:
    """A column beside the target.

    Args:
        name: Its name.
        values: (steps,) its numbers.
        known: Whether its future is an input too.
        key: The setting that lists it.
    """

    name: str
    values: np.ndarray
    known: bool
    key: str


def leaking_column(
    target: str, values: np.ndarray, column: Column, ahead: int
) -> Iterator[Finding]:
    """A column that holds what is to be forecast, or that adds nothing to the target.

    Args:
        target: The target's name.
        values: (steps,) its numbers.
        column: The other one.
        ahead: Steps that are forecast.
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
        if max(past) < OWN:
            what = f"{column.name} holds the {target} of {counted(lag, 'step')} later"
            yield Finding("future_value", "high", "", what, cure)
        return


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """0 where one does not change."""
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / scale if scale > 0 else 0.0


def beyond_range(
    name: str, train: np.ndarray, held_out: np.ndarray, part: str, cure: str
) -> Iterator[Finding]:
    """A held-out part whose numbers lie where training has none.

    Args:
        name: The column.
        train: (steps,) its numbers in training.
        held_out: (steps,) in the part.
        part: Its name.
        cure: The setting that helps; "" if it is set.
    """
    if not cure or not len(held_out):
        return
    outside = (held_out < train.min()) | (held_out > train.max())
    if outside.mean() >= BEYOND:
        what = (
            f"{shown_share(int(outside.sum()), len(outside))} {part} values of {name} outside"
            f" those of training, {train.min():g} to {train.max():g}"
        )
        yield Finding("beyond_range", "medium", part, what, cure, int(outside.sum()))
