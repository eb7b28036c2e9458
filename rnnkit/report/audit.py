"""The data of an audit as a picture: lengths of rows, frequencies of labels, series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnkit.environment import require
from rnnkit.quantities import counted
from rnnkit.report.picture import BLUE, GREEN, ORANGE, PURPLE, png, shortened

COLOURS = (BLUE, ORANGE, GREEN, PURPLE)
BINS = 40
MOST_CLASSES = 20
MOST_SERIES = 6
MOST_CHARACTERS = 24
WITHIN = 0.99  # the share of the rows that the axis of lengths shows
MOST_POINTS = 4_000  # of a series


def draw_audit(
    lengths: Mapping[str, np.ndarray],
    unit: str,
    classes: Mapping[str, Mapping[str, int]],
    series: Mapping[str, np.ndarray],
    title: str,
) -> bytes:
    """A PNG with a panel for lengths, one for labels and one for each series, where present.

    Args:
        lengths: The length of each row of each part.
        unit: The unit of the lengths: "tokens".
        classes: How often each label occurs in each part.
        series: (steps,) for each column.
        title: The title of the picture.
    """
    require("matplotlib")
    from matplotlib.figure import Figure

    columns = list(series)[:MOST_SERIES]
    heights = [3.0] * bool(lengths) + [_height(classes)] * bool(classes) + [2.0] * len(columns)
    figure = Figure(figsize=(9, 0.8 + sum(heights)), layout="constrained")
    panels = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0].tolist()
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
    if lengths:
        _draw_lengths(panels.pop(0), lengths, unit)
    if classes:
        _draw_classes(panels.pop(0), classes)
    for name, axes in zip(columns, panels, strict=True):
        _draw_series(axes, name, series[name])
    figure.suptitle(title, parse_math=False, fontsize=11)
    return png(figure, dpi=110)


def _height(classes: Mapping[str, Mapping[str, int]]) -> float:
    return 1.2 + 0.26 * min(MOST_CLASSES, max(map(len, classes.values()), default=0))


def _draw_lengths(axes: Any, lengths: Mapping[str, np.ndarray], unit: str) -> None:
    """Draws a histogram of lengths for each part."""
    parts = {part: values for part, values in lengths.items() if len(values)}
    most = max(int(np.quantile(values, WITHIN)) for values in parts.values())
    longest = max(int(values.max()) for values in parts.values())
    width = max(1, -(-most // BINS))
    edges = np.arange(0.5, most + width + 0.5, width)
    for colour, (part, values) in zip(COLOURS, parts.items(), strict=False):
        shares = np.histogram(values, edges)[0] / len(values)
        axes.stairs(100 * shares, edges, label=f"{part} ({len(values):,})", color=colour, lw=1.6)
    beyond = f"; the longest, {longest:,}, lies beyond" if longest > edges[-1] else ""
    axes.set_xlabel(f"length of a row in {unit}{beyond}")
    axes.set_ylabel("share of the rows (%)")
    axes.grid(axis="y", alpha=0.3)
    axes.legend(frameon=False)


def _draw_classes(axes: Any, classes: Mapping[str, Mapping[str, int]]) -> None:
    """Draws bars for the share of each label, a colour for each part."""
    counts = classes.get("train") or next(iter(classes.values()))
    names = sorted(counts, key=lambda name: -counts[name])
    shown, rest = names[:MOST_CLASSES], len(names) - MOST_CLASSES
    place, parts = np.arange(len(shown)), list(classes)[: len(COLOURS)]
    thick = 0.8 / len(parts)
    for number, (part, colour) in enumerate(zip(parts, COLOURS, strict=False)):
        whole = max(1, sum(classes[part].values()))
        shares = [100 * classes[part].get(name, 0) / whole for name in shown]
        axes.barh(
            place + (number - (len(parts) - 1) / 2) * thick, shares, thick, color=colour, label=part
        )
    axes.set_yticks(place, [shortened(name, MOST_CHARACTERS) for name in shown], parse_math=False)
    axes.invert_yaxis()
    more = f"; {counted(rest, 'rarer label')} not drawn" if rest > 0 else ""
    axes.set_xlabel(f"share of the part's labels (%){more}")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)  # bars fill the axes


def _draw_series(axes: Any, name: str, values: np.ndarray) -> None:
    """Draws a column over its steps; of a long one the minimum and maximum of each stretch."""
    steps = np.arange(1, len(values) + 1)
    if len(values) > MOST_POINTS:
        stretches = np.array_split(np.arange(len(values)), MOST_POINTS // 2)
        drawn = np.unique(
            [
                stretch[[np.nanargmin(values[stretch]), np.nanargmax(values[stretch])]]
                for stretch in stretches
                if not np.isnan(values[stretch]).all()
            ]
        )
        steps, values = steps[drawn], values[drawn]
    axes.plot(steps, values, color=COLOURS[0], lw=0.9)
    axes.set_ylabel(shortened(name, MOST_CHARACTERS), parse_math=False)
    axes.set_xlabel("step")
    axes.grid(axis="y", alpha=0.3)
