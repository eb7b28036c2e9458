"""Where a series was not as expected, and how well that meets labelled windows."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from rnnkit import api
from rnnkit.errors import RnnkitError
from rnnkit.workflows.anomalies import find_anomalies
from tests.cli.invoke import done
from tests.forecasters import (
    BROKEN,
    BROKEN_WINDOW,
    MACHINE_STEPS,
    trained_forecaster,
    write_machine,
)

PNG = b"\x89PNG\r\n"


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(trained_forecaster("machine", tmp_path_factory))


def labels(content: Any) -> str:
    Path("labels.json").write_text(json.dumps(content))
    return "labels.json"


def test_find_anomalies_finds_the_broken_machine(run: str) -> None:
    windows = labels({"machines/machine.csv": [BROKEN_WINDOW], "others/other.csv": []})
    files = ["-o", "scored.csv", "--plot", "events.png"]
    header, row, summary = done("anomalies", run, "--windows", windows, *files).stdout.splitlines()
    assert header.split() == ["first", "last", "steps", "probability", "labelled"]
    assert row.startswith("2020-01-05 04:00:00")
    assert row.endswith("yes")
    assert summary.startswith("1 events; 1 of 1 labelled windows")
    with open("scored.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["time", "y", "y_forecast", "probability", "event"]
    assert len(rows) == MACHINE_STEPS - 6
    flagged = [index + 6 for index, found in enumerate(rows) if found["event"]]
    assert BROKEN[0] <= flagged[0] <= BROKEN[5]
    assert flagged == list(range(flagged[0], flagged[-1] + 1))
    assert Path("events.png").read_bytes().startswith(PNG)


def test_find_anomalies_answers_as_json_and_step_by_step(run: str) -> None:
    windows = labels([["2020-01-03", "2020-01-04"]])
    answer = json.loads(done("anomalies", run, "--windows", windows, "--json").stdout)
    events = [(event["labelled"], event["first"]) for event in answer["events"]]
    assert events == [("no", "2020-01-05 04:00:00")]
    assert answer["scores"] == {"events": 1, "right": 0, "windows": 1, "found": 0}
    table = done("anomalies", run, "-o", "-")
    assert len(table.stdout.splitlines()) == 1 + MACHINE_STEPS - 6
    assert "1 events" in table.stderr


def test_find_anomalies_returns_events_and_scores_to_python(run: str) -> None:
    events, scores = api.load_run(run).anomalies(windows=labels([BROKEN_WINDOW]))
    assert [(event.first, event.labelled) for event in events] == [("2020-01-05 04:00:00", "yes")]
    assert scores is not None
    assert scores.f1 == 1
    events, scores = find_anomalies(run, None)
    assert ([event.labelled for event in events], scores) == ([""], None)


def test_find_anomalies_does_not_count_windows_before_the_watch(run: str, said: list[str]) -> None:
    windows = labels([["2020-01-01", "2020-01-01 05:00"], BROKEN_WINDOW])
    _, scores = find_anomalies(run, None, windows=windows)
    assert scores is not None
    assert scores.windows == 1
    assert "1 of 2 labelled windows end before 2020-01-02 02:05:00" in "\n".join(said)


def test_find_anomalies_counts_no_events_where_nothing_was_judged(run: str) -> None:
    write_machine(Path("short.csv"), 200)
    windows = labels([["2020-01-01 10:00", "2020-01-01 11:00"]])
    arguments = ["anomalies", run, "--input", "short.csv", "--windows", windows]
    result = done(*arguments)
    assert result.stdout.startswith("nothing judged: 114 more steps")
    assert "194 steps" in result.stderr
    assert "0 events" not in result.stdout + result.stderr
    answer = json.loads(done(*arguments, "--json").stdout)
    assert (answer["events"], answer["scores"], answer["judged"]) == ([], None, 0)
    judged = done(*arguments, "--least-history", "3h", "--history", "6h")
    assert "0 events; 0 of 1 labelled windows" in judged.stdout
    assert "36 steps (3h)" in judged.stderr


def test_find_anomalies_says_spans_and_takes_them(run: str, said: list[str]) -> None:
    found = api.load_run(run).anomalies(gap="1h", history="2D")
    assert (found.spans.gap, found.spans.least, found.spans.most) == (12, 288, 576)
    assert (found.steps, found.first) == (MACHINE_STEPS, "2020-01-02 02:05:00")
    assert "12 steps (1h)" in "\n".join(said)
    with pytest.raises(RnnkitError, match=r"--gap.*soon"):
        find_anomalies(run, None, gap="soon")


def test_find_anomalies_names_a_wrong_file(run: str, fable_run: Path) -> None:
    Path("labels.json").write_text("{")
    with pytest.raises(RnnkitError, match=r"--windows.*labels\.json"):
        find_anomalies(run, None, windows="labels.json")
    with pytest.raises(RnnkitError, match=r"--input.*no\.csv"):
        find_anomalies(run, "no.csv")
    with pytest.raises(RnnkitError, match=f"{fable_run}.*forecasts a series"):
        find_anomalies(str(fable_run), None)
