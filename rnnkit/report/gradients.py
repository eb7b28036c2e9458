"""The norm of the gradient by the distance from the loss, as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.environment import require
from rnnkit.escapes import visible
from rnnkit.quantities import percent
from rnnkit.report.picture import BLUE, GREEN, GREY, ORANGE, PURPLE, png

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

COLOURS = (BLUE, ORANGE, GREEN, PURPLE, GREY)  # then again with other line styles
STROKES = ("-", "--", "-.", ":")
LEAST = 1e-12  # the smallest share of the first norm that is drawn


def draw_gradients(curves: Mapping[str, Sequence[float] | np.ndarray], little: float) -> bytes:
    """A PNG of what is left of the gradient at each distance.

    Args:
        curves: (distances,) shares by name, 1 at the loss.
        little: The share at which a line is drawn.
    """
    require("matplotlib")
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(8, 5), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    for index, left in enumerate(curves.values()):
        axes.plot(
            np.arange(len(left)),
            np.maximum(left, LEAST),
            color=COLOURS[index % len(COLOURS)],
            linestyle=STROKES[index // len(COLOURS) % len(STROKES)],
            linewidth=1.8,
            marker="o" if len(left) <= 12 else None,
            markersize=4,
        )
    axes.axhline(little, color="0.6", linewidth=1, linestyle=":")
    axes.set_yscale("log")
    axes.set_xlabel("distance from the loss (steps)")
    axes.set_ylabel("norm of dL/dh, divided by that at the loss")
    axes.set_title("How far back the gradient reaches", loc="left", fontsize=12)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=True, color="0.9", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    _name(axes, [*curves, f"{percent(little)} left"])
    return png(figure)


def _name(axes: Axes, names: Sequence[str]) -> None:
    """Draws a legend below, whose names may begin with `_` or have a `$`."""
    legend = axes.legend(
        axes.get_lines(),
        [str(index) for index in range(len(names))],
        loc="upper left",
        bbox_to_anchor=(0, -0.13),
        ncols=2,
        frameon=False,
    )
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(visible(name))
