"""Parallel coordinates: each trial of a sweep is a line through its values, an axis per setting."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit.environment import require
from rnnkit.quantities import counted, percent
from rnnkit.report.picture import ORANGE, png, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMN = 1.9  # inches
FACTOR = 10.0  # between the ends of an axis that is logarithmic
MOST_LETTERS = 14  # of a value
MOST_DIGITS = 8
TICKS = 5


def draw_parallel(
    columns: Mapping[str, Sequence[Any]],
    scores: Sequence[float],
    metric: str,
    higher_is_better: bool,
    importance: Mapping[str, float],
) -> bytes:
    """A PNG with a line for each trial, the darker the better, and the importance of each setting.

    Args:
        columns: By setting, its value in each trial.
        scores: The score of each trial.
        metric: The name of the score.
        higher_is_better: Whether a higher score is better.
        importance: By setting, the share of the variance that it explains; empty for none.
    """
    require("matplotlib")
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    names = [*columns, metric]
    figure = Figure(figsize=(max(5.0, COLUMN * len(names)), 4.2), layout="constrained")
    axes = figure.add_subplot()
    heights, labels = zip(
        *(_placed(values) for values in [*columns.values(), list(scores)]), strict=True
    )
    order = np.argsort(np.asarray(scores) * (1 if higher_is_better else -1))
    for rank, trial in enumerate(order):  # the best is drawn last
        share = (rank + 1) / len(order)
        is_best = rank + 1 == len(order)
        colour = ORANGE if is_best else colormaps["Blues"](0.25 + 0.65 * share)
        axes.plot(
            range(len(names)),
            [column[trial] for column in heights],
            color=colour,
            linewidth=2.4 if is_best else 1.1,
            label="best trial" if is_best else None,
        )
    for place, ticks in enumerate(labels):
        axes.axvline(place, color="0.75", linewidth=1, zorder=0)
        for height, text in ticks:
            axes.text(
                place - 0.03,
                height,
                text,
                ha="right",
                va="center",
                fontsize=8,
                parse_math=False,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.8},
            )
    _name(axes, names, importance)
    axes.set_title(f"{counted(len(scores), 'trial')}, the darker the better", fontsize=10)
    figure.legend(loc="outside upper right", fontsize=8, frameon=False)
    return png(figure, dpi=120)


def _name(axes: Axes, names: Sequence[str], importance: Mapping[str, float]) -> None:
    shown = [
        f"{_broken(name)}\n{percent(importance[name])} of the variance"
        if name in importance
        else _broken(name)
        for name in names
    ]
    axes.set_xticks(range(len(names)), shown, fontsize=8, parse_math=False)
    axes.set_yticks([])
    axes.set_xlim(-0.6, len(names) - 0.85)
    axes.set_ylim(-0.06, 1.06)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)


def _broken(name: str) -> str:
    """A key, broken into two lines if it is long."""
    head, dot, tail = name.rpartition(".")
    return f"{head}{dot}\n{tail}" if len(name) > 16 and dot else name


def _placed(values: Sequence[Any]) -> tuple[list[float], list[tuple[float, str]]]:
    """The height of each value, 0 to 1, and the labels of an axis."""
    is_number = all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    )
    if not is_number or len(set(map(repr, values))) <= TICKS:
        known = sorted(set(values)) if is_number else list(dict.fromkeys(map(str, values)))
        steps = max(1, len(known) - 1)
        at = {str(value): index / steps for index, value in enumerate(known)}
        heights = [at[str(value)] for value in known]
        return [at[str(value)] for value in values], [*zip(heights, _texts(known), strict=True)]
    low, high = min(values), max(values)
    is_logarithmic = low > 0 and high / low > FACTOR
    scale = math.log if is_logarithmic else float
    first, last = scale(low), scale(high)
    heights = [(scale(value) - first) / (last - first) for value in values]
    ticks = np.linspace(first, last, TICKS)
    shown = np.exp(ticks) if is_logarithmic else ticks
    places = [index / (TICKS - 1) for index in range(TICKS)]
    return heights, [*zip(places, _texts(shown.tolist()), strict=True)]


def _texts(values: Sequence[Any]) -> list[str]:
    """The values as texts, floats with enough digits to differ."""
    for digits in range(3, MOST_DIGITS + 1):
        texts = [
            f"{value:.{digits}g}" if isinstance(value, float) else str(value) for value in values
        ]
        if len(set(texts)) == len(texts):
            break
    return [shortened(text, MOST_LETTERS) for text in texts]
