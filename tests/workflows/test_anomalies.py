"""Where a series was not as expected, and how well that meets labelled windows."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from rnnkit.data.datasets.kinds.further import file_keys
from rnnkit.errors import RnnkitError
from rnnkit.workflows.anomalies import find_anomalies
from tests.cli.invoke import done, invoke
from tests.helpers.forecasters import (
    BROKEN,
    BROKEN_WINDOW,
    MACHINE_STEPS,
    trained_forecaster,
    write_machine,
    write_machines,
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
    assert summary.startswith("1 event; 1 of 1 labelled window found")
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
    assert "1 event" in table.stderr


def test_find_anomalies_returns_events_and_scores_to_python(run: str) -> None:
    events, scores = find_anomalies(run, None, windows=labels([BROKEN_WINDOW]))
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
    assert "1 of 2 labelled windows not counted: over before 2020-01-02 02:05:00" in "\n".join(said)


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
    assert "0 events; 0 of 1 labelled window found" in judged.stdout
    assert "36 steps (3h)" in judged.stderr


def test_find_anomalies_says_spans_and_takes_them(run: str, said: list[str]) -> None:
    found = find_anomalies(run, None, gap="1h", history="2D")
    assert (found.spans.gap, found.spans.least, found.spans.most) == (12, 288, 576)
    assert (found.steps, found.first) == (MACHINE_STEPS, "2020-01-02 02:05:00")
    assert "12 steps (1h)" in "\n".join(said)
    with pytest.raises(RnnkitError, match=r"--gap.*soon"):
        find_anomalies(run, None, gap="soon")


HALL = {"A": MACHINE_STEPS, "B": 1100, "C": MACHINE_STEPS, "D": 200, "E": 4}


def test_find_anomalies_judges_each_series_of_a_table(run: str) -> None:
    write_machines(Path("hall.csv"), HALL)
    windows = labels({"machine A": [BROKEN_WINDOW], "machine B": [], "machine C": []})
    files = ["--input", "hall.csv", "-o", "scored.csv"]
    arguments = ["anomalies", run, "series=machine", *files, "--windows", windows]
    result = done(*arguments, "--plot", "events.png")
    header, first, second, *each, total = result.stdout.splitlines()
    assert header.split()[:2] == ["series", "first"]
    assert [line.split()[1] for line in (first, second)] == ["A", "C"]
    assert (first.split()[-1], second.split()[-1]) == ("yes", "no")
    assert [line.partition(":")[0] for line in each] == [f"machine {name}" for name in "ABCD"]
    assert "0 events" in each[1]
    assert "nothing judged" in each[3]
    assert total.startswith("4 series: 2 events; 1 of 1 labelled window found, 1 of 2 events")
    assert "machine E: 4 steps" in result.stderr
    assert Path("events.png").read_bytes().startswith(PNG)
    with open("scored.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(steps - 6 for steps in HALL.values() if steps > 6)
    flagged = [row["machine"] for row in rows if row["event"]]
    assert set(flagged) == {"A", "C"}
    answer = json.loads(done(*arguments, "--overwrite", "--json").stdout)
    assert [event["series"] for event in answer["events"]] == ["machine A", "machine C"]
    assert answer["scores"] == {"events": 2, "right": 1, "windows": 1, "found": 1}
    scores = [one["scores"] and one["scores"]["right"] for one in answer["each"]]
    assert scores == [1, 0, 0, None]


def test_find_anomalies_of_each_series_are_those_of_its_own_table(run: str) -> None:
    write_machines(Path("hall.csv"), {"A": MACHINE_STEPS, "B": 1300})
    with file_keys("series=machine"):
        found = find_anomalies(run, "hall.csv")
    for name, one in zip("AB", found.each, strict=True):
        write_machine(Path("one.csv"), {"A": MACHINE_STEPS, "B": 1300}[name])
        alone = find_anomalies(run, "one.csv")
        assert dataclasses.replace(one, series="", events=[]) == dataclasses.replace(
            alone, events=[]
        )
        assert [(event.first, event.last) for event in one.events] == [
            (event.first, event.last) for event in alone.events
        ]
    assert (found.judged, found.scores) == (sum(one.judged for one in found.each), None)


def test_find_anomalies_of_several_series_names_what_does_not_fit(run: str) -> None:
    write_machines(Path("hall.csv"), {"A": 300, "B": 300})
    windows = "--windows", labels([BROKEN_WINDOW])
    result = invoke("anomalies", run, "series=machine", "--input", "hall.csv", *windows)
    assert result.exit_code
    assert re.search("--windows.*one list.*machine A", result.stderr, re.DOTALL)


def test_find_anomalies_names_a_wrong_file(run: str, fable_run: Path) -> None:
    Path("labels.json").write_text("{")
    with pytest.raises(RnnkitError, match=r"--windows.*labels\.json"):
        find_anomalies(run, None, windows="labels.json")
    with pytest.raises(RnnkitError, match=r"--input.*no\.csv"):
        find_anomalies(run, "no.csv")
    with pytest.raises(RnnkitError, match=f"{fable_run}.*forecasts a series"):
        find_anomalies(str(fable_run), None)
