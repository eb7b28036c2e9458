"""Byte-pair encoding: nothing is lost, nothing is unknown, and the vocabulary is that of the
training part alone.
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
def test_nothing_is_lost_and_nothing_is_unknown(fable: Tokenizer, text: str) -> None:
    assert read(fable, text) == unicodedata.normalize("NFC", text)
    if UNKNOWN not in text:
        assert fable.unknown(text) == []
        assert fable.unknown_id not in fable.encode(text)
        assert fable.encode_known(text).tolist() == fable.encode(text).tolist()


def test_lower_case_first_where_asked_for() -> None:
    assert read(BPE(lowercase=True).train("ABC abc"), "Été ABC") == "été abc"
    assert read(BPE().train("ABC abc"), "Été ABC") == "Été ABC"


@pytest.mark.parametrize("size", [300, 301, 350, 378])
def test_the_vocabulary_has_the_size_that_was_asked_for(size: int) -> None:
    tokenizer = BPE(vocab_size=size).train(FABLE)
    assert len(tokenizer) == size
    assert tokenizer.vocabulary[0] == UNKNOWN
    assert len(set(tokenizer.vocabulary)) == size


@pytest.mark.parametrize(("min_frequency", "merges"), [(1, ["ab", "abab"]), (2, ["ab"]), (3, [])])
def test_it_stops_where_no_pair_comes_often_enough(min_frequency: int, merges: list[str]) -> None:
    tokenizer = BPE(vocab_size=10_000, min_frequency=min_frequency).train("abab")
    assert tokenizer.vocabulary[1 + BYTES :] == merges


def test_merges_by_hand() -> None:
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


def test_no_token_crosses_from_one_word_to_the_next() -> None:
    tokenizer = BPE(vocab_size=600, min_frequency=1).train("of the cat of the dog of the fox " * 20)
    assert not [token for token in tokenizer.vocabulary if "Ġ" in token[1:]]


def test_ids_run_from_zero_and_are_the_same_every_time() -> None:
    first, second = (BPE(vocab_size=350).train(FABLE) for _ in range(2))
    assert first.vocabulary == second.vocabulary
    ids = first.encode(FABLE)
    assert ids.dtype == np.int32
    assert 0 < ids.min() <= ids.max() < len(first)


def test_saved_and_loaded(fable: Tokenizer, tmp_path: Path) -> None:
    fable.save(tmp_path / "tokenizer.json")
    again = BPE(vocab_size=SIZE).load(tmp_path / "tokenizer.json")
    for line in (FABLE, "Ünknown Wörds 👻", ""):
        assert again.encode(line).tolist() == fable.encode(line).tolist()
        assert read(again, line) == line
    assert again.vocabulary == fable.vocabulary


def test_fewer_tokens_than_characters_on_real_text(
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
