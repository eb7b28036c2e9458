"""Sequences of unequal length, held against plain lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.encode.ragged import Sequences, Side

LISTS = st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=12), max_size=12)
SIDES = st.sampled_from(["pre", "post"])


def lists(sequences: Sequences) -> list[list[int]]:
    return [sequences[text].tolist() for text in range(len(sequences))]


def cut(ids: list[int], width: int, side: Side) -> list[int]:
    return ids[max(0, len(ids) - width) :] if side == "pre" else ids[:width]


def filled_up(ids: list[int], width: int, side: Side, fill: int) -> list[int]:
    padding = [fill] * (width - len(ids))
    return padding + ids if side == "pre" else ids + padding


@given(LISTS)
def test_sequences_give_back_each_text(texts: list[list[int]]) -> None:
    sequences = Sequences.of(texts)
    assert lists(sequences) == texts
    assert len(sequences) == len(texts)
    assert sequences.lengths.tolist() == list(map(len, texts))
    assert sequences.flat.dtype == np.int32
    assert lists(Sequences(sequences.flat, sequences.lengths)) == texts


@given(LISTS, st.integers(1, 15), SIDES)
def test_truncate_keeps_one_side(texts: list[list[int]], width: int, side: Side) -> None:
    assert lists(Sequences.of(texts).truncate(width, side)) == [
        cut(ids, width, side) for ids in texts
    ]


def test_truncate_copies_nothing_where_nothing_is_too_long() -> None:
    sequences = Sequences.of([[1, 2, 3], [4]])
    assert sequences.truncate(3, "post") is sequences
    assert np.shares_memory(sequences[0], sequences.flat)


@given(LISTS.filter(bool), st.data())
def test_take_chooses_texts(texts: list[list[int]], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=20))
    assert lists(Sequences.of(texts).take(np.array(chosen, np.int64))) == [
        texts[text] for text in chosen
    ]


@given(LISTS.filter(bool), st.integers(1, 15), SIDES, st.integers(0, 9), st.data())
def test_padded_fills_rows_to_the_width(
    texts: list[list[int]], width: int, side: Side, fill: int, data: st.DataObject
) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=20))
    matrix = Sequences.of(texts).padded(np.array(chosen, np.int64), width, side, fill)
    # A text that is too long for the width loses its other side, as in cut.
    assert matrix.tolist() == [
        filled_up(cut(texts[text], width, side), width, side, fill) for text in chosen
    ]
    assert (matrix.shape, matrix.dtype) == ((len(chosen), width), np.int32)


def test_padded_appends_zeros_by_default() -> None:
    assert Sequences.of([[7, 8], []]).padded(np.array([0, 1]), 3).tolist() == [[7, 8, 0], [0, 0, 0]]


@pytest.mark.parametrize("texts", [[], [[]], [[], []]])
def test_sequences_without_a_single_token(texts: list[list[int]]) -> None:
    sequences = Sequences.of(texts)
    assert lists(sequences) == texts
    assert sequences.padded(np.arange(len(texts)), 2).tolist() == [[0, 0]] * len(texts)
    assert lists(sequences.truncate(1, "pre")) == texts
