"""Parts of tagged data: encoded inputs, batches and notes."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.data.encode.labels import Labels
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.tagging.data import tag_weights
from tests.helpers.random_models import random_weights
from tests.helpers.tagged import PLAIN, SPANS, small, write_rows


def test_encode_parts_of_spans() -> None:
    data = small(SPANS).prepare(Source())
    part, names = data.parts["train"], data.codec.labels.names
    inside = [[names[label] for label in row] for row in part.targets]
    assert inside == [["O", "B-PER", "E-PER"], ["S-LOC", "S-LOC"], ["O"]]
    assert data.codec.labels.counts[0] == 2


def test_batches_pad_what_the_model_reads() -> None:
    words = small(PLAIN).prepare(Source())
    characters = small(
        PLAIN, ("embedding: 3", "embedding: {words: {dim: 3, characters: {length: 4}}}")
    ).prepare(Source())
    packed = characters.parts["train"].inputs[1]
    (it, _) = words.parts["train"].inputs[1]
    assert packed.shape == (2, 5)
    assert packed[0].tolist() == [it, 1 + ord("i"), 1 + ord("t"), 0, 0]
    (batch,) = characters.parts["train"].batches(4).in_order()
    assert batch.inputs.shape == (3, 8, 5)  # three sentences, steps to a multiple of eight
    assert batch.weights.sum(axis=1).tolist() == [2, 2, 1]
    assert (batch.inputs[batch.weights == 0] == 0).all()


def test_read_parts_splits_and_keeps_equal_sentences_together() -> None:
    many = [(f"word{index % 15} runs", "NOUN VERB") for index in range(30)]
    split = small(many, ("split: 0", "split: {validation: 0.2, test: 0.2}")).prepare(Source())
    parts = {name: set(part.examples.texts) for name, part in split.parts.items()}
    assert {name: len(texts) for name, texts in parts.items()} == {
        "train": 9,
        "validation": 3,
        "test": 3,
    }
    assert not parts["train"] & parts["validation"]


def test_notes_say_sizes_tags_unknown_words_and_repeated_sentences() -> None:
    write_rows([("the", "DET"), ("the cat", "DET NOUN")], "v.tsv")
    own_validation = ("conll: t.tsv", "conll: {path: t.tsv, validation_path: v.tsv}")
    data = small(PLAIN, own_validation).prepare(Source())
    assert {name: len(part) for name, part in data.parts.items()} == {"train": 3, "validation": 2}
    assert data.notes == [
        "train 3 sentences of 5 tokens, validation 2 sentences of 3 tokens; vocabulary of 6",
        "4 tags in training: DET 2, NOUN 1, PRON 1, VERB 1",
        "validation: 1 token (33.3 %) does not occur in the training set",
        "validation has no sentence with PRON, VERB: its scores say nothing about them",
        "1 of 2 validation sentences also occurs in the training set",
    ]


def test_encode_too_long_sentence_names_its_place() -> None:
    with pytest.raises(RnnkitError, match=r"t\.tsv:1: .*2 tokens.*at most 1"):
        small(PLAIN, ("split: 0", "split: 0, max_length: 1")).prepare(Source())
    write_rows([("a b c", "DET DET DET")], "more.tsv")  # a further file
    small(PLAIN, ("split: 0", "split: 0, max_length: 2")).prepare(Source(file="more.tsv"))


def test_prepare_reads_bilou_as_bioes() -> None:
    letters, others = ("S", "E"), ("U", "L")
    parts = [
        small([("a b c", f"B-X {last}-X {single}-Y"), ("d", "O")]).prepare(Source()).parts["train"]
        for single, last in (letters, others)
    ]
    assert parts[0].examples.labels == parts[1].examples.labels
    assert parts[0].targets.flat.tolist() == parts[1].targets.flat.tolist()


def test_fingerprint_ignores_a_further_file() -> None:
    write_rows([("it", "PRON")], "more.tsv")
    task = small(PLAIN)
    alone, both = task.prepare(Source()), task.prepare(Source(file="more.tsv"))
    assert both.parts["data"].examples.labels == [("PRON",)]
    assert both.fingerprint == alone.fingerprint
    with pytest.raises(RnnkitError, match=r"--data: .*none\.tsv"):
        task.prepare(Source(file="none.tsv"))


def test_fingerprint_changes_with_a_tag() -> None:
    changed = [*PLAIN[:2], ("the", "PRON")]
    first, second = (small(rows).prepare(Source()) for rows in (PLAIN, changed))
    assert first.fingerprint != second.fingerprint


def test_batches_of_numbers_of_unequal_length_are_padded() -> None:
    """And a sequence is tagged as if it were alone."""
    lengths, generator = np.array([2, 5, 3]), np.random.default_rng(0)
    x, y = generator.normal(size=(10, 2)), np.arange(10) % 2
    np.savez("t.npz", x=x, y=y, lengths=lengths)
    changed = ("conll: t.tsv", "arrays: t.npz"), ("embedding: 3", "embedding: none")
    task = small(PLAIN, *changed, ("task: tagging", "task: {tagging: {crf: true}}"))
    data = task.prepare(Source())
    (batch,) = data.parts["train"].batches(4).in_order()
    assert batch.weights.sum(axis=1).astype(int).tolist() == lengths.tolist()
    assert np.isnan(batch.inputs[batch.weights == 0]).all()
    architecture = task.network(data.codec).architecture
    outputs = Engine(architecture, random_weights(architecture, 0))
    predictor = task.predictor(data.codec, outputs)
    sequences = data.parts["train"].examples.texts
    for sequence, (tags, sure) in zip(sequences, predictor.tag(sequences), strict=True):
        ((alone, sure_alone),) = predictor.tag([sequence])
        assert alone == tags
        np.testing.assert_allclose(sure_alone, sure, atol=1e-5)


def test_batches_of_numbers_of_one_length_are_never_padded() -> None:
    generator = np.random.default_rng(0)
    for name, steps in (("t.npz", 5), ("v.npz", 3)):
        x = generator.normal(size=(4, steps, 2))
        np.savez(name, x=x, y=generator.integers(0, 2, (4, steps)))
    task = small(
        PLAIN,
        ("conll: t.tsv", "arrays: {path: t.npz, validation_path: v.npz}"),
        ("embedding: 3", "embedding: none"),
    )
    data = task.prepare(Source())
    for part, steps in (("train", 5), ("validation", 3)):
        (batch,) = data.parts[part].batches(4).in_order()
        assert batch.inputs.shape == (4, steps, 2)
        assert batch.weights.all()


def test_tag_weights_are_of_tags_or_of_types_of_spans() -> None:
    labels = Labels(("B-PER", "I-PER", "O", "x-ray"), (1, 1, 1, 1), 4)
    weights = tag_weights({"PER": 5.0, "I-PER": 2.0}, labels, required=True)
    assert weights == {"B-PER": 5.0, "I-PER": 2.0, "O": 1.0, "x-ray": 1.0}
    assert tag_weights("balanced", labels, required=True) == "balanced"
    for name in ("ray", "LOC"):
        with pytest.raises(RnnkitError, match=f"task.tagging.class_weight: no label '{name}'"):
            tag_weights({name: 5.0}, labels, required=True)
    assert tag_weights({"LOC": 5.0}, labels, required=False) == dict.fromkeys(labels.names, 1.0)
