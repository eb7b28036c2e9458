"""What comes after a series: as a table and as a picture."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from rnnkit import api
from rnnkit.errors import RnnkitError
from rnnkit.tasks.answers import forecast_each
from rnnkit.workflows.forecast import forecast, forecast_records
from tests.cli.invoke import done, invoke
from tests.helpers.forecasters import (
    STORES,
    answering,
    constant,
    series_config,
    trained_forecaster,
    write_machine,
    write_series,
    write_stores,
)

PNG = b"\x89PNG\r\n"


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(trained_forecaster("machine", tmp_path_factory))


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_forecast_begins_where_the_series_ends(run: str) -> None:
    rows = rows_of(done("forecast", run, "--horizon", 4).stdout)
    assert list(rows[0]) == ["time", "step", "y"]
    assert [row["step"] for row in rows] == ["1", "2", "3", "4"]
    assert [row["time"] for row in rows[:2]] == ["2020-01-06 05:00:00", "2020-01-06 05:05:00"]
    assert all(40 < float(row["y"]) < 60 for row in rows)
    records = json.loads(done("forecast", run, "--horizon", 4, "--json").stdout)
    assert [str(record["y"]) for record in records] == [row["y"] for row in rows]


def test_forecast_continues_a_table_and_draws_it(run: str, tmp_path: Path) -> None:
    write_machine(tmp_path / "new.csv", 30)
    files = ["--output", "forecast.csv", "--plot", "forecast.png"]
    result = done("forecast", run, "--input", "new.csv", "--horizon", 24, *files)
    assert result.stdout == ""
    assert "24 steps" in result.stderr
    rows = rows_of(Path("forecast.csv").read_text())
    assert len(rows) == 24
    assert rows[0]["time"] == "2020-01-01 02:30:00"
    assert Path("forecast.png").read_bytes().startswith(PNG)


def test_forecast_replaces_files_only_with_overwrite(run: str, tmp_path: Path) -> None:
    for name, option in (("forecast.csv", "--output"), ("forecast.png", "--plot")):
        Path(name).write_text("mine")
        again = invoke("forecast", run, option, name)
        assert again.exit_code == 2
        assert f"{option}: {name}" in again.stderr
        assert Path(name).read_text() == "mine"
    done("forecast", run, "--output", "forecast.csv", "--overwrite")
    assert len(rows_of(Path("forecast.csv").read_text())) == 1
    write_machine(Path("new.csv"))
    series = Path("new.csv").read_bytes()
    for verb in ("forecast", "anomalies"):
        lost = invoke(verb, run, "--input", "new.csv", "--output", "./new.csv", "--overwrite")
        assert lost.exit_code == 2
        assert "--output: new.csv holds the series itself" in lost.stderr
        assert Path("new.csv").read_bytes() == series
    done("forecast", run, "--output", "forecast.jsonl")
    assert json.loads(Path("forecast.jsonl").read_text())["step"] == 1


def test_forecast_returns_its_steps_to_python(run: str) -> None:
    ahead = api.load_run(run).forecast(output="ahead.csv", horizon=5)
    rows = rows_of(Path("ahead.csv").read_text())
    assert len(ahead) == len(rows) == 5


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("no.csv", r"--input.*no\.csv"),
        ("short.csv", "--input.*3 steps.*at least 6"),
        ("other.csv", r"--input.*other\.csv.*'y'|--input.*'y'.*other\.csv"),
    ],
)
def test_forecast_names_the_table_that_it_cannot_read(run: str, source: str, place: str) -> None:
    Path("short.csv").write_text("t,y\n2020-01-01,1\n2020-01-02,2\n2020-01-03,3\n")
    Path("other.csv").write_text("t,z\n2020-01-01,1\n")
    with pytest.raises(RnnkitError, match=place):
        forecast(run, source, "-")


@pytest.mark.parametrize(
    ("output", "plot", "place"),
    [
        ("-", "x.pdf", r"--plot.*\.pdf"),
        ("-", "no/x.png", "--plot.*'no'"),
        ("x.xlsx", None, r"--output.*x\.xlsx"),
    ],
)
def test_forecast_names_the_file_that_it_cannot_write(
    run: str, output: str, plot: str | None, place: str
) -> None:
    with pytest.raises(RnnkitError, match=place):
        forecast(run, None, output, plot=plot)
    assert not list(Path().glob("x.*"))


def test_forecast_each_of_several_series(caplog: pytest.LogCaptureFixture) -> None:
    write_stores({"A": 50, "B": 60})
    _, _, predictor = answering(
        series_config(columns=STORES, transform="difference"), constant(0, 0, 0)
    )
    answers = forecast_each(predictor, predictor.series(None), 2)
    assert [series.keys["store"] for series, _ in answers] == ["A", "B"]
    records = [predictor.records(*answer)[0] for answer in answers]
    assert [(record["time"], float(record["y"]) // 100) for record in records] == [
        ("2023-02-20", 0),
        ("2023-03-02", 1),
    ]
    write_stores({"A": 50, "B": 2}, "new.csv")
    assert len(forecast_each(predictor, predictor.series("new.csv"), 1)) == 1
    assert "store B: 2 steps" in caplog.text
    write_stores({"A": 3, "B": 2}, "new.csv")
    with pytest.raises(RnnkitError, match="store A: 3 steps"):
        forecast_each(predictor, predictor.series("new.csv"), 1)


def test_forecast_of_a_future_alone_needs_its_history() -> None:
    write_series(60, future=3)
    columns = "target: y, categorical: [plan], known: [plan], time: t"
    _, _, predictor = answering(series_config(columns=columns), constant(0, 0, 0))
    lines = Path("s.csv").read_text().splitlines()
    Path("new.csv").write_text("\n".join([lines[0], *lines[-3:]]) + "\n")
    with pytest.raises(RnnkitError, match=r"0 steps of history.*last 4 rows"):
        predictor.forecast(predictor.series("new.csv"))
    Path("new.csv").write_text("\n".join([lines[0], *lines[-7:]]) + "\n")
    assert len(predictor.forecast(predictor.series("new.csv")).points) == 3


def test_forecast_needs_a_forecaster(run: str, fable_run: Path) -> None:
    with pytest.raises(RnnkitError, match=f"{fable_run}.*forecasts a series"):
        forecast_records(str(fable_run), None)
    with pytest.raises(RnnkitError, match="no trained run that forecasts"):
        forecast_records(None, None)  # among no runs


def test_forecast_and_find_anomalies_import_no_framework(run: str) -> None:
    program = (
        "import sys; from rnnkit.cli import main; "
        "[main([verb, sys.argv[1]], standalone_mode=False) for verb in ('forecast', 'anomalies')]; "
        "print({'keras', 'tensorflow', 'jax', 'matplotlib'} & sys.modules.keys(),"
        " file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, run]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    assert process.stderr.splitlines()[-1] == "set()"
