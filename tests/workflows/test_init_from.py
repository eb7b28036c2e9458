"""What a training takes from another run, and what is its own data's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.config import parse_config
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.classification.task import Classification
from rnnkit.tasks.prepared import Codec, Prepared, Source
from rnnkit.tasks.tagging.task import Tagging
from rnnkit.tasks.task import Task
from rnnkit.workflows.init_from import InitialRun, transferred_weights
from tests.helpers.classified import RARE, table
from tests.helpers.conditioned import conditioned
from tests.helpers.random_models import random_weights
from tests.helpers.tagged import PLAIN
from tests.helpers.tagged import small as tagger

ANEW = Source(refit=True)

EVEN = [(f"so bad {index}", "bad") for index in range(6)]
EVEN += [(f"so good {index}", "good") for index in range(6)]


def arrays(task: str, y: list[int], shift: float = 0, width: int = 1) -> Task:
    """A config of sequences of two steps around `shift`."""
    steps = np.arange(len(y) * 2 * width, dtype=float).reshape(len(y), 2, width) + shift
    np.savez("x.npz", x=steps, y=y if task == "classification" else [[label, 1] for label in y])
    config = parse_config(
        f"task: {task}\ndata: {{dataset: {{arrays: x.npz}}, split: 0}}\n"
        "model: {embedding: none, layers: [gru: 3]}\n",
        "c.yaml",
    )
    assert isinstance(config, Task)
    return config


def taken_of(old: Task, start: Codec, new: Task, data: Prepared) -> set[str]:
    """The layers that start from weights of the other run."""
    weights = random_weights(old.network(start).architecture, 0)
    taken = transferred_weights(
        InitialRun(RunFolder(Path("runs/old")), start, weights),
        new,
        data.codec,
        new.network(data.codec).architecture,
    )
    return {name.split("/")[0] for name in taken}


def test_refit_counts_the_labels_of_the_new_training_part() -> None:
    start = table(EVEN).prepare(Source()).codec
    new = table(RARE, ("task: classification", "task: {classification: {class_weight: balanced}}"))
    data = new.prepare(ANEW, start)
    labels = data.codec.labels
    assert (labels.names, labels.counts, labels.texts) == (("bad", "good"), (1, 9), 10)
    np.testing.assert_allclose(labels.weights(), [5, 0.5556], atol=1e-4)
    assert data.codec.vocabulary == start.vocabulary
    assert any("bad 1, good 9" in note for note in data.notes)
    # An evaluation of the run does not count anew.
    assert new.prepare(Source(), start).codec.labels == start.labels


def test_refit_keeps_labels_that_the_new_data_lack() -> None:
    old = table([*EVEN, ("a fine film", "fine")])
    start = old.prepare(Source()).codec
    new = table(RARE)
    data = new.prepare(ANEW, start)
    assert data.codec.labels.counts == (1, 0, 9)
    assert new.new_layers(start, data.codec) == {}
    fewer = table(RARE, ("split: 0", "split: 0, labels: [good, bad]"))
    assert fewer.prepare(ANEW, start).codec.labels.names == ("good", "bad")  # all that may be


@pytest.mark.parametrize("label", ["fine", "3"])
def test_a_training_of_other_labels_has_a_new_head(label: str, said: list[str]) -> None:
    """Also where the weights would fit."""
    old = table(EVEN)
    start = old.prepare(Source()).codec
    new = table([(text, name if name == "good" else label) for text, name in RARE])
    data = new.prepare(ANEW, start)
    assert set(data.codec.labels.names) == {label, "good"}
    assert data.codec.vocabulary == start.vocabulary
    assert taken_of(old, start, new, data) == {"embedding", "simple_rnn"}
    (remark,) = (line for line in said if "logits" in line)
    assert "anew" in remark
    assert label in remark


def test_refit_takes_the_scale_of_the_new_arrays() -> None:
    for task in ("classification", "tagging"):
        start = arrays(task, [0, 1, 1, 0]).prepare(Source()).codec
        new = arrays(task, [0, 1, 1, 1, 1], shift=1000)
        assert isinstance(new, Classification | Tagging)
        codec = new.prepare(ANEW, start).codec
        assert codec.scaler.mean == pytest.approx(1004.5)
        assert sum(codec.labels.counts) == (5 if task == "classification" else 10)
        wider = arrays(task, [0, 1, 1, 0], width=2)
        with pytest.raises(RnnkitError, match=r"data\.dataset.*features"):
            wider.prepare(ANEW, start)


def test_refit_of_a_tagger_counts_and_adds_tags(said: list[str]) -> None:
    old = tagger(PLAIN)
    start = old.prepare(Source()).codec
    fewer = tagger([("mouse mouse", "NOUN NOUN"), ("the", "DET")])
    codec = fewer.prepare(ANEW, start).codec
    assert codec.labels.names == start.labels.names
    assert dict(zip(codec.labels.names, codec.labels.counts, strict=True))["NOUN"] == 2
    assert codec.features == start.features
    other = tagger([("mouse", "X"), ("the", "DET")])
    data = other.prepare(ANEW, start)
    assert data.codec.labels.names == ("DET", "X")
    assert taken_of(old, start, other, data) == {"embedding", "gru"}
    assert any("logits" in line for line in said)


def test_refit_of_a_condition_counts_and_adds_labels(said: list[str]) -> None:
    old = conditioned()
    start = old.prepare(Source()).codec
    fewer = conditioned([("anna", "it"), ("eva", "de"), ("ida", "de")])
    assert "de 2, en 0, it 1" in fewer.prepare(ANEW, start).codec.condition.describe()
    other = conditioned([("anna", "it"), ("eva", "de"), ("ada", "fr"), ("amie", "fr")])
    data = other.prepare(ANEW, start)
    assert taken_of(old, start, other, data) == {"embedding", "gru", "logits"}
    assert any("condition" in line for line in said)


def test_refit_of_numbers_as_a_condition_takes_their_scale() -> None:
    def described(shift: float) -> Task:
        rows = "".join(f"text {index},{index + shift}\n" for index in range(4))
        Path("n.csv").write_text(f"text,size\n{rows}", encoding="utf-8")
        config = parse_config(
            "task: {language_model: {condition: features}}\n"
            "data: {dataset: {csv: {path: n.csv, features: size}}, split: 0}\n"
            "model: {embedding: 3, layers: [gru: 3]}\n",
            "c.yaml",
        )
        assert isinstance(config, Task)
        return config

    start = described(0).prepare(Source()).codec
    moved = described(500).prepare(ANEW, start).codec
    assert moved.condition.scaler.mean == pytest.approx(501.5)
