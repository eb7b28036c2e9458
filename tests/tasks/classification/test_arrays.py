"""Sequences of numbers as a classifier reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.tasks.classification.task import Classification
from rnnkit.tasks.prepared import Source
from tests.classified import TEXTS, random_predictor, small


def write_arrays(path: Path, samples: int = 12, features: int = 2) -> None:
    """Sequences that rise or fall."""
    generator = np.random.default_rng(0)
    y = np.arange(samples) % 2
    slope = np.linspace(-1, 1, 6)[None, :, None] * np.where(y, 1, -1)[:, None, None]
    x = 100 + 10 * slope + generator.normal(size=(samples, 6, features))
    np.savez(path, x=x, y=y, names=np.array(["falls", "rises"]))


@pytest.fixture
def task(tmp_path: Path) -> Classification:
    write_arrays(tmp_path / "x.npz")
    return small((TEXTS, "{arrays: x.npz}"), ("embedding: 3", "embedding: none"))


def test_part_scales_each_feature(task: Classification) -> None:
    data = task.prepare(Source())
    assert data.codec.labels.names == ("falls", "rises")
    flat = data.parts["train"].inputs.flat
    np.testing.assert_allclose(flat.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(flat.std(axis=0), 1, atol=1e-5)
    assert any("12 sequences of 6 steps; 2 features" in note for note in data.notes)


def test_part_of_other_features(task: Classification, tmp_path: Path) -> None:
    write_arrays(tmp_path / "wide.npz", features=3)
    with pytest.raises(RnnkitError, match=r"--data: .*3 features"):
        task.prepare(Source(file="wide.npz"), task.prepare(Source()).codec)


def test_batched_sequences_are_never_padded(task: Classification) -> None:
    """Nothing tells a padded step of numbers from a real one."""
    predictor = random_predictor(task, task.prepare(Source()).codec)
    generator = np.random.default_rng(1)
    sequences = [generator.normal(100, 10, (steps, 2)) for steps in (3, 6, 3, 4)]
    queries = [predictor.query({"x": sequence.astype(np.float32)}) for sequence in sequences]
    together = predictor.predict(queries)
    for query, answer in zip(queries, together, strict=True):
        np.testing.assert_allclose(answer, predictor.predict([query])[0], atol=1e-6)


def test_ask_is_a_sequence_that_parse_reads(task: Classification) -> None:
    data = task.prepare(Source())
    train, predictor = data.parts["train"].examples, random_predictor(task, data.codec)
    query = predictor.parse(task.inputs.ask(train))
    np.testing.assert_allclose(query.values, train.texts[0], rtol=1e-4)
