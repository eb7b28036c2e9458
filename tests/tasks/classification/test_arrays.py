"""Sequences of numbers as a classifier reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.answers import answer_queries, answer_text, query_of
from rnnkit.tasks.classification.answers import Verdict
from rnnkit.tasks.classification.task import Classification
from rnnkit.tasks.prepared import Source
from tests.helpers.classified import TEXTS, random_predictor, small


def write_arrays(
    path: Path, samples: int = 12, features: int = 2, *, unequal: bool = False
) -> None:
    """Sequences that rise or fall, of six steps or of two to six."""
    generator = np.random.default_rng(0)
    y = np.arange(samples) % 2
    slope = np.linspace(-1, 1, 6)[None, :, None] * np.where(y, 1, -1)[:, None, None]
    x = 100 + 10 * slope + generator.normal(size=(samples, 6, features))
    lengths = 2 + np.arange(samples) % 5
    further = {"lengths": lengths} if unequal else {}
    np.savez(path, x=x, y=y, names=np.array(["falls", "rises"]), **further)


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


@pytest.mark.parametrize("unequal", [False, True])
def test_batched_sequences_answer_as_if_they_were_alone(
    task: Classification, tmp_path: Path, unequal: bool
) -> None:
    """A model of sequences of one length is never asked padded ones."""
    write_arrays(tmp_path / "x.npz", unequal=unequal)
    codec = task.prepare(Source()).codec
    run = RunFolder(tmp_path)
    codec.save(run)
    codec = task.load_codec(run)
    assert isinstance(codec, ArrayCodec)
    assert codec.pads == unequal
    predictor = random_predictor(task, codec)
    generator = np.random.default_rng(1)
    sequences = [generator.normal(100, 10, (steps, 2)) for steps in (3, 6, 3, 4)]
    queries = [predictor.query({"x": sequence.astype(np.float32)}) for sequence in sequences]
    together = predictor.predict(queries)
    for query, answer in zip(queries, together, strict=True):
        np.testing.assert_allclose(answer, predictor.predict([query])[0], atol=1e-6)


def test_part_of_unequal_sequences_batches_them_together(
    task: Classification, tmp_path: Path
) -> None:
    write_arrays(tmp_path / "x.npz", unequal=True)
    data = task.prepare(Source())
    assert any("12 sequences of 2 to 6 steps" in note for note in data.notes)
    (batch,) = data.parts["train"].batches(12).in_order()
    assert np.isnan(batch.inputs[..., 0]).sum(axis=1).max() == batch.inputs.shape[1] - 2
    wide = data.parts["train"].batches(12)
    assert wide.steps == 1


def test_ask_is_a_sequence_that_parse_reads(task: Classification) -> None:
    data = task.prepare(Source())
    train, predictor = data.parts["train"].examples, random_predictor(task, data.codec)
    query = predictor.parse(task.inputs.ask(train))
    np.testing.assert_allclose(query.values, train.texts[0], rtol=1e-4)


def test_answers_to_a_list_of_arrays_are_those_to_each(
    task: Classification, tmp_path: Path
) -> None:
    write_arrays(tmp_path / "x.npz", unequal=True)
    predictor = random_predictor(task, task.prepare(Source()).codec)
    arrays = [np.full((steps, 2), 100.0 + steps) for steps in (3, 6, 1)]
    answers = answer_queries(predictor, [query_of(predictor, one) for one in arrays], None).records
    for array, answer in zip(arrays, answers, strict=True):
        text = " ".join(f"{number:g}" for number in array.ravel())
        (alone,) = answer_text(predictor, text, top=1)
        assert isinstance(alone, Verdict)
        assert alone.label == answer["label"]
        assert alone.probability == pytest.approx(answer["probability"], abs=1e-6)
    for wrong in (arrays[0][:, :1], arrays[0][:0], arrays[0] * np.nan):
        with pytest.raises(RnnkitError, match="Expected"):
            query_of(predictor, wrong)
    words = small()
    of_texts = random_predictor(words, words.prepare(Source()).codec)
    with pytest.raises(RnnkitError, match="Expected text"):
        query_of(of_texts, arrays[0])
