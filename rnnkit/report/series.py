"""Series as pictures: forecasts with intervals, and anomalies with labelled windows."""

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
        history: (steps, targets) observed values.
        ahead: (horizon, targets) forecast values.
        names: The names of the targets, a panel each.
        times: (steps,) and (horizon,) times or step numbers of both.
        interval: The lower and the upper ends, (horizon, targets) each.
        title: The title of the first panel; the name of one of several series.
    """

    history: np.ndarray
    ahead: np.ndarray
    names: Sequence[str]
    times: tuple[np.ndarray, np.ndarray]
    interval: tuple[np.ndarray, np.ndarray] | None = None
    title: str = ""


@dataclass(frozen=True)
class DrawnAnomalies:
    """A series with its scores, events and labelled windows.

    Args:
        values: (steps, targets).
        scores: (steps,) the score of each step.
        threshold: The score from which a step belongs to an event.
        names: The names of the targets, a panel each.
        times: (steps,) times or step numbers.
        events: The first and the last step of each event.
        windows: The first and the last step of each labelled window.
        title: The title of the first panel; the name of one of several series.
    """

    values: np.ndarray
    scores: np.ndarray
    threshold: float
    names: Sequence[str]
    times: np.ndarray
    events: Sequence[Span]
    windows: Sequence[Span]
    title: str = ""


def draw_forecasts(series: Sequence[DrawnForecast], title: str) -> bytes:
    """A PNG of series and their forecasts, one below the other.

    Args:
        series: The series, at least one.
        title: The title of the picture.
    """
    figure, panels = _figure(sum(len(drawn.names) for drawn in series), title)
    remaining = iter(panels)
    for drawn in series:
        for target, name in enumerate(drawn.names):
            axes = next(remaining)
            if not target:
                axes.set_title(drawn.title, loc="right", parse_math=False)
            axes.set_ylabel(name, parse_math=False)
            _forecast(axes, drawn, target)
    _legend_above(panels[0])
    return png(figure, dpi=110)


def draw_anomalies(series: Sequence[DrawnAnomalies], title: str) -> bytes:
    """A PNG of series with their events, one below the other.

    Args:
        series: The series, at least one.
        title: The title of the picture.
    """
    figure, panels = _figure(sum(len(drawn.names) + 1 for drawn in series), title)
    remaining = iter(panels)
    marked: dict[str, Any] = {}  # what the legend explains
    for drawn in series:
        axes_of_series = [next(remaining) for _ in range(len(drawn.names) + 1)]
        axes_of_series[0].set_title(drawn.title, loc="right", parse_math=False)
        for target, name in enumerate(drawn.names):
            axes_of_series[target].plot(
                drawn.times, drawn.values[:, target], color=BLUE, linewidth=0.7
            )
            axes_of_series[target].set_ylabel(name, parse_math=False)
        axes_of_series[-1].plot(drawn.times, drawn.scores, color=BLUE, linewidth=0.7)
        axes_of_series[-1].axhline(drawn.threshold, color=RED, linewidth=0.8, linestyle="--")
        axes_of_series[-1].set_ylabel("-log10 of the\ntail probability")
        for axes in axes_of_series:
            _mark(axes, drawn, marked)
    if marked:
        kinds = [kind for kind in ("labelled window", "event") if kind in marked]
        _legend_above(panels[0], handles=[marked[kind] for kind in kinds], labels=kinds)
    return png(figure, dpi=110)


def _forecast(axes: Any, drawn: DrawnForecast, target: int) -> None:
    history, ahead, times = drawn.history, drawn.ahead, drawn.times
    axes.plot(times[0], history[:, target], color=BLUE, linewidth=1.2, label="history")
    # from the last observed value on, so that the lines are connected
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
    """Draws labelled windows and events as areas; `marked` gets one of each kind for the legend."""
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


def _legend_above(axes: Any, **options: Any) -> None:
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), frameon=False, ncols=3, borderaxespad=0, **options
    )
