"""Pictures of series: what is drawn, read back from the picture's own axes, and that a PNG comes of
it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnkit.report import series as report


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The figures that are drawn."""
    figures: list[Any] = []
    to_png = report._png
    monkeypatch.setattr(report, "_png", lambda figure: figures.append(figure) or to_png(figure))
    return figures


def test_draw_forecast_continues_from_the_last_known_value(drawn: list[Any]) -> None:
    times = np.datetime64("2020-01-01") + np.arange(7)
    history, ahead = np.arange(10.0).reshape(5, 2), np.array([[20.0, 30.0], [21.0, 31.0]])
    picture = report.draw_forecast(
        history, ahead, ["a", "b $x$"], (times[:5], times[5:]), "title", (ahead - 1, ahead + 2)
    )
    assert picture.startswith(b"\x89PNG")
    (figure,) = drawn
    assert [axes.get_ylabel() for axes in figure.axes] == ["a", "b $x$"]
    past, future = figure.axes[1].lines
    assert past.get_ydata().tolist() == [1, 3, 5, 7, 9]
    assert future.get_ydata().tolist() == [9, 30, 31]
    (band,) = figure.axes[1].collections
    assert band.get_paths()[0].get_extents().y1 == 33
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == [
        "history",
        "interval",
        "forecast",
    ]


def test_draw_forecast_without_an_interval_draws_no_band(drawn: list[Any]) -> None:
    report.draw_forecast(
        np.ones((5, 1)), np.ones((1, 1)), ["a"], (np.arange(5), np.arange(5, 6)), "title"
    )
    assert not drawn[0].axes[0].collections


def test_draw_anomalies_shows_events_and_windows_on_every_panel(drawn: list[Any]) -> None:
    values, scores = np.random.default_rng(0).normal(size=(50, 1)), np.zeros(50)
    picture = report.draw_anomalies(
        values, scores, 5.0, ["a"], np.arange(50), [(10, 12), (30, 30)], [(8, 20)], "title"
    )
    assert picture.startswith(b"\x89PNG")
    (figure,) = drawn
    assert [len(axes.patches) for axes in figure.axes] == [3, 3]
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == [
        "labelled window",
        "event",
    ]
    assert figure.axes[1].lines[1].get_ydata()[0] == 5
