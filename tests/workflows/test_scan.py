"""A series step by step, as a forecaster saw it that anyone can compute: it expects 20."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.data.encode.digits import Digits
from rnnkit.metrics.anomalies import event_scores
from rnnkit.workflows.scan import Scan
from rnnkit.workflows.spans import Spans
from tests.helpers.forecasters import answering, constant, series_config

PLAIN = "timesteps: 4, horizon: 1"


def write_days(values: np.ndarray, missing: tuple[int, ...] = ()) -> None:
    days = np.datetime64("2020-01-01") + np.arange(len(values))
    cells = ["" if step in missing else f"{value:.2f}" for step, value in enumerate(values)]
    rows = [f"{day},{cell}" for day, cell in zip(days, cells, strict=True)]
    Path("s.csv").write_text("\n".join(["t,y", *rows]) + "\n")


def around_20(steps: int, spikes: dict[int, float] | None = None) -> np.ndarray:
    values = 20 + np.random.default_rng(0).normal(size=steps)
    for step, value in (spikes or {}).items():
        values[step] = value
    return values


def scan(
    settings: str = PLAIN, columns: str = "target: y, time: t", outputs: int = 1, **options: str
) -> Scan:
    horizon = 3 if "horizon: 3" in settings else 1
    text = series_config(settings, columns).replace("transform:", "scale: none\n  transform:")
    _, data, predictor = answering(text, constant(*[20.0] * horizon * outputs))
    series = data.parts["train"].series
    return Scan.of(predictor, series, 1e-5, Spans.of(series, options))  # type: ignore[arg-type]


def test_scan_keeps_spikes_of_a_daily_series_apart() -> None:
    """Half a day joins nothing there; a gap of half a year makes one event of three, which finds
    one window.
    """
    spikes = (300, 430, 560)
    write_days(around_20(620, dict.fromkeys(spikes, 60.0)))
    windows = [(step - 1, step + 1) for step in spikes]
    apart = scan().events
    assert [first for first, _ in apart] == list(spikes)
    assert event_scores(apart, windows).found == 3
    joined = scan(gap="180D").events
    assert len(joined) == 1
    assert event_scores(joined, windows).found == 1


def test_scan_has_the_quantiles_of_each_forecast() -> None:
    write_days(around_20(200, {}))
    settings = "timesteps: 4, horizon: 1, loss: quantile, quantiles: [0.1, 0.5, 0.9]"
    newest = scan(settings, outputs=3).records(["y"], [Digits(2)])[-1]
    assert list(newest) == ["time", "y", "y_forecast", "y_0.1", "y_0.9", "probability", "event"]
    assert newest["y_0.1"] <= newest["y_forecast"] <= newest["y_0.9"]


@pytest.mark.parametrize("settings", [PLAIN, "timesteps: 4, horizon: 3"])
def test_scan_judges_the_newest_step(settings: str) -> None:
    write_days(around_20(200, {199: 500}))
    found = scan(settings)
    assert found.steps[-1] == found.judged[-1] == 199
    assert found.events == [(199, 199)]
    newest = found.records(["y"], [Digits(2)])[-1]
    assert newest.pop("probability") < 1e-100
    assert newest == {"time": "2020-07-18", "y": 500.0, "y_forecast": 20.0, "event": 1}


def test_scan_judges_a_short_series_or_says_what_is_missing() -> None:
    write_days(around_20(100, {80: 60}))
    assert scan().events[0][0] == 80
    write_days(around_20(60, {40: 60}))
    found = scan(least_history="50D")
    assert (len(found.judged), found.events) == (0, [])
    assert "nothing judged: 56 steps" in found.summary
    assert "70 are needed, 14 more; or write --least-history 36" in found.summary
    assert len(scan(least_history="36").judged) > 0
    assert {record["probability"] for record in found.records(["y"], [Digits(2)])} == {None}


def test_scan_has_no_error_where_nothing_was_measured() -> None:
    """Neither where a gap is filled, nor by what it is filled with."""
    gap = tuple(range(100, 140))
    write_days(around_20(200, {99: 60}), missing=gap)
    found = scan(columns="target: y, time: t, fill: previous")
    records = {
        int(step): row
        for step, row in zip(found.steps, found.records(["y"], [Digits(2)]), strict=True)
    }
    for step in gap:
        assert (records[step]["y"], records[step]["probability"], records[step]["event"]) == (
            None,
            None,
            None,
        )
    assert records[99]["y"] == 60
    # Nor has the last error before the gap a part in what is judged after it, nor the two after it
    # whose windows are imputed for the most part.
    assert found.judged[found.judged > 99][0] == gap[-1] + 12
    assert found.events == [(99, 99)]
    write_days(around_20(200, {98: 60}), missing=(99, 101))
    assert scan(columns="target: y, time: t, fill: previous").events == [
        (98, 98),
        (100, 100),
        (102, 109),
    ]
    assert scan(columns="target: y, time: t, fill: previous", gap="2D").events == [(98, 109)]


def test_scan_judges_a_step_by_the_targets_that_were_measured() -> None:
    write_days(around_20(200, {150: 60}), missing=(160,))
    lines = Path("s.csv").read_text().splitlines()
    second = [
        line.rsplit(",", 1)[0] + ("," if step == 150 else ",20")
        for step, line in enumerate(lines[1:])
    ]
    rows = [
        f"{line},{cell.rsplit(',', 1)[1]}" for line, cell in zip(lines[1:], second, strict=True)
    ]
    Path("s.csv").write_text("\n".join(["t,y,z", *rows]) + "\n")
    found = scan(columns="target: [y, z], time: t, fill: previous", outputs=2)
    assert found.events[0][0] == 150
    records = {
        int(step): row
        for step, row in zip(found.steps, found.records(["y", "z"], [Digits(2)] * 2), strict=True)
    }
    assert (records[150]["y"], records[150]["z"], records[150]["event"]) == (60, None, 1)
    assert (records[160]["y"], records[160]["z"]) == (None, 20)
    assert records[160]["probability"] is not None


def test_scan_says_which_steps_have_no_forecast(said: list[str]) -> None:
    """A plan that is known of the next steps alone is no plan of those after the end."""
    values = around_20(120)
    write_days(values)
    lines = Path("s.csv").read_text().splitlines()
    rows = [f"{line},{index % 2}" for index, line in enumerate(lines[1:])]
    columns = "target: y, features: [plan], known: [plan], time: t"
    for future, last in (([], 117), (["2020-04-30,,1", "2020-05-01,,0"], 119)):
        Path("s.csv").write_text("\n".join(["t,y,plan", *rows, *future]) + "\n")
        assert scan("timesteps: 4, horizon: 3", columns).steps[-1] == last
    (remark,) = (line for line in said if "no forecast" in line)
    assert "the last 2 steps" in remark
    assert "plan" in remark
