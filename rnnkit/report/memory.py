"""How far back an input still changes an answer, as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rnnkit.environment import require
from rnnkit.report.picture import BLUE, ORANGE, png

LONG = 40  # steps beyond which the axis of distances is logarithmic


def draw_memory(
    steps: Sequence[int],
    changes: Sequence[float],
    errors: Sequence[float],
    marks: Mapping[str, int],
    words: tuple[str, str, str],
) -> bytes:
    """A PNG of the curve of changes by distance.

    Args:
        steps: The distances before the newest step; below 0 after the step that is answered.
        changes: The change at each distance.
        errors: The standard errors of the changes.
        marks: By name of a part of the effect, the steps within which it lies.
        words: The unit of a step, the name of the change, and the verdict.
    """
    require("matplotlib")
    from matplotlib.figure import Figure

    unit, measure, verdict = words
    order = np.argsort(steps)
    x, y = np.array(steps)[order], np.array(changes)[order]
    spread = 2 * np.array(errors)[order]
    figure = Figure(figsize=(8, 4.6), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    axes.fill_between(x, np.maximum(y - spread, 0), y + spread, color=BLUE, alpha=0.2, lw=0)
    axes.plot(x, y, color=BLUE, marker="o", markersize=4, label="mean, with two standard errors")
    both_sides = len(x) and x[0] < 0
    for (name, within), style in zip(marks.items(), (":", "--", "-"), strict=True):
        if within and not both_sides:
            label = f"{name} of the effect: the last {within}"
            axes.axvline(within - 0.5, color=ORANGE, linestyle=style, linewidth=1.2, label=label)
    if len(x) and x[-1] > LONG and not both_sides:
        axes.set_xscale("symlog", linthresh=8)
        ticks = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096]
        axes.set_xticks([tick for tick in ticks if tick <= x[-1]])
        axes.set_xticks([], minor=True)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    if len(x) > 1:
        axes.set_xlim(x[0] - 0.5, x[-1] * 1.05 + 0.5)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(
        f"{unit} from the one that is answered (below 0: after it)"
        if both_sides
        else f"{unit} before the newest one"
    )
    axes.set_ylabel(measure.replace(" (", "\n("), fontsize=9, parse_math=False)
    axes.set_title(verdict[:1].upper() + verdict[1:], fontsize=10, wrap=True)
    axes.grid(color="0.92", linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(fontsize=8, framealpha=1, edgecolor="white")  # above the marks
    return png(figure)
