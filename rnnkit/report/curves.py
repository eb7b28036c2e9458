"""The curves of a training: loss and scores of each epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT, EDGE = 320, 120, 8
COLOURS = ("#4477aa", "#ee6677")  # distinguishable by colour-blind readers (Paul Tol)
Curves = Mapping[str, Sequence[float]]


def draw_curves(axes: Axes, epochs: Sequence[int], curves: Curves, best: int | None) -> None:
    """Draws curves by epoch, with a line at the epoch of the best weights.

    Args:
        axes: The matplotlib axes.
        epochs: (epochs,) the numbers of the epochs.
        curves: (epochs,) values by name.
        best: The number of the best epoch; None for no line.
    """
    for name, values in curves.items():
        axes.plot(epochs, values, label=name)
    if best:
        axes.axvline(best, color="0.6", linestyle=":", label=f"best: epoch {best}")
    axes.set_xlabel("epoch")
    axes.legend()


def svg_curves(curves: Curves) -> str:
    """Curves by epoch as an SVG of some hundred bytes."""
    numbers = [value for values in curves.values() for value in values if math.isfinite(value)]
    if not numbers:
        return ""
    low, high = min(numbers), max(numbers)
    lines = []
    for colour, (name, values) in zip(COLOURS, curves.items(), strict=False):
        points = " ".join(
            f"{_place(index, len(values) - 1, WIDTH):.1f},"
            f"{HEIGHT - _place(value - low, high - low, HEIGHT):.1f}"
            for index, value in enumerate(values)
            if math.isfinite(value)
        )
        lines.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}">'
            f"<title>{name}</title></polyline>"
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" role="img">'
        f"{''.join(lines)}</svg>"
    )


def _place(value: float, span: float, size: int) -> float:
    return EDGE + (size - 2 * EDGE) * (value / span if span else 0.5)
