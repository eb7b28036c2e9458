"""Scores on labelled data that a run has not seen, in memory or in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rnnkit
from rnnkit.data.datasets.arrays import Arrays
from rnnkit.data.datasets.reverse_digits import ReverseDigits
from rnnkit.errors import RnnkitError
from tests.helpers import classified, tagged
from tests.helpers.forecasters import trained_forecaster, write_machine

TEXTS, LABELS = ["a wonderful film", "dull"], ["good", "bad"]
FRAME = pd.DataFrame({"review": TEXTS, "verdict": LABELS})


@pytest.fixture
def reviews(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> rnnkit.Run:
    folder = classified.trained("verdict", tmp_path_factory)
    monkeypatch.setenv("RNNKIT_DATA", str(folder.parent))
    return rnnkit.load_run(folder)


def test_evaluate_on_data_in_memory(reviews: rnnkit.Run) -> None:
    named = reviews.evaluate(data=FRAME, text="review", label="verdict")
    frame = named.frame()
    assert frame.part.unique().tolist() == ["data"]
    assert frame.set_index("metric").value["accuracy"] == 1
    for data in ((TEXTS, LABELS), zip(TEXTS, LABELS, strict=True)):
        assert reviews.evaluate(data=data)[0] == named[0]
    FRAME.to_csv("new.csv", sep=";", index=False)
    keys = {"text": "review", "label": "verdict", "separator": ";"}
    assert reviews.evaluate(data=Path("new.csv"), **keys)[0] == named[0]


def test_evaluate_shows_what_was_dropped_and_nothing_else(
    reviews: rnnkit.Run, capfd: pytest.CaptureFixture[str]
) -> None:
    reviews.evaluate(data=([*TEXTS, None], [*LABELS, "good"]))
    assert capfd.readouterr().err.splitlines() == [
        "the table: 1 row with an empty text left out: row 2"
    ]
    reviews.evaluate(data=(TEXTS, LABELS), verbose=True)
    assert "vocabulary" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("parts", "arguments", "match"),
    [
        ((), {"data": FRAME}, "^data: no column 'text'.*`text='review'`"),
        ((), {"data": FRAME, "txt": "review"}, "^txt: .*'text'"),
        ((), {"data": FRAME, "text": "review", "label": "verdict", "encoding": "utf-8"}, "^enc"),
        ((), {"data": (TEXTS, ["good", "fine"])}, "^data: row 1: .*'fine'"),
        ((), {"data": 5}, "^data: found 5"),
        ((), {"text": "review"}, "^text: .*`data`"),
        (("train",), {"data": FRAME}, "^data: .*parts train"),
        (("tset",), {}, "^parts: .*'tset'.*'test'"),
    ],
)
def test_evaluate_refuses(
    reviews: rnnkit.Run, parts: tuple[str, ...], arguments: dict[str, Any], match: str
) -> None:
    with pytest.raises(RnnkitError, match=match):
        reviews.evaluate(*parts, **arguments)


def test_data_sets_read_tables_in_memory() -> None:
    table = pd.DataFrame({"from": ["1 2"], "target": ["2 1"]})
    with rnnkit.file_keys({"source": "from"}):
        pairs = ReverseDigits().read_further(table).parts["data"]
    assert (pairs.sources, pairs.targets) == (["1 2"], ["2 1"])
    x = np.zeros((2, 3, 1))
    examples = Arrays(path="x.npz").read_further((x, ["a", "b"]), each_step=False).parts["data"]
    assert [text.shape for text in examples.texts] == [(3, 1), (3, 1)]
    assert examples.labels == [("a",), ("b",)]


def test_evaluate_of_other_tasks(
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    fable_run: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tagger = rnnkit.load_run(tagged.trained("names", tmp_path_factory))
    monkeypatch.setenv("RNNKIT_DATA", str(tagger.path.parent))
    tag = tagger.tag("Anna").tag[0]
    named = pd.DataFrame({"words": [["Anna"]], "tags": [[tag]]})
    for data, keys in (([[("Anna", tag)]], {}), (named, {"tokens": "words"})):
        assert tagger.evaluate(data=data, **keys)[0].rows[0].scores["accuracy"] == 1
    machine = rnnkit.load_run(trained_forecaster("machine", tmp_path_factory))
    monkeypatch.setenv("RNNKIT_DATA", str(machine.path.parent))
    write_machine(tmp_path / "own.csv")
    table = pd.read_csv("own.csv", parse_dates=[0], index_col=0)
    assert machine.evaluate(data=table)[0] == machine.evaluate(data="own.csv")[0]
    with pytest.raises(RnnkitError, match=r"^data: no times.*index"):
        machine.evaluate(data=table.iloc[:, 0].tolist())
    fable = rnnkit.load_run(fable_run)
    assert fable.evaluate(data=["what measures they could take"]).frame().value[0] > 0
    with pytest.raises(RnnkitError, match=r"^data: no such file.*\[text\]"):
        fable.evaluate(data="what measures they could take")
