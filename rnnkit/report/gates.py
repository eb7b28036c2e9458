"""Gates and states as heat maps: a row for each unit, a column for each token."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.environment import require
from rnnkit.escapes import visible
from rnnkit.report.picture import BLUE, ORANGE, png, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

GATES = "cividis"  # readable by colour-blind readers
STATES = ("#6b2b00", ORANGE, "#f4f4f4", BLUE, "#00375a")
"""The colours from below 0 to above."""
WIDEST = 24.0  # inches
MOST_PANELS = 40
LONGEST = 14  # letters of a token


@dataclass(frozen=True)
class Map:
    """One heat map.

    Args:
        title: The title.
        values: (timesteps, units).
        is_gate: Whether values lie between 0 and 1, not on both sides of 0.
        first: The number of the first unit.
        tokens: The token that is read at each step.
    """

    title: str
    values: np.ndarray
    is_gate: bool
    first: int
    tokens: Sequence[str]


def draw_gates(maps: Sequence[Map], title: str) -> bytes:
    """A PNG of heat maps below each other; maps of the same text have its tokens below the last."""
    require("matplotlib")
    from matplotlib.figure import Figure

    heights = [_height(heat_map) for heat_map in maps]
    steps = max(len(heat_map.tokens) for heat_map in maps)
    width = min(WIDEST, max(6.5, 2.6 + 0.22 * steps))
    labelled = [
        index + 1 == len(maps) or maps[index + 1].tokens != heat_map.tokens
        for index, heat_map in enumerate(maps)
    ]
    height = sum(heights) + 1.1 * sum(labelled) + 0.8
    figure = Figure(figsize=(width, height), dpi=110, layout="constrained")
    figure.suptitle(title, fontsize=11, parse_math=False)
    grid = figure.subplots(len(maps), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, heat_map, is_labelled in zip(grid, maps, labelled, strict=True):
        image = _draw(axes, heat_map)
        axes.set_xlabel("token read, in order" if is_labelled else "")
        _tokens(axes, heat_map.tokens if is_labelled else [], width)
        bar = figure.colorbar(image, ax=axes, pad=0.01, aspect=max(4.0, 9 * _height(heat_map)))
        bar.set_label("0 shut, 1 open" if heat_map.is_gate else "state", fontsize=8)
        bar.ax.tick_params(labelsize=7)
    return png(figure)


def _height(heat_map: Map) -> float:
    """The height of a heat map, in inches."""
    return min(2.4, max(0.9, 0.13 * heat_map.values.shape[1] + 0.35))


def _draw(axes: Axes, heat_map: Map) -> AxesImage:
    from matplotlib.colors import LinearSegmentedColormap

    units = heat_map.values.shape[1]
    most = float(np.abs(heat_map.values).max(initial=0)) or 1.0
    low, high = (0.0, 1.0) if heat_map.is_gate else (-most, most)
    image = axes.imshow(
        heat_map.values.T,
        cmap=GATES if heat_map.is_gate else LinearSegmentedColormap.from_list("states", STATES),
        vmin=low,
        vmax=high,
        aspect="auto",
        interpolation="nearest",
    )
    axes.set_title(heat_map.title, fontsize=9, loc="left", parse_math=False)
    axes.set_ylabel("unit", fontsize=8)
    places = np.unique(np.linspace(0, units - 1, min(units, 5)).round().astype(int))
    axes.set_yticks(places, [str(heat_map.first + place) for place in places], fontsize=7)
    return image


def _tokens(axes: Axes, tokens: Sequence[str], width: float) -> None:
    """Draws the tokens below a heat map, as many as there is room for."""
    step = max(1, math.ceil(len(tokens) * 0.13 / (width - 2)))
    places = range(0, len(tokens), step)
    names = [_label_text(tokens[place]) for place in places]
    axes.set_xticks(places, names, rotation=90, fontsize=7, parse_math=False)


def _label_text(token: str) -> str:
    text = visible(token if token.strip() else repr(token))
    return shortened(text, LONGEST)
