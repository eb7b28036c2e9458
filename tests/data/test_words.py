"""Tokens to ids, of words and of their characters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.data.words import WordsSpec, spelled, word_ids
from rnnkit.errors import RnnkitError


def test_words_are_looked_up_whole_whatever_they_hold() -> None:
    tokenizer = WordsSpec().train("U.S.", "don't", "New York", "U.S.", padding=True)
    assert tokenizer.vocabulary[:3] == ["<pad>", "<unk>", "u.s."]
    ids = word_ids(tokenizer, ["u.s.", "U.S.", "don't", "New York", "New", "don"])
    assert tokenizer.tokens(ids) == ["u.s.", "u.s.", "don't", "new york", "<unk>", "<unk>"]


def test_settings(tmp_path: Path) -> None:
    spec = WordsSpec(lowercase=False, digits="zero", min_frequency=2)
    tokenizer = spec.train("In", "in", "in", "1996", "2024", "٣", "٤", padding=True)
    assert sorted(tokenizer.vocabulary[2:]) == ["0", "0000", "in"]
    assert word_ids(tokenizer, ["1871", "In", "in", "7"]).tolist() == [tokenizer.vocabulary.index(word) for word in ("0000", "<unk>", "in", "0")]
    tokenizer.save(tmp_path / "tokenizer.json")
    assert word_ids(spec.load(tmp_path / "tokenizer.json"), ["1871"]).tolist() == word_ids(tokenizer, ["1871"]).tolist()


def test_too_large_a_min_frequency_is_refused() -> None:
    with pytest.raises(RnnkitError, match="no token occurs so often"):
        WordsSpec(min_frequency=3).train("a", "b", padding=True)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6))
def test_any_token_has_one_id_that_is_no_padding(tokens: list[str]) -> None:
    """Also one that spells a token of the library's own, such as a<unk>b, or holds white space alone."""
    tokenizer = WordsSpec().train("a", "b", padding=True)
    tokens = [*tokens, "<pad>", "<unk>", "a<unk>b", "x<pad>", " ", "\0"]
    ids = word_ids(tokenizer, tokens)
    assert ids.shape == (len(tokens),)
    assert (ids != 0).all()


def test_characters_are_bytes_and_of_long_words_both_ends() -> None:
    rows = spelled(["ab", "é", "abcdefg", ""], 5)
    assert rows.dtype == np.int32
    assert rows.tolist() == [
        [1 + ord("a"), 1 + ord("b"), 0, 0, 0],
        [1 + 0xC3, 1 + 0xA9, 0, 0, 0],
        [1 + ord(letter) for letter in "abcfg"],
        [0] * 5,
    ]
    assert spelled(["abc"], 1).tolist() == [[1 + ord("a")]]
