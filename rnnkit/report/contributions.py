"""The contributions of the parts of an input as a picture: bars, or a heat map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.environment import require
from rnnkit.escapes import visible
from rnnkit.report.picture import BLUE, ORANGE, png, shortened

COLOURS = (ORANGE, "#f4f4f4", BLUE)  # negative, zero, positive
LONGEST = 24  # letters of a name


def draw_bars(names: Sequence[str], values: np.ndarray, title: str, unit: str) -> bytes:
    """A PNG with a bar for each name, from top to bottom: blue above 0, orange below."""
    require("matplotlib")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 1.4 + 0.24 * len(names)))
    axes = figure.add_subplot()
    colours = [COLOURS[2] if value >= 0 else COLOURS[0] for value in values]
    axes.barh(range(len(names)), values, color=colours)
    axes.axvline(0, color="0.4", linewidth=0.8)
    axes.set_yticks(range(len(names)), [_label_text(name) for name in names], parse_math=False)
    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.set_xlabel(f"contribution ({unit}): for the answer above 0", parse_math=False)
    axes.set_title(visible(title), parse_math=False)
    return png(figure, dpi=120, bbox_inches="tight")


def draw_map(
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    labels: Sequence[str],
) -> bytes:
    """A PNG of (rows, columns) contributions.

    Args:
        values: (rows, columns) contributions.
        rows: The names of the rows, from top to bottom.
        columns: The names of the columns.
        title: The title of the picture.
        labels: The labels of the rows, the columns and the numbers.
    """
    require("matplotlib")
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    size = (min(24.0, 3.2 + 0.36 * len(columns)), min(24.0, 2.0 + 0.34 * len(rows)))
    figure = Figure(figsize=size)
    axes = figure.add_subplot()
    most = float(np.abs(values).max()) or 1.0
    colours = LinearSegmentedColormap.from_list("contributions", COLOURS)
    image = axes.imshow(values, cmap=colours, vmin=-most, vmax=most, aspect="auto")
    step = max(1, len(columns) // 40)
    marks = range(0, len(columns), step)
    axes.set_xticks(
        marks, [_label_text(columns[mark]) for mark in marks], rotation=90, parse_math=False
    )
    axes.set_yticks(range(len(rows)), [_label_text(name) for name in rows], parse_math=False)
    axes.set_ylabel(labels[0])
    axes.set_xlabel(labels[1])
    axes.set_title(visible(title), parse_math=False)
    figure.colorbar(image, label=labels[2])
    return png(figure, dpi=120, bbox_inches="tight")


def _label_text(name: str) -> str:
    text = visible(name) if name.strip() else repr(name)
    return shortened(text, LONGEST)
