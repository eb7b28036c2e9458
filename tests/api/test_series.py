"""Forecasts and anomalies by the times of a series, of files and of data in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rnnkit
from rnnkit.errors import RnnkitError
from tests.helpers.forecasters import MACHINE_STEPS, trained_forecaster, write_machine


@pytest.fixture
def machine(tmp_path_factory: pytest.TempPathFactory) -> rnnkit.Run:
    return rnnkit.load_run(trained_forecaster("machine", tmp_path_factory))


@pytest.fixture
def table(tmp_path: Path) -> pd.DataFrame:
    write_machine(tmp_path / "own.csv")
    return pd.read_csv(tmp_path / "own.csv", parse_dates=[0], index_col=0)


def test_forecast_has_the_index_of_the_series(machine: rnnkit.Run, table: pd.DataFrame) -> None:
    (name,) = table.columns
    ahead = machine.forecast("own.csv", horizon=4)
    assert ahead.columns.tolist()[0] == name
    step = table.index[1] - table.index[0]
    assert ahead.index.tolist() == [table.index[-1] + step * number for number in range(1, 5)]
    for same in (table, table[name], table.reset_index(), Path("own.csv")):
        assert machine.forecast(same, horizon=4).equals(ahead)
    assert machine.predict(table).equals(ahead.head(len(machine.predict(table))))
    with pytest.raises(RnnkitError, match=r"data.*steps of history"):
        machine.forecast(table.head(2))
    with pytest.raises(RnnkitError, match="horizon"):
        machine.forecast(table, horizon=0)


def test_anomalies_has_a_row_for_each_step(
    machine: rnnkit.Run, table: pd.DataFrame, said: list[str]
) -> None:
    (name,) = table.columns
    steps = machine.anomalies(table)
    assert steps.columns.tolist() == [name, f"{name}_forecast", "probability", "event"]
    assert steps.index[-1] == table.index[-1]
    np.testing.assert_allclose(steps[name], table[name].iloc[-len(steps) :])
    event = steps[steps.event == 1]
    assert str(event.index[0]) == "2020-01-05 04:00:00"
    assert steps.attrs["events"][0]["steps"] == len(event)
    assert steps.attrs["scores"] is None
    assert machine.anomalies(Path("own.csv"), output="steps.csv").equals(steps)
    assert len(pd.read_csv("steps.csv")) == len(steps)
    assert len(table) == MACHINE_STEPS
    assert [line for line in said if "steps judged" in line]


def test_a_series_is_read_with_the_keys_that_a_message_names(
    machine: rnnkit.Run, table: pd.DataFrame
) -> None:
    gap = table.drop(table.index[30])
    with pytest.raises(RnnkitError, match=r"file_keys\('resample="):
        machine.forecast(gap)
    step = table.index[1] - table.index[0]
    with rnnkit.file_keys(f"resample={int(step.total_seconds() / 60)}min", "fill=previous"):
        assert machine.forecast(gap).index[0] == table.index[-1] + step


@pytest.mark.parametrize(
    ("options", "match"),
    [({"gap": "x"}, "^gap: "), ({"foo": 1}, "^foo: "), ({"threshold": 2}, "^thr")],
)
def test_anomalies_names_a_wrong_option(
    machine: rnnkit.Run, table: pd.DataFrame, options: dict[str, Any], match: str
) -> None:
    with pytest.raises(RnnkitError, match=match):
        machine.anomalies(table, **options)
