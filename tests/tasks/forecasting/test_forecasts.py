"""Forecasts after the end of a series: recursion, quantiles, changes, values known in advance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from tests.helpers.forecasters import answering, constant, linear, series_config, write_series

RECURSIVE = series_config(
    "timesteps: 3, horizon: 1, method: recursive",
    "target: y, time: t, categorical: [plan], known: [plan]",
)


def test_forecast_by_recursion_by_hand() -> None:
    """A one-step model reads its own forecasts; the plan of each next step is known."""
    write_series(60, future=5)
    _, data, predictor = answering(RECURSIVE, linear(1))
    codec, series = data.codec, data.parts["train"].series
    forecast = predictor.forecast(series, 5)
    values, end = codec.encoded(series), len(series)
    past = values[:end, 0].tolist()
    for step in range(5):
        window = [[past[end + step - 3 + i], *values[end + step - 2 + i, 1:]] for i in range(3)]
        past.append(float(linear(1)(np.array([window]))[0, 0]))
    expected = codec.decoded(np.array(past[end:])[:, None])[:, 0]
    assert forecast.points[:, 0] == pytest.approx(expected, rel=1e-5)
    assert forecast.times is not None
    assert str(forecast.times[0]) == "2020-01-03 12:00:00"


def test_forecast_beyond_what_is_known() -> None:
    write_series(60, future=2)
    _, data, predictor = answering(RECURSIVE, linear(1))
    with pytest.raises(RnnkitError, match=r"plan is known for 2 of.*Add rows"):
        predictor.forecast(data.parts["train"].series, 3)


def test_forecast_refuses_more_than_the_horizon_of_a_direct_model() -> None:
    write_series(60)
    _, data, predictor = answering(series_config(), linear(3))
    with pytest.raises(RnnkitError, match=r"4, but this run forecasts 3 steps.*recursive"):
        predictor.forecast(data.parts["train"].series, 4)
    assert len(predictor.forecast(data.parts["train"].series, 2).points) == 2


def test_forecast_of_quantiles_that_cross() -> None:
    write_series(60)
    text = series_config("timesteps: 4, horizon: 2, loss: quantile, quantiles: [0.1, 0.5, 0.9]")
    _, data, predictor = answering(text, constant(3.0, 1.0, 2.0, -1.0, -3.0, -2.0))
    forecast = predictor.forecast(data.parts["train"].series)
    ordered = np.array([[1.0, 2.0, 3.0], [-3.0, -2.0, -1.0]])
    expected = data.codec.decoded(ordered[..., None])[..., 0]
    assert forecast.values[:, 0] == pytest.approx(expected)
    assert forecast.points[:, 0] == pytest.approx(expected[:, 1])


@pytest.mark.parametrize("transform", ["difference", "return"])
def test_forecast_of_no_change_is_the_last_value(transform: str) -> None:
    y = write_series(60)
    text = series_config(transform=transform)
    _, data, still = answering(text, constant(0, 0, 0))
    series, scale = data.parts["train"].series, float(data.codec.scaler.scale[0])
    assert still.forecast(series, 3).points[:, 0] == pytest.approx([y[-1]] * 3, rel=1e-5)
    _, _, moving = answering(text, constant(1, 1, 1))
    expected = y[-1] + scale if transform == "difference" else y[-1] * np.exp(scale)
    assert moving.forecast(series, 3).points[:, 0] == pytest.approx([expected] * 3, rel=1e-5)


def test_forecast_after_a_file_equals_the_scored_one() -> None:
    """The forecast after the first 80 rows is that of origin 80 of the whole series."""
    write_series(120)
    text = series_config(columns="target: y, features: [x], time: t, cycles: [day]")
    _, data, predictor = answering(text, linear(3))
    values = data.parts["train"].values
    (scored,) = predictor.forecast_windows(predictor.outputs, values, np.array([80]), 3)
    lines = Path("s.csv").read_text().splitlines()
    Path("first.csv").write_text("\n".join(lines[:81]) + "\n")
    forecast = predictor.forecast(predictor.series("first.csv"))
    assert forecast.values == pytest.approx(scored, rel=1e-5)
    assert forecast.times is not None
    assert str(forecast.times[0]) == lines[81].split(",")[0].replace("T", " ") + ":00:00"
