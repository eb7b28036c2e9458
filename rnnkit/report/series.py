"""Series as pictures: a forecast with its interval, and anomalies with labelled windows."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.environment import require

BLUE, ORANGE, RED, GREEN = "#1f4e79", "#d9730d", "#b3261e", "#3f8f4f"

Span = tuple[int, int]


def draw_forecast(
    history: np.ndarray,
    ahead: np.ndarray,
    names: Sequence[str],
    times: tuple[np.ndarray, np.ndarray],
    title: str,
    interval: tuple[np.ndarray, np.ndarray] | None = None,
) -> bytes:
    """A PNG of a series and its forecast.

    Args:
        history: (steps, targets).
        ahead: (horizon, targets).
        names: The targets, a panel each.
        times: The steps of both: (steps,) and (horizon,) times or numbers.
        title: Above the picture.
        interval: Lower and upper ends, (horizon, targets) each.
    """
    figure, panels = _figure(len(names), title)
    for target, (axes, name) in enumerate(zip(panels, names, strict=True)):
        axes.plot(times[0], history[:, target], color=BLUE, linewidth=1.2, label="history")
        # From the last number seen on, so that the line does not begin in the air.
        at = np.append(times[0][-1:], times[1])
        ends = [
            np.append(history[-1:, target], values[:, target])
            for values in (ahead, *(interval or ()))
        ]
        if interval:
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
        axes.set_ylabel(name, parse_math=False)
    _legend_above(panels[0])
    return _png(figure)


def draw_anomalies(
    values: np.ndarray,
    scores: np.ndarray,
    threshold: float,
    names: Sequence[str],
    times: np.ndarray,
    events: Sequence[Span],
    windows: Sequence[Span],
    title: str,
) -> bytes:
    """A PNG of a series with its events and the labelled windows, above the scores that they
    follow from.

    Args:
        values: (steps, targets).
        scores: (steps,) each step's score.
        threshold: The score from which a step belongs to an event.
        names: The targets, a panel each.
        times: (steps,) times or numbers.
        events: The first and the last step of each.
        windows: The same of the labelled ones.
        title: Above the picture.
    """
    figure, panels = _figure(len(names) + 1, title)
    for target, (axes, name) in enumerate(zip(panels, names, strict=False)):
        axes.plot(times, values[:, target], color=BLUE, linewidth=0.7)
        axes.set_ylabel(name, parse_math=False)
    panels[-1].plot(times, scores, color=BLUE, linewidth=0.7)
    panels[-1].axhline(threshold, color=RED, linewidth=0.8, linestyle="--")
    panels[-1].set_ylabel("-log10 of the\ntail probability")
    for axes in panels:
        for kind, spans, colour, opacity in (
            ("labelled window", windows, GREEN, 0.2),
            ("event", events, RED, 0.5),
        ):
            for index, (first, last) in enumerate(spans):
                axes.axvspan(
                    times[first],
                    times[last],
                    color=colour,
                    alpha=opacity,
                    linewidth=1,
                    label=None if index else kind,
                )
    if events or windows:
        _legend_above(panels[0])
    return _png(figure)


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


def _legend_above(axes: Any) -> None:
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, ncols=3, borderaxespad=0)


def _png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()
