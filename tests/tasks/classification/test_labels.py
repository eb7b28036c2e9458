"""The labels of the raw data."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnkit.config import load_config
from rnnkit.data.raw.label_names import on_one_line
from rnnkit.data.raw.labelled import Examples
from rnnkit.errors import RnnkitError
from rnnkit.tasks.classification.labels import alike_labels
from rnnkit.tasks.prepared import Source
from tests.helpers.classified import csv_text, numbered, table, write_verdict


def test_fit_labels_named_beforehand() -> None:
    data = table(numbered(8), ("split: 0", "labels: [b, a, c], split: 0")).prepare(Source())
    assert (data.codec.labels.names, data.codec.labels.counts) == (("b", "a", "c"), (4, 4, 0))
    assert data.parts["train"].targets.tolist() == [1, 0] * 4


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("x", "a"), ("y", "a")], "one label only"),
        ([(f"x{n}", f"0.{n}") for n in range(40)], "40 different labels"),
    ],
)
def test_fit_labels_refuses_labels_that_distinguish_nothing(
    rows: list[tuple[str, str]], message: str
) -> None:
    with pytest.raises(RnnkitError, match=rf"^data\.dataset: .*{message}"):
        table(rows, ("split: 0", "split: 0.25")).prepare(Source())


def test_require_known_labels_of_the_training_part() -> None:
    task = table(numbered(8), ("split: 0", "labels: [a, c], split: 0"))
    with pytest.raises(RnnkitError, match=r"^t\.csv: row 3: .*'b'.*`data\.labels`"):
        task.prepare(Source())


def test_require_known_labels_of_a_run(tmp_path: Path) -> None:
    write_verdict(tmp_path)
    task = load_config(tmp_path / "verdict.yaml")
    codec = task.prepare(Source()).codec
    (tmp_path / "new.csv").write_text(csv_text([("fine", "good"), ("new", "so so")]))
    with pytest.raises(RnnkitError, match=r"new\.csv: row 3: .*'so so'.*the run"):
        task.prepare(Source(file="new.csv"), codec)


def test_rare_labels_are_named_with_their_place() -> None:
    data = table([*numbered(20), ("a typing error", "7")]).prepare(Source())
    assert any("one training text only: '7' (t.csv: row 22)" in note for note in data.notes)


def test_on_one_line_drops_control_characters() -> None:
    assert on_one_line("a\n\tb\x1b[31m") == "a b [31m"
    assert len(on_one_line("long " * 100)) == 100


def test_alike_labels_differ_in_case_or_space_alone() -> None:
    labels = [(name,) for name in ("New York", "new york", "new  york", "other")]
    train = Examples(["text"] * 4, labels, str)
    (line,) = alike_labels(train)
    assert "'New York'" in line and "'new york'" in line and "other" not in line
