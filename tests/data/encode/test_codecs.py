"""Texts and sentences to what a model reads: ids alone, or beside how each token is spelt."""

from __future__ import annotations

import unicodedata
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from rnnkit.data.encode.codecs import TextCodec, TokenCodec, WordCodec
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.tokenizer_specs import Word
from rnnkit.data.encode.words import Spell, WordsSpec, characters, subwords
from rnnkit.run import RunFolder

LABELS = Labels(("bad", "good"), (3, 4), 7)
SPELLS: dict[str, Spell] = {
    "characters": partial(characters, length=7),
    "subwords": partial(subwords, length=7, shortest=2, longest=3, buckets=99),
}


def text_codec(spell: Spell | None) -> TextCodec:
    return TextCodec(
        Word(min_frequency=2).train("the film the film x x", padding=True), LABELS, spell
    )


@pytest.mark.parametrize("how", SPELLS)
def test_text_codec_encodes_each_token_and_its_spelling(how: str) -> None:
    codec = text_codec(SPELLS[how])
    texts = ["The lovely film", "", "x"]
    read = codec.encode(texts)
    assert read.flat.shape == (4, 1 + 7)
    assert codec.ids(read).lengths.tolist() == [3, 0, 1]
    np.testing.assert_array_equal(codec.ids(read).flat, codec.tokenizer.encode_all(texts).flat)
    assert codec.ids(read).flat[1] == codec.tokenizer.unknown_id
    # as they stand in the text
    np.testing.assert_array_equal(read.flat[:, 1:], SPELLS[how](["The", "lovely", "film", "x"]))
    filled = codec.without_empty(read)
    assert filled.lengths.tolist() == [3, 1, 1]
    assert filled[1].tolist() == [[codec.tokenizer.unknown_id] + 7 * [0]]


def test_text_codec_without_spelling_encodes_ids_alone() -> None:
    codec = text_codec(None)
    read = codec.encode(["The lovely film", ""])
    assert read.flat.tolist() == [
        codec.tokenizer.vocabulary.index("the"),
        codec.tokenizer.unknown_id,
        codec.tokenizer.vocabulary.index("film"),
    ]
    assert codec.ids(read) is read
    assert codec.without_empty(read)[1].tolist() == [codec.tokenizer.unknown_id]
    assert codec.features == 5  # <pad>, <unk> and three words


@pytest.mark.parametrize("how", SPELLS)
def test_word_codec_keeps_tokens_whole(how: str) -> None:
    sentences = [["New York", "x"], ["don't"]]
    words = WordsSpec().train("new york", "x", padding=True)
    codec = WordCodec(words, LABELS, SPELLS[how])
    read = codec.encode(sentences)
    assert read.lengths.tolist() == [2, 1]
    assert words.tokens(codec.ids(read).flat) == ["new york", "x", "<unk>"]
    np.testing.assert_array_equal(read.flat[:, 1:], SPELLS[how](["New York", "x", "don't"]))
    np.testing.assert_array_equal(
        WordCodec(words, LABELS, None).encode(sentences).flat, codec.ids(read).flat
    )


@pytest.mark.parametrize("kind", [TextCodec, WordCodec])
def test_save_keeps_vocabulary_and_labels(kind: type[TokenCodec], tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    codec = kind(WordsSpec().train("film", "x", padding=True), LABELS, None)
    codec.save(run)
    assert Labels.load(run.labels) == LABELS
    assert WordsSpec().load(run.tokenizer).vocabulary == codec.tokenizer.vocabulary


@pytest.mark.parametrize("how", SPELLS)
def test_ids_do_not_keep_the_spelling_in_memory(how: str) -> None:
    codec = text_codec(SPELLS[how])
    ids = codec.ids(codec.encode(["the film"] * 10)).flat
    assert ids.base is None
    assert ids.flags.c_contiguous


def test_text_codec_reads_composed_and_decomposed_letters_alike() -> None:
    """An accent that stands behind its letter, as some systems write file names."""
    codec = text_codec(SPELLS["characters"])
    decomposed = unicodedata.normalize("NFD", "café")
    np.testing.assert_array_equal(codec.encode([decomposed]).flat, codec.encode(["café"]).flat)
    assert codec.tokenizer.unknown(f"the {decomposed}") == ["café"]
