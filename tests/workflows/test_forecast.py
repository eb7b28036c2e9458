"""Tables and pictures of what comes next and of what was not expected."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit import api
from rnnkit.api import Run
from tests.cli.invoke import done, invoke

CONFIG = """\
task: {forecasting: {timesteps: 6, horizon: 1, method: recursive}}
data: {dataset: {series: {path: PATH, target: y, time: t}}, split: {validation: 0.05, test: 0.75}}
model: {embedding: none, layers: [gru: 8]}
train: {epochs: 6, batch_size: 16, learning_rate: 0.01}
"""
STEPS = 1500
BROKEN = range(1200, 1215)
PNG = b"\x89PNG\r\n"


def silent(line: str) -> None:
    pass


def write_machine(path: Path) -> None:
    """Waves with noise; for a while the machine is broken."""
    y = 50 + 5 * np.sin(np.arange(STEPS) / 4) + np.random.default_rng(0).normal(0, 0.3, STEPS)
    y[BROKEN] -= np.random.default_rng(1).uniform(5, 15, len(BROKEN))
    times = np.datetime64("2020-01-01T00:00") + 5 * np.arange(STEPS)
    path.write_text(
        "t,y\n"
        + "\n".join(f"{time},{value:.4f}" for time, value in zip(times, y, strict=True))
        + "\n"
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("machine")
    write_machine(folder / "machine.csv")
    (folder / "machine.yaml").write_text(CONFIG.replace("PATH", str(folder / "machine.csv")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(folder / "runs"))
        return api.train(str(folder / "machine.yaml"), say=silent)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# What comes next.


def test_a_forecast_goes_on_where_the_series_ends(run: Run) -> None:
    rows = rows_of(done("predict", run.path, "--horizon", 4).stdout)
    assert list(rows[0]) == ["time", "step", "y"]
    assert [row["step"] for row in rows] == ["1", "2", "3", "4"]
    assert [row["time"] for row in rows[:2]] == ["2020-01-06 05:00:00", "2020-01-06 05:05:00"]
    assert all(40 < float(row["y"]) < 60 for row in rows)


def test_a_file_of_its_own_with_a_table_and_a_picture(run: Run, tmp_path: Path) -> None:
    write_machine(tmp_path / "new.csv")
    lines = (tmp_path / "new.csv").read_text().splitlines()
    (tmp_path / "new.csv").write_text("\n".join(lines[:31]) + "\n")
    result = done(
        "predict",
        run.path,
        "--input",
        "new.csv",
        "--horizon",
        24,
        "--output",
        "forecast.csv",
        "--plot",
        "forecast.png",
    )
    assert result.stdout == ""
    assert "24 rows answered, written to forecast.csv" in result.stderr
    rows = rows_of((tmp_path / "forecast.csv").read_text())
    assert len(rows) == 24
    assert rows[0]["time"] == "2020-01-01 02:30:00"
    assert (tmp_path / "forecast.png").read_bytes().startswith(PNG)
    again = invoke("predict", run.path, "--input", "new.csv", "--output", "forecast.csv")
    assert again.exit_code == 2
    assert "--output: forecast.csv is there already" in again.stderr
    again = invoke("predict", run.path, "--input", "new.csv", "--plot", "forecast.png")
    assert "--plot: forecast.png is there already" in again.stderr
    done("predict", run.path, "--input", "new.csv", "--output", "forecast.csv", "--overwrite")
    assert len(rows_of((tmp_path / "forecast.csv").read_text())) == 1
    done("predict", run.path, "--input", "new.csv", "--output", "forecast.jsonl")
    assert json.loads((tmp_path / "forecast.jsonl").read_text())["step"] == 1


@pytest.mark.parametrize(
    ("arguments", "picture"),
    [
        (["--horizon", "3", "--output", "next.csv", "--plot"], "next.png"),
        (["--horizon", "3", "--plot"], "forecast.png"),
        (["--anomalies", "--plot"], "anomalies.png"),
        (["--plot", "--anomalies", "-o", "scored.csv"], "scored.png"),
    ],
)
def test_a_picture_without_a_name_stands_beside_the_table(
    run: Run, arguments: list[str], picture: str, tmp_path: Path
) -> None:
    done("predict", run.path, *arguments)
    assert (tmp_path / picture).read_bytes().startswith(PNG)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--input", "no.csv"], "--input: no such file: 'no.csv'"),
        (["--input", "short.csv"], "--input: 3 steps. Expected at least 6, which the model sees"),
        (["--input", "other.csv"], "--input: no column 'y' in other.csv. It has: 't', 'z'"),
        (
            ["--horizon", "2", "--plot", "x.pdf"],
            "--plot: x.pdf: unknown kind of picture '.pdf'. Expected .png",
        ),
        (["--horizon", "2", "--plot", "no/x.png"], "--plot: no/x.png: no folder 'no'"),
        (["--horizon", "2", "-o", "x.xlsx"], "--output: x.xlsx"),
        (
            ["--input", "short.csv", "--column", "y"],
            "a forecasting run. Expected the columns of its config",
        ),
        (["--horizon", "0"], "0 is not in the range"),
        (["--horizon", "2", "--text", "1 2"], "--horizon goes with --input or alone only."),
        (
            ["--text", "1 2", "--plot", "x.png"],
            "--plot goes with --input or --horizon or --anomalies only.",
        ),
        (["--windows", "w.json", "--horizon", "2"], "--windows goes with --anomalies only."),
        (["--anomalies", "--horizon", "2"], "--horizon goes with --input or alone only."),
        (["--anomalies", "--threshold", "1"], "1.0 is not in the range"),
        ([], "Expected one of --text and --input."),
    ],
)
def test_what_cannot_be_asked(run: Run, arguments: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "short.csv").write_text("t,y\n2020-01-01,1\n2020-01-02,2\n2020-01-03,3\n")
    (tmp_path / "other.csv").write_text("t,z\n2020-01-01,1\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    result = invoke("predict", run.path, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "flag"), [(["--horizon", "2"], "--horizon"), (["--anomalies"], "--anomalies")]
)
def test_a_language_model_has_no_series(fable_run: Path, arguments: list[str], flag: str) -> None:
    result = invoke("predict", fable_run, *arguments)
    assert result.exit_code == 2
    assert f"{flag}: {fable_run}: a language_model run. Expected a forecasting run" in result.stderr


# What was not expected.


def labels(content: Any, name: str = "labels.json") -> str:
    Path(name).write_text(json.dumps(content))
    return name


WINDOW = ["2020-01-05 03:00:00.000000", "2020-01-05 06:00:00.000000"]  # steps 1188 to 1224


def test_the_broken_machine_is_an_event(run: Run, tmp_path: Path) -> None:
    windows = labels({"machines/machine.csv": [WINDOW], "others/other.csv": []})
    result = done(
        "predict",
        run.path,
        "--anomalies",
        "--windows",
        windows,
        "-o",
        "scored.csv",
        "--plot",
        "events.png",
    )
    header, row, told = result.stdout.splitlines()
    assert header.split() == ["first", "last", "steps", "probability", "labelled"]
    assert row.startswith("2020-01-05 04:00:00")
    assert row.endswith("yes")
    assert (
        told
        == "1 events; 1 of 1 labelled windows found, 1 of 1 events right: precision 1.00, recall"
        " 1.00, F1 1.00"
    )
    rows = rows_of((tmp_path / "scored.csv").read_text())
    assert list(rows[0]) == ["time", "y", "y_forecast", "probability", "event"]
    assert len(rows) == STEPS - 6
    flagged = [index + 6 for index, found in enumerate(rows) if found["event"]]
    assert BROKEN[0] <= flagged[0] <= BROKEN[5]
    assert flagged == list(range(flagged[0], flagged[-1] + 1))
    assert (tmp_path / "events.png").read_bytes().startswith(PNG)


def test_events_as_json_and_a_list_of_windows_alone(run: Run) -> None:
    found = json.loads(
        done(
            "predict",
            run.path,
            "--anomalies",
            "--windows",
            labels([["2020-01-03", "2020-01-04"]]),
            "--json",
        ).stdout
    )
    assert [(event["labelled"], event["first"]) for event in found["events"]] == [
        ("no", "2020-01-05 04:00:00")
    ]
    assert found["scores"] == {"events": 1, "right": 0, "windows": 1, "found": 0}
    alone = json.loads(done("predict", run.path, "--anomalies", "--json").stdout)
    assert (alone["events"][0]["labelled"], alone["scores"]) == ("", None)
    table = done("predict", run.path, "--anomalies", "-o", "-")
    assert len(rows_of(table.stdout)) == STEPS - 6
    assert "1 events" in table.stderr


def test_from_python(run: Run) -> None:
    events, scores = run.anomalies(windows=labels([WINDOW]))
    assert [(event.first, event.labelled) for event in events] == [("2020-01-05 04:00:00", "yes")]
    assert scores is not None
    assert scores.f1 == 1
    assert run.predict_file(None, "ahead.csv", horizon=5) == 5


@pytest.mark.parametrize("arguments", [["--horizon", "3"], ["--anomalies"]])
def test_series_are_answered_without_a_framework(run: Run, arguments: list[str]) -> None:
    program = (
        "import sys; from rnnkit.cli import main; main(sys.argv[1:], standalone_mode=False); "
        "print({'keras', 'tensorflow', 'jax', 'matplotlib'} & sys.modules.keys(), file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, "predict", str(run.path), *arguments]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    assert process.stderr.splitlines()[-1] == "set()"


def test_a_window_before_the_watch_does_not_count(run: Run) -> None:
    result = done(
        "predict",
        run.path,
        "--anomalies",
        "--windows",
        labels([["2020-01-01", "2020-01-01 05:00"], WINDOW]),
    )
    assert (
        "1 of 2 labelled windows end before 2020-01-01 18:45:00, where watching begins, and do not"
        " count" in result.stderr
    )
    assert "1 of 1 labelled windows found" in result.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "labels.json: Expecting property name"),
        ("[1, 2]", "labels.json: cannot unpack"),
        ('[["soon", "later"]]', "labels.json: Invalid isoformat string: 'soon'"),
        ('[["2020-01-01"]]', "labels.json: not enough values to unpack"),
        ('{"other.csv": []}', "has no lists for"),
    ],
)
def test_labels_that_cannot_be_read(run: Run, content: str, said: str) -> None:
    Path("labels.json").write_text(content)
    result = invoke("predict", run.path, "--anomalies", "--windows", "labels.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--windows: " in result.stderr
    assert said in result.stderr
    assert (
        "Expected [[first, last], ...], or such a list for each series by its name" in result.stderr
    )


def test_a_window_that_ends_before_it_begins(run: Run) -> None:
    result = invoke(
        "predict", run.path, "--anomalies", "--windows", labels([["2020-01-04", "2020-01-03"]])
    )
    assert result.exit_code == 2
    assert "--windows" in result.stderr
    assert (
        "a window from 2020-01-04 back to 2020-01-03. Expected [[first, last], ...]"
        in result.stderr
    )
