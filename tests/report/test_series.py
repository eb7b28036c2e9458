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
    to_png = report.png
    monkeypatch.setattr(
        report, "png", lambda figure, **options: figures.append(figure) or to_png(figure, **options)
    )
    return figures


def legend_of(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_draw_forecasts_continue_from_the_last_known_value(drawn: list[Any]) -> None:
    times = np.datetime64("2020-01-01") + np.arange(7)
    history, ahead = np.arange(10.0).reshape(5, 2), np.array([[20.0, 30.0], [21.0, 31.0]])
    one = report.DrawnForecast(
        history, ahead, ["a", "b $x$"], (times[:5], times[5:]), (ahead - 1, ahead + 2)
    )
    assert report.draw_forecasts([one], "title").startswith(b"\x89PNG")
    (figure,) = drawn
    assert [axes.get_ylabel() for axes in figure.axes] == ["a", "b $x$"]
    past, future = figure.axes[1].lines
    assert past.get_ydata().tolist() == [1, 3, 5, 7, 9]
    assert future.get_ydata().tolist() == [9, 30, 31]
    (band,) = figure.axes[1].collections
    assert band.get_paths()[0].get_extents().y1 == 33
    assert legend_of(figure.axes[0]) == ["history", "interval", "forecast"]


def test_draw_forecasts_of_several_series_have_panels_of_their_own(drawn: list[Any]) -> None:
    times = np.arange(5), np.arange(5, 6)
    each = [
        report.DrawnForecast(np.full((5, 1), level), np.ones((1, 1)), ["a"], times, title=name)
        for name, level in {"shop A $x$": 2.0, "shop B": 3.0}.items()
    ]
    report.draw_forecasts(each, "title")
    axes = drawn[0].axes
    assert [one.get_title("right") for one in axes] == ["shop A $x$", "shop B"]
    assert [one.lines[0].get_ydata()[0] for one in axes] == [2, 3]
    assert not axes[0].collections  # without an interval no band


def test_draw_anomalies_shows_events_and_windows_on_every_panel(drawn: list[Any]) -> None:
    values, scores = np.random.default_rng(0).normal(size=(50, 1)), np.zeros(50)
    quiet, broken = (
        report.DrawnAnomalies(values, scores, 5.0, ["a"], np.arange(50), events, windows, name)
        for name, events, windows in [
            ("shop A", [], []),
            ("shop B", [(10, 12), (30, 30)], [(8, 20)]),
        ]
    )
    assert report.draw_anomalies([quiet, broken], "title").startswith(b"\x89PNG")
    (figure,) = drawn
    assert [axes.get_title("right") for axes in figure.axes] == ["shop A", "", "shop B", ""]
    assert [len(axes.patches) for axes in figure.axes] == [0, 0, 3, 3]
    assert legend_of(figure.axes[0]) == ["labelled window", "event"]
    assert figure.axes[1].lines[1].get_ydata()[0] == 5
