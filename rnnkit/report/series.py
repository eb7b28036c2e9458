"""Series as pictures, one or several: forecasts with intervals, and anomalies with labelled
windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.environment import require
from rnnkit.report.picture import png

BLUE, ORANGE, RED, GREEN = "#1f4e79", "#d9730d", "#b3261e", "#3f8f4f"
MOST_PANELS = 40  # of a picture

Span = tuple[int, int]


@dataclass(frozen=True)
class DrawnForecast:
    """A series and its forecast.

    Args:
        history: (steps, targets).
        ahead: (horizon, targets).
        names: The targets, a panel each.
        times: The steps of both: (steps,) and (horizon,) times or numbers.
        interval: Lower and upper ends, (horizon, targets) each.
        title: Above its first panel; the name of one of several series.
    """

    history: np.ndarray
    ahead: np.ndarray
    names: Sequence[str]
    times: tuple[np.ndarray, np.ndarray]
    interval: tuple[np.ndarray, np.ndarray] | None = None
    title: str = ""


@dataclass(frozen=True)
class DrawnAnomalies:
    """A series with its events and the labelled windows, and the scores that they follow from.

    Args:
        values: (steps, targets).
        scores: (steps,) each step's score.
        threshold: The score from which a step belongs to an event.
        names: The targets, a panel each.
        times: (steps,) times or numbers.
        events: The first and the last step of each.
        windows: The same of the labelled ones.
        title: Above its first panel; the name of one of several series.
    """

    values: np.ndarray
    scores: np.ndarray
    threshold: float
    names: Sequence[str]
    times: np.ndarray
    events: Sequence[Span]
    windows: Sequence[Span]
    title: str = ""


def draw_forecasts(each: Sequence[DrawnForecast], title: str) -> bytes:
    """A PNG of series and their forecasts, one below the other.

    Args:
        each: At least one.
        title: Above the picture.
    """
    figure, panels = _figure(sum(len(drawn.names) for drawn in each), title)
    rest = iter(panels)
    for drawn in each:
        for target, name in enumerate(drawn.names):
            axes = next(rest)
            if not target:
                axes.set_title(drawn.title, loc="right", parse_math=False)
            axes.set_ylabel(name, parse_math=False)
            _forecast(axes, drawn, target)
    _legend_above(panels[0])
    return png(figure, dpi=110)


def draw_anomalies(each: Sequence[DrawnAnomalies], title: str) -> bytes:
    """A PNG of series with their events, one below the other.

    Args:
        each: At least one.
        title: Above the picture.
    """
    figure, panels = _figure(sum(len(drawn.names) + 1 for drawn in each), title)
    rest = iter(panels)
    marked: dict[str, Any] = {}  # what the legend explains
    for drawn in each:
        own = [next(rest) for _ in range(len(drawn.names) + 1)]
        own[0].set_title(drawn.title, loc="right", parse_math=False)
        for target, name in enumerate(drawn.names):
            own[target].plot(drawn.times, drawn.values[:, target], color=BLUE, linewidth=0.7)
            own[target].set_ylabel(name, parse_math=False)
        own[-1].plot(drawn.times, drawn.scores, color=BLUE, linewidth=0.7)
        own[-1].axhline(drawn.threshold, color=RED, linewidth=0.8, linestyle="--")
        own[-1].set_ylabel("-log10 of the\ntail probability")
        for axes in own:
            _mark(axes, drawn, marked)
    if marked:
        kinds = [kind for kind in ("labelled window", "event") if kind in marked]
        _legend_above(panels[0], handles=[marked[kind] for kind in kinds], labels=kinds)
    return png(figure, dpi=110)


def _forecast(axes: Any, drawn: DrawnForecast, target: int) -> None:
    history, ahead, times = drawn.history, drawn.ahead, drawn.times
    axes.plot(times[0], history[:, target], color=BLUE, linewidth=1.2, label="history")
    # From the last number seen on, so that the line does not begin in the air.
    at = np.append(times[0][-1:], times[1])
    ends = [
        np.append(history[-1:, target], values[:, target])
        for values in (ahead, *(drawn.interval or ()))
    ]
    if drawn.interval:
        axes.fill_between(
            at, ends[1], ends[2], color=ORANGE, alpha=0.25, linewidth=0, label="interval"
        )
    axes.plot(
        at,
        ends[0],
        color=ORANGE,
        linewidth=1.6,
        marker="o" if len(ahead) == 1 else None,
        markevery=[-1],
        label="forecast",
    )


def _mark(axes: Any, drawn: DrawnAnomalies, marked: dict[str, Any]) -> None:
    """Labelled windows and events as areas, the first of each kind noted for the legend."""
    for kind, spans, colour, opacity in (
        ("labelled window", drawn.windows, GREEN, 0.2),
        ("event", drawn.events, RED, 0.5),
    ):
        for first, last in spans:
            area = axes.axvspan(
                drawn.times[first], drawn.times[last], color=colour, alpha=opacity, linewidth=1
            )
            marked.setdefault(kind, area)


def _figure(panels: int, title: str) -> tuple[Any, list[Any]]:
    require("matplotlib")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 1.5 + 2.4 * panels), layout="constrained")
    panes = figure.subplots(panels, 1, sharex=True, squeeze=False)[:, 0]
    for axes in panes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.3)
        axes.margins(x=0.01)
    figure.suptitle(title, parse_math=False)
    return figure, list(panes)


def _legend_above(axes: Any, **what: Any) -> None:
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), frameon=False, ncols=3, borderaxespad=0, **what
    )
