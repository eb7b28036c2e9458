"""Line charts as SVG, in the colours of the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.report.html import Html, element, join

WIDTH, HEIGHT = 360, 210
LEFT, RIGHT, TOP, BOTTOM = 50, 10, 18, 36
MARGIN = 0.04  # of the height, below and above the lines
LETTER = 7  # the approximate width of a character of a label
MOST_POINTS = 300  # of a line; a longer one is drawn by the minimum and maximum of each stretch
TICKS = 5


@dataclass(frozen=True)
class Line:
    """A line of a chart.

    Args:
        name: Its name in the legend.
        values: (points,) numbers, NaN where missing.
        at: (points,) positions along the horizontal axis.
        colour: The number of its colour, from 1 to 4.
        dashed: Whether it is dashed.
    """

    name: str
    values: np.ndarray
    at: np.ndarray
    colour: int = 1
    dashed: bool = False


@dataclass(frozen=True)
class Chart:
    """Lines over one axis.

    Args:
        title: The caption.
        across: The label of the horizontal axis, with its unit.
        lines: At least one.
        band: (2, points): the lower and the upper end of an interval of the second line; None for
            none.
        mark: The position and the label of a vertical line.
        labels: Names of positions on the axis, such as times, in place of numbers.
    """

    title: str
    across: str
    lines: Sequence[Line]
    band: np.ndarray | None = None
    mark: tuple[float, str] | None = None
    labels: Sequence[tuple[float, str]] = ()

    def html(self) -> Html:
        """The figure; "" if no line has a number."""
        numbers = [line.values for line in self.lines] + ([] if self.band is None else [self.band])
        known = np.concatenate([values[np.isfinite(values)] for values in map(np.ravel, numbers)])
        if not len(known):
            return Html("")
        places = np.concatenate([line.at for line in self.lines])
        low, high = float(known.min()), float(known.max())
        edge = MARGIN * (high - low) if high - low < math.inf else 0.0
        scale = _Scale((float(places.min()), float(places.max())), (low - edge, high + edge))
        drawing = element(
            "svg",
            [
                *self._axes(scale),
                *self._interval(scale),
                *(_polylines(line, scale) for line in self.lines),
            ],
            viewBox=f"0 0 {WIDTH} {HEIGHT}",
            role="img",
            aria_label=f"{self.title}: {', '.join(line.name for line in self.lines)}",
        )
        return element("figure", drawing, element("figcaption", self.title, self._legend()))

    def _axes(self, scale: _Scale) -> list[Html]:
        parts = []
        for value in ticks(*scale.values):
            y = scale.y(value)
            parts.append(element("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y))
            parts.append(_label(LEFT - 5, y + 4, tick_text(value, scale.values), "end"))
        whole = [value for value in ticks(*scale.steps) if value == int(value)]
        marks = [*self.labels] or [(value, f"{int(value)}") for value in whole]
        if self.labels and LETTER * sum(len(name) for _, name in marks) > WIDTH - LEFT - RIGHT:
            marks = [marks[0], marks[-1]][: len(marks)]  # more would overlap
        ends = {0: "start", len(marks) - 1: "end"} if self.labels else {}
        for index, (place, name) in enumerate(marks):
            anchor = ends.get(index, "middle")
            parts.append(_label(scale.x(place), HEIGHT - BOTTOM + 15, name, anchor))
        parts.append(_label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, self.across, "middle"))
        if self.mark is not None:
            x = scale.x(self.mark[0])
            parts.append(element("line", class_="mark", x1=x, x2=x, y1=TOP, y2=HEIGHT - BOTTOM))
            side = "start" if x < WIDTH * 0.3 else "end" if x > WIDTH * 0.7 else "middle"
            parts.append(_label(x, TOP - 5, self.mark[1], side))
        return parts

    def _interval(self, scale: _Scale) -> list[Html]:
        if self.band is None:
            return []
        at, (low, high) = self.lines[1].at, self.band
        along = [*zip(at, high, strict=True), *zip(at[::-1], low[::-1], strict=True)]
        points = " ".join(scale.point(x, y) for x, y in along)
        return [element("polygon", class_="c2 band", points=points)]

    def _legend(self) -> Html:
        keys = [join(element("span", class_=_class("key", line)), line.name) for line in self.lines]
        return join(keys)


@dataclass(frozen=True)
class _Scale:
    """The mapping from numbers to coordinates of the drawing."""

    steps: tuple[float, float]
    values: tuple[float, float]

    def x(self, step: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * _share(step, *self.steps)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * _share(value, *self.values)

    def point(self, step: float, value: float) -> str:
        return f"{self.x(step):.1f},{self.y(value):.1f}"


def _polylines(line: Line, scale: _Scale) -> Html:
    """The polylines of a line, interrupted at missing numbers; a single point is a dot."""
    kept = _thinned(line.values)
    parts = []
    for run in np.split(kept, np.flatnonzero(np.diff(np.isfinite(line.values[kept]))) + 1):
        if not len(run) or not np.isfinite(line.values[run[0]]):
            continue
        if len(run) == 1:
            x, y = scale.x(line.at[run[0]]), scale.y(line.values[run[0]])
            parts.append(element("circle", class_=f"c{line.colour}", cx=x, cy=y, r=3))
            continue
        points = " ".join(scale.point(line.at[index], line.values[index]) for index in run)
        parts.append(element("polyline", class_=_class("", line), points=points))
    return join(parts)


def _thinned(values: np.ndarray) -> np.ndarray:
    """The indices of the points that are drawn."""
    if len(values) <= MOST_POINTS:
        return np.arange(len(values))
    kept = {0, len(values) - 1}
    for stretch in np.array_split(np.arange(len(values)), MOST_POINTS // 2):
        known = stretch[np.isfinite(values[stretch])]
        if len(known):
            kept |= {int(known[values[known].argmin()]), int(known[values[known].argmax()])}
    return np.array(sorted(kept))


def _class(name: str, line: Line) -> str:
    return f"{name} c{line.colour}{' dash' if line.dashed else ''}".strip()


def _label(x: float, y: float, text: str, anchor: str) -> Html:
    return element("text", text, x=x, y=y, text_anchor=anchor)


def _share(value: float, low: float, high: float) -> float:
    """The position of a number between two, from 0 to 1; halved first, so as not to overflow."""
    half = high / 2 - low / 2
    return (value / 2 - low / 2) / half if half > 0 else 0.5


def ticks(low: float, high: float) -> list[float]:
    """Round numbers between two, for the ticks of an axis."""
    span = high - low
    if not 0 < span < math.inf:
        return [low]
    rough = span / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)] or [low]


def tick_text(value: float, span: tuple[float, float]) -> str:
    """The label of a tick, with enough digits to tell it from the next one."""
    largest = max(abs(span[0]), abs(span[1]))
    if largest >= 1e6 or 0 < largest < 1e-3:
        return f"{value:.2g}"
    step = (span[1] - span[0]) / TICKS
    digits = max(0, -math.floor(math.log10(step))) if step > 0 else 2
    return f"{value:,.{min(digits, 6)}f}"
