"""Tokens to ids, of words and of how they are spelt."""

from __future__ import annotations

import binascii
import unicodedata
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.encode.words import Spell, WordsSpec, characters, subwords, word_ids
from rnnkit.errors import RnnkitError


def test_word_ids_looks_up_whole_tokens() -> None:
    tokenizer = WordsSpec().train("U.S.", "don't", "New York", "U.S.", padding=True)
    assert tokenizer.vocabulary[:3] == ["<pad>", "<unk>", "u.s."]
    ids = word_ids(tokenizer, ["u.s.", "U.S.", "don't", "New York", "New", "don"])
    assert tokenizer.tokens(ids) == ["u.s.", "u.s.", "don't", "new york", "<unk>", "<unk>"]


def test_words_spec_follows_its_options(tmp_path: Path) -> None:
    spec = WordsSpec(lowercase=False, digits="zero", min_frequency=2)
    tokenizer = spec.train("In", "in", "in", "1996", "2024", "٣", "٤", padding=True)
    assert sorted(tokenizer.vocabulary[2:]) == ["0", "0000", "in"]
    assert word_ids(tokenizer, ["1871", "In", "in", "7"]).tolist() == [
        tokenizer.vocabulary.index(word) for word in ("0000", "<unk>", "in", "0")
    ]
    tokenizer.save(tmp_path / "tokenizer.json")
    assert (
        word_ids(spec.load(tmp_path / "tokenizer.json"), ["1871"]).tolist()
        == word_ids(tokenizer, ["1871"]).tolist()
    )


def test_words_spec_refuses_too_large_a_min_frequency() -> None:
    named = r"^data\.words\.min_frequency: found 3, but no token occurs that often"
    with pytest.raises(RnnkitError, match=named):
        WordsSpec(min_frequency=3).train("a", "b", padding=True, key="data.words")


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6))
def test_word_ids_gives_any_token_one_id_other_than_padding(tokens: list[str]) -> None:
    """Also one that spells a token of the library's own, such as a<unk>b, or holds white space
    alone.
    """
    tokenizer = WordsSpec().train("a", "b", padding=True)
    tokens = [*tokens, "<pad>", "<unk>", "a<unk>b", "x<pad>", " ", "\0"]
    ids = word_ids(tokenizer, tokens)
    assert ids.shape == (len(tokens),)
    assert (ids != 0).all()


def test_characters_are_bytes_and_of_long_words_both_ends() -> None:
    rows = characters(["ab", "é", "abcdefg", ""], 5)
    assert rows.dtype == np.int32
    assert rows.tolist() == [
        [1 + ord("a"), 1 + ord("b"), 0, 0, 0],
        [1 + 0xC3, 1 + 0xA9, 0, 0, 0],
        [1 + ord(letter) for letter in "abcfg"],
        [0] * 5,
    ]
    assert characters(["abc"], 1).tolist() == [[1 + ord("a")]]


def test_subwords_are_pieces_of_the_word_and_its_ends_in_buckets() -> None:
    def bucket(piece: str) -> int:
        return 1 + binascii.crc32(piece.encode()) % 1000

    rows = subwords(["Ab", "né", "", "ab"], length=7, shortest=2, longest=3, buckets=1000)
    assert rows.dtype == np.int32
    assert rows.tolist() == [
        [*map(bucket, ("<a", "ab", "b>", "<ab", "ab>")), 0, 0],
        [*map(bucket, ("<n", "né", "é>", "<né", "né>")), 0, 0],
        [bucket("<>"), 0, 0, 0, 0, 0, 0],
        [*map(bucket, ("<a", "ab", "b>", "<ab", "ab>")), 0, 0],
    ]
    assert rows[0, 0] == 1 + 0x089F3ACE % 1000  # the checksum of "<a", by another program


@given(st.text(max_size=30), st.integers(1, 4), st.integers(0, 3), st.integers(1, 50))
def test_subwords_of_any_token_fill_their_row_from_the_left(
    token: str, shortest: int, more: int, length: int
) -> None:
    (row,) = subwords([token], length, shortest, shortest + more, buckets=7)
    size = len(unicodedata.normalize("NFC", token).lower()) + 2
    pieces = sum(max(0, size - piece + 1) for piece in range(shortest, shortest + more + 1))
    assert np.count_nonzero(row) == min(pieces, length)
    assert (row[: min(pieces, length)] > 0).all()
    assert row.max() <= 7


def test_subwords_of_a_long_word_keep_short_pieces_and_its_ending() -> None:
    whole = subwords(["international"], length=50, shortest=2, longest=5, buckets=10_000)[
        0
    ].tolist()
    assert np.count_nonzero(whole) == 50  # of 15 characters with its ends: 14 + 13 + 12 + 11
    cut = subwords(["international"], length=41, shortest=2, longest=5, buckets=10_000)[0].tolist()
    assert cut == whole[:21] + whole[-20:]
    assert cut[-1] == 1 + binascii.crc32(b"onal>") % 10_000


@pytest.mark.parametrize(
    "spell",
    [
        partial(characters, length=9),
        partial(subwords, length=30, shortest=1, longest=4, buckets=999),
    ],
)
def test_spell_reads_composed_and_decomposed_letters_alike(spell: Spell) -> None:
    written = [unicodedata.normalize(form, "café") for form in ("NFC", "NFD")]
    composed, decomposed = spell(written).tolist()
    assert written[0] != written[1]
    assert composed == decomposed
