"""Scores of several contenders as dots on one axis: as SVG for a page, and as PNG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.environment import require
from rnnkit.report.chart import tick_text, ticks
from rnnkit.report.exhibits import Exhibit
from rnnkit.report.html import Html, element
from rnnkit.report.picture import BLUE, GREY, ORANGE, png, shortened

WIDTH, ROW, TOP, BOTTOM, RIGHT = 460, 28, 10, 40, 20
NAME = 165  # of the width
MOST_LETTERS = 26  # of a name
MARGIN = 0.06  # of the axis, at both ends


@dataclass(frozen=True)
class Row:
    """A row of the plot: a contender, or a reference such as a baseline.

    Args:
        name: The name, to the left.
        values: The scores, a dot each.
        is_reference: Whether it is a baseline or a published figure.
    """

    name: str
    values: Sequence[float]
    is_reference: bool = False

    @property
    def mean(self) -> float:
        """The mean of the scores."""
        return float(np.mean(self.values))

    @property
    def ends(self) -> tuple[float, float]:
        """The mean minus and plus one standard deviation."""
        spread = float(np.std(self.values, ddof=1)) if len(self.values) > 1 else 0.0
        return self.mean - spread, self.mean + spread


@dataclass(frozen=True)
class DotPlot(Exhibit):
    """Rows of dots over one axis.

    Args:
        title: The heading.
        across: The label of the axis, with its unit.
        rows: At least one.
        caption: The explanation of dots and lines.
    """

    title: str
    across: str
    rows: Sequence[Row]
    caption: str = ""

    @property
    def span(self) -> tuple[float, float]:
        """The ends of the axis."""
        known = [
            value for row in self.rows for value in (*row.values, *row.ends) if math.isfinite(value)
        ] or [0.0]
        edge = MARGIN * (max(known) - min(known)) or abs(known[0]) * MARGIN or 1.0
        return min(known) - edge, max(known) + edge

    def html(self) -> Html:
        height = TOP + ROW * len(self.rows) + BOTTOM
        drawing = element(
            "svg",
            self._axis(height),
            [self._dots(row, TOP + ROW * (index + 0.5)) for index, row in enumerate(self.rows)],
            viewBox=f"0 0 {WIDTH} {height}",
            role="img",
            aria_label=f"{self.across}: {', '.join(row.name for row in self.rows)}",
        )
        figure = element("figure", drawing, element("figcaption", self.caption))
        return element("div", figure, class_="wide")

    def _x(self, value: float) -> float:
        low, high = self.span
        return NAME + (WIDTH - NAME - RIGHT) * (value - low) / (high - low)

    def _axis(self, height: float) -> list[Html]:
        span, bottom = self.span, height - BOTTOM
        parts = []
        for value in ticks(*span):
            x = self._x(value)
            parts.append(element("line", class_="grid", x1=x, x2=x, y1=TOP, y2=bottom))
            parts.append(_text(x, bottom + 15, tick_text(value, span)))
        return [*parts, _text((NAME + WIDTH - RIGHT) / 2, height - 6, self.across)]

    def _dots(self, row: Row, y: float) -> Html:
        colour = 2 if row.is_reference else 1
        name = shortened(row.name, MOST_LETTERS)
        parts = [element("text", name, x=NAME - 12, y=y + 4, text_anchor="end")]
        low, high = map(self._x, row.ends)
        if high > low:
            parts.append(element("polyline", class_="c1", points=f"{low:.1f},{y} {high:.1f},{y}"))
        x = self._x(row.mean)
        if len(row.values) > 1:
            points = f"{x:.1f},{y - 8} {x:.1f},{y + 8}"
            parts.append(element("polyline", class_=f"c{colour}", points=points))
        parts += [
            element("circle", class_=f"c{colour}", cx=self._x(value), cy=y, r=4)
            for value in row.values
            if math.isfinite(value)
        ]
        return element("g", parts)


def _text(x: float, y: float, text: str) -> Html:
    return element("text", text, x=x, y=y, text_anchor="middle")


def draw_dots(dots: DotPlot) -> bytes:
    """Draws the plot as a PNG."""
    require("matplotlib")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 1.4 + 0.38 * len(dots.rows)), layout="constrained")
    axes = figure.add_subplot()
    labelled = set[str]()
    for place, row in enumerate(dots.rows):
        colour, mark = (ORANGE, "D") if row.is_reference else (BLUE, "o")
        label = "compared with" if row.is_reference else "one seed each"
        shown = label if label not in labelled else None
        labelled.add(label)
        axes.plot(row.values, [place] * len(row.values), mark, color=colour, label=shown)
        low, high = row.ends
        if high > low:
            mean = "mean ± standard deviation"
            shown = mean if mean not in labelled else None
            labelled.add(mean)
            axes.errorbar(
                row.mean, place, xerr=high - row.mean, fmt="|", color=GREY, ms=14, label=shown
            )
    axes.set_yticks(
        range(len(dots.rows)),
        [shortened(row.name, MOST_LETTERS) for row in dots.rows],
        parse_math=False,
    )
    axes.set_ylim(len(dots.rows) - 0.5, -0.5)
    axes.set_xlim(*dots.span)
    axes.grid(axis="x", color="0.88")
    axes.set_axisbelow(True)
    axes.set_xlabel(dots.across, parse_math=False)
    axes.set_title(dots.title, parse_math=False, fontsize=11)
    figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return png(figure, dpi=120)
