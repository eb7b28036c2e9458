"""Labelled texts in parts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnkit.config import load_config
from rnnkit.errors import RnnkitError
from rnnkit.tasks.prepared import Prepared, Source
from tests.helpers.classified import TEXTS, numbered, random_predictor, small, table, write_verdict


def test_read_parts_keeps_a_test_file_whole(tmp_path: Path) -> None:
    """Validation is held out of the training file alone."""
    write_verdict(tmp_path)
    data = load_config(tmp_path / "verdict.yaml").prepare(Source())
    parts = data.parts
    assert {name: len(part) for name, part in parts.items()} == {
        "train": 36,
        "test": 9,
        "validation": 12,
    }
    everything = [*parts["train"].examples.texts, *parts["validation"].examples.texts]
    lines = (tmp_path / "verdict.csv").read_text().splitlines()[1:]
    assert sorted(everything) == sorted(line.split(",")[0] for line in lines)
    assert parts["test"].examples.place(0) == "verdict_test.csv: row 2"


def test_read_parts_holds_out_each_label_alike() -> None:
    rare = [(f"text number {index}", "rare" if index % 5 == 0 else "often") for index in range(100)]
    shares = "split: {validation: 0.2, test: 0.1}"
    data = table(rare, ("split: 0", shares)).prepare(Source())
    counts = {name: np.bincount(part.targets).tolist() for name, part in data.parts.items()}
    assert counts == {"train": [56, 14], "validation": [16, 4], "test": [8, 2]}
    again = table(rare, ("split: 0", shares), ("epochs: 1", "epochs: 1, random_seed: 7"))
    assert again.prepare(Source()).fingerprint == data.fingerprint
    other = table(rare, ("split: 0", shares.replace("}", ", random_seed: 1}")))
    assert other.prepare(Source()).fingerprint != data.fingerprint


def test_read_parts_of_the_last_texts() -> None:
    split = "split: {validation: 0.2, test: 0.1, method: last}"
    parts = table(numbered(20), ("split: 0", split)).prepare(Source()).parts
    expected = [f"text number {index}" for index in range(14, 18)]
    assert parts["validation"].examples.texts == expected
    assert parts["test"].examples.place(1) == "t.csv: row 21"


def test_read_parts_weighs_the_training_part_alone(tmp_path: Path) -> None:
    """A file of its own for the test needs no weights, and validation is scored without."""
    rows = [f"text number {index},{'ab'[index % 2]},{index + 1}" for index in range(20)]
    content = "\n".join(["text,label,importance", *rows])
    (tmp_path / "w.csv").write_text(content, encoding="utf-8")
    (tmp_path / "o.csv").write_text("text,label\nso,a\n", encoding="utf-8")

    def prepared(weight: str) -> Prepared:
        table = f"{{csv: {{path: w.csv, test_path: o.csv{weight}}}}}"
        return small((TEXTS, table), ("split: 0", "split: 0.2")).prepare(Source())

    weighed, plain = prepared(", weight: importance"), prepared("")
    train = weighed.parts["train"]
    batches = train.batches(4)
    for batch in batches.in_order():
        numbers = [train.examples.texts.index(f"text number {int(w) - 1}") for w in batch.weights]
        np.testing.assert_array_equal(train.targets[numbers], batch.targets)
    for part in ("validation", "test"):
        assert {1.0} == {
            float(weight)
            for batch in weighed.parts[part].batches(1).in_order()
            for weight in batch.weights
        }
    assert weighed.fingerprint != plain.fingerprint


def test_read_parts_counts_texts_that_are_in_two(tmp_path: Path) -> None:
    write_verdict(tmp_path)
    first = (tmp_path / "verdict.csv").read_text().splitlines()[1].split(",")[0]
    with open(tmp_path / "verdict_test.csv", "a", encoding="utf-8") as file:
        file.write(f"{first},good\n" * 2)
    task = load_config(tmp_path / "verdict.yaml", ["data.split.validation=0"])
    assert any("2 of 11 test texts" in note for note in task.prepare(Source()).notes)


def test_read_parts_of_too_few_texts() -> None:
    with pytest.raises(RnnkitError, match=r"data\.split: .*validation part empty"):
        table(numbered(4), ("split: 0", "split: 0.1")).prepare(Source())


@pytest.mark.parametrize("label", ["label: [a, b]", "multi_label: false"])
def test_read_parts_of_a_sample_however_small_the_shares(label: str) -> None:
    dataset = (TEXTS, f"{{csv: {{path: nosuch.csv, {label}}}}}")
    task = small(dataset, ("split: 0", "split: {validation: 0.01, test: 0.02}"))
    parts = task.prepare(Source(sample=True)).parts
    assert list(parts) == ["train", "validation", "test"]
    assert all(len(part) for part in parts.values())


def test_fingerprint_changes_with_texts_and_labels() -> None:
    same, other_labels = numbered(8), numbered(8, "ba")
    other_text = [*numbered(7), ("other words", "b")]
    prints = [
        table(rows).prepare(Source()).fingerprint for rows in (same, same, other_labels, other_text)
    ]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3


def test_test_part_is_encoded_when_it_is_asked_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_verdict(tmp_path)
    with caplog.at_level("INFO", logger="rnnkit"):
        data = load_config(tmp_path / "verdict.yaml").prepare(Source())
        assert "test 9 texts" in data.notes[0]
        assert data.fingerprint
        assert not any(line.startswith("test:") for line in [*data.notes, *caplog.messages])
        assert len(data.parts["test"]) == 9
    assert [line for line in caplog.messages if line.startswith("test:")]
    content = (tmp_path / "verdict_test.csv").read_text()
    (tmp_path / "verdict_test.csv").write_text(content.replace("so awful", "so dreadful"))
    changed = load_config(tmp_path / "verdict.yaml").prepare(Source())
    assert changed.fingerprint != data.fingerprint


def test_batches_do_not_change_an_answer(tmp_path: Path) -> None:
    """Neither the size of a batch nor its other texts do, nor the padding they bring."""
    write_verdict(tmp_path)
    task = load_config(tmp_path / "verdict.yaml")
    data = task.prepare(Source())
    outputs, part = random_predictor(task, data.codec).outputs, data.parts["test"]
    whole = part.batches(1000).answers(outputs)
    assert np.ptp(whole) > 0.1
    for batch_size in (1, 5):
        np.testing.assert_allclose(part.batches(batch_size).answers(outputs), whole, atol=1e-5)
    fixed = small(("split: 0", "batching: fixed, max_length: 5, split: 0")).prepare(Source())
    assert fixed.train.widths == [5]


def test_head_takes_the_first_examples() -> None:
    part = table(numbered(6)).prepare(Source()).parts["train"]
    head = part.head(2)
    assert head.examples.texts == part.examples.texts[:2]
    np.testing.assert_array_equal(head.batches(8).in_order().__next__().targets, [0, 1])
    assert len(part.head(100)) == 6


def test_ceiling_counts_equal_texts_with_different_labels() -> None:
    rows = [("so it is", "a"), ("So it is", "b"), ("so it is", "a"), *numbered(5)]
    task = table(rows)
    train = task.prepare(Source()).parts["train"]
    assert task.ceiling(train) == pytest.approx(7 / 8)
    several = replace(train, targets=np.eye(2)[train.targets])
    assert task.ceiling(several) == pytest.approx(7 / 8)
