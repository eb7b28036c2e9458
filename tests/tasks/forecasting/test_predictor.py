"""A forecaster's answers to typed numbers and tables, and its one-step forecasts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.tasks.capabilities import Forecasts
from rnnkit.tasks.forecasting.predictor import ForecastingPredictor
from rnnkit.tasks.prepared import Source
from tests.helpers.forecasters import (
    answering,
    constant,
    forecasting,
    linear,
    numbers_config,
    series_config,
    write_series,
)

SMALL = numbers_config(np.sin(np.arange(40)), timesteps=3, horizon=2, scale="standard")


@pytest.fixture(scope="module")
def small() -> ForecastingPredictor:
    """A forecaster of two numbers from three."""
    task = forecasting(SMALL)
    return task.predictor(task.prepare(Source()).codec, linear(2))


def test_parse_takes_the_last_steps(small: ForecastingPredictor) -> None:
    for text in (
        "0.1 0.2 0.3",
        "9 9 0.1 0.2 0.3",
        "9,0.1,0.2,0.3",
        "0.1, 0.2,\n0.3",
        "1e-1 .2 +0.3",
    ):
        assert small.parse(text).columns["number"].tolist() == [0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("0.1 0.2", "2 numbers.*at least 3"),
        ("", "0 numbers"),
        ("one two three", "'one'.*Expected numbers"),
        ("0.1 0.2 nan", "finite"),
        ("1e39 0.1 0.2", "finite"),
        ("0.1;0.2;0.3", "0.1;0.2;0.3"),
    ],
)
def test_parse_refuses(small: ForecastingPredictor, text: str, word: str) -> None:
    with pytest.raises(RnnkitError, match=word):
        small.parse(text)


def test_parse_of_a_series_that_is_more_than_numbers() -> None:
    write_series(60, future=3)
    columns = "target: y, categorical: [plan], known: [plan], time: t, cycles: [day]"
    _, _, predictor = answering(series_config(columns=columns), linear(3))
    with pytest.raises(RnnkitError, match=r"table with y, plan, the calendar \(day\).*--input"):
        predictor.parse("1 2 3 4")


def test_predict_answers_step_by_step(small: ForecastingPredictor) -> None:
    query = small.parse("0 0.8 0.9")
    (forecast,) = small.predict([query])
    assert forecast is not None
    rows = small.answers(query, forecast, 5)
    assert [row.step for row in rows] == [1, 2]  # type: ignore[attr-defined]
    scaled = small.codec.scaler.scaled(np.array([[0], [0.8], [0.9]])).astype(np.float32)
    expected = small.codec.decoded(linear(2)(scaled[None]).reshape(2, 1))[:, 0]
    assert [row.forecast for row in rows] == pytest.approx(expected)  # type: ignore[attr-defined]


def test_answers_with_an_interval() -> None:
    text = numbers_config(range(20)).replace("horizon: 1", "loss: quantile")
    _, _, predictor = answering(text, constant(-1.0, 0.0, 2.0))
    query = predictor.parse("1 2")
    (row,) = predictor.answers(query, predictor.forecast(query), 5)
    assert (row.forecast, row.lower, row.upper) == (0, -1, 2)  # type: ignore[attr-defined]


def test_records_have_time_step_and_quantiles() -> None:
    write_series(60)
    text = series_config("timesteps: 4, horizon: 2, loss: quantile", "target: [y, x], time: t")
    _, data, predictor = answering(text, linear(12))
    series = data.parts["train"].series
    records = predictor.records(series, predictor.forecast(series))
    columns = ["time", "step", "y", "y_0.1", "y_0.9", "x", "x_0.1", "x_0.9"]
    assert [list(record) for record in records] == [columns, columns]
    assert [record["time"] for record in records] == ["2020-01-03 12:00:00", "2020-01-03 13:00:00"]
    assert [record["step"] for record in records] == [1, 2]
    assert records[0]["y_0.1"] <= records[0]["y"] <= records[0]["y_0.9"]


def test_records_name_the_most_probable_category() -> None:
    write_series(60)
    text = series_config("timesteps: 4", "target: plan, categorical: [plan], time: t")
    _, data, predictor = answering(text, constant(0.2, 0.8))
    series = data.parts["train"].series
    (record,) = predictor.records(series, predictor.forecast(series))
    assert record["plan"] == "on"
    assert (record["plan=off"], record["plan=on"]) == (0.2, 0.8)


@pytest.mark.parametrize("level", [98_765_432.0, 1e12])
@pytest.mark.parametrize("transform", ["none", "difference"])
def test_records_keep_the_digits_of_the_data(level: float, transform: str) -> None:
    """A step of one deviation from the mean, or of no change, far beyond float32's digits."""
    values = [level + step / 4 for step in range(40)]
    config = numbers_config(values, horizon=2, scale="standard")
    config = config.replace("scale:", f"transform: {transform}, scale:")
    answer = 1.0 if transform == "none" else 0.0
    _, data, predictor = answering(config, constant(answer, answer))
    series = data.parts["train"].series
    expected = values[-1] if transform == "difference" else np.mean(values) + np.std(values)
    records = predictor.records(series, predictor.forecast(series))
    assert [record["number"] for record in records] == [round(expected, 2)] * 2
    evaluation = predictor.answers(series, predictor.forecast(series), 5)
    assert evaluation[0].forecast == round(expected, 2)  # type: ignore[attr-defined]


def test_answers_to_typed_numbers_have_their_digits() -> None:
    config = numbers_config([98765432.5, 98765433.25] * 20, scale="standard")
    _, _, predictor = answering(
        config.replace("scale:", "transform: difference, scale:"), constant(0)
    )
    query = predictor.parse("98765644.25 98765644.583")
    (row,) = predictor.answers(query, predictor.forecast(query), 5)
    assert row.forecast == 98765644.583  # type: ignore[attr-defined]


def test_one_step_is_the_forecast_after_each_prefix() -> None:
    write_series(60)
    _, data, predictor = answering(series_config("timesteps: 4, horizon: 1"), linear(1))
    series = data.parts["train"].series
    steps, forecast = predictor.one_step(series)
    assert steps.tolist() == list(range(4, 60))
    lines = Path("s.csv").read_text().splitlines()
    Path("first.csv").write_text("\n".join(lines[:21]) + "\n")
    prefix = predictor.forecast(predictor.series("first.csv"))
    assert forecast.points[20 - 4] == pytest.approx(prefix.points[0], rel=1e-5)


def test_series_shorter_than_the_window() -> None:
    write_series(60)
    _, _, predictor = answering(series_config("timesteps: 4"), linear(1))
    write_series(3, path="short.csv")
    series = predictor.series("short.csv")
    with pytest.raises(RnnkitError, match=r"3 steps.*at least 4"):
        predictor.forecast(series)
    with pytest.raises(RnnkitError, match=r"3 steps.*at least 5"):
        predictor.one_step(series)


def test_query_of_a_row_is_refused(small: ForecastingPredictor) -> None:
    assert isinstance(small, Forecasts)
    assert small.reads == ()
    with pytest.raises(RnnkitError, match="rnnkit forecast"):
        small.query({"number": 1})
    with pytest.raises(RnnkitError, match="numbers"):  # a data set without a file
        small.series("more.csv")
