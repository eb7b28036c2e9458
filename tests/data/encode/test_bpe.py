"""Byte-pair encoding: nothing is lost, nothing is unknown, and the vocabulary is that of the
training set alone.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rnnkit.data.datasets.alice import Alice
from rnnkit.data.datasets.fable import FABLE
from rnnkit.data.encode.tokenizer import UNKNOWN, Tokenizer
from rnnkit.data.encode.tokenizer_specs import BPE, Char

BYTES = 256
SIZE = 370

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@pytest.fixture(scope="module")
def fable() -> Tokenizer:
    return BPE(vocab_size=SIZE).train(FABLE)


def read(tokenizer: Tokenizer, text: str) -> str:
    return tokenizer.text(tokenizer.encode(text).tolist())


@settings(deadline=None)
@given(text)
@example("")
@example(" ")
@example("  two  spaces \n\n\t and\r\ntabs ")
@example("naïve café, 你好, Ελλάδα, 👩‍👩‍👧 \u0000 \ufeff \ufffd")
@example("cafe\u0301")
@example("a <unk> b")
def test_bpe_loses_nothing_and_knows_every_text(fable: Tokenizer, text: str) -> None:
    assert read(fable, text) == unicodedata.normalize("NFC", text)
    if UNKNOWN not in text:
        assert fable.unknown(text) == []
        assert fable.unknown_id not in fable.encode(text)
        assert fable.encode_known(text).tolist() == fable.encode(text).tolist()


def test_bpe_can_lowercase_the_text() -> None:
    assert read(BPE(lowercase=True).train("ABC abc"), "Été ABC") == "été abc"
    assert read(BPE().train("ABC abc"), "Été ABC") == "Été ABC"


@pytest.mark.parametrize("size", [300, 301, 350, 378])
def test_bpe_has_a_vocabulary_of_vocab_size(size: int) -> None:
    tokenizer = BPE(vocab_size=size).train(FABLE)
    assert len(tokenizer) == size
    assert tokenizer.vocabulary[0] == UNKNOWN
    assert len(set(tokenizer.vocabulary)) == size


@pytest.mark.parametrize(("min_frequency", "merges"), [(1, ["ab", "abab"]), (2, ["ab"]), (3, [])])
def test_bpe_stops_where_no_pair_comes_often_enough(min_frequency: int, merges: list[str]) -> None:
    tokenizer = BPE(vocab_size=10_000, min_frequency=min_frequency).train("abab")
    assert tokenizer.vocabulary[1 + BYTES :] == merges


def test_bpe_merges_by_hand() -> None:
    """In "low low lower": first l+o (or o+w), then lo+w, then the space before it."""
    tokenizer = BPE().train("low low lower")
    assert {"low", "Ġlow"} <= set(tokenizer.vocabulary)
    assert tokenizer.tokens(tokenizer.encode("low lowest").tolist()) == [
        "low",
        "Ġlow",
        "e",
        "s",
        "t",
    ]


def test_bpe_merges_within_words_alone() -> None:
    tokenizer = BPE(vocab_size=600, min_frequency=1).train("of the cat of the dog of the fox " * 20)
    assert not [token for token in tokenizer.vocabulary if "Ġ" in token[1:]]


def test_bpe_gives_the_same_ids_every_time() -> None:
    first, second = (BPE(vocab_size=350).train(FABLE) for _ in range(2))
    assert first.vocabulary == second.vocabulary
    ids = first.encode(FABLE)
    assert ids.dtype == np.int32
    assert 0 < ids.min() <= ids.max() < len(first)


def test_load_gives_a_tokenizer_that_encodes_as_before(fable: Tokenizer, tmp_path: Path) -> None:
    fable.save(tmp_path / "tokenizer.json")
    again = BPE(vocab_size=SIZE).load(tmp_path / "tokenizer.json")
    for line in (FABLE, "Ünknown Wörds 👻", ""):
        assert again.encode(line).tolist() == fable.encode(line).tolist()
        assert read(again, line) == line
    assert again.vocabulary == fable.vocabulary


def test_bpe_needs_fewer_tokens_than_characters_on_real_text(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))
    book = Alice().load().train
    train, rest = book[:120_000], book[120_000:]
    pieces, characters = BPE(vocab_size=1000).train(train), Char().train(train)
    assert len(pieces) == 1000
    assert len(pieces.encode(rest)) < 0.5 * len(characters.encode(rest))
    assert read(pieces, rest) == unicodedata.normalize("NFC", rest)
    larger = BPE(vocab_size=4000).train(train)
    assert len(larger.encode(rest)) < len(pieces.encode(rest))
