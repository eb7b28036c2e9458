"""How data are divided into parts: shares, and text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rnnkit.data.encode.tokenizer_specs import Word
from rnnkit.data.raw.split import SeriesSplit, Split, TextSplit
from rnnkit.data.raw.text import Corpus
from rnnkit.errors import RnnkitError

WORDS = st.lists(st.text("abcdé,.-", min_size=1, max_size=12), min_size=1, max_size=60)
TEXT_SHARES = st.tuples(st.floats(0, 0.45), st.floats(0, 0.45))
SOME = settings(suppress_health_check=[HealthCheck.filter_too_much])  # a part may be empty


def divided(text: Corpus, split: TextSplit, at_space: bool = True) -> dict[str, str]:
    return {part: str(piece) for part, piece in split.divide(text, at_space=at_space).items()}


@pytest.mark.parametrize("shares", [(0.1, 0.0), (0.2, 0.1), (0.0, 0.3), (0.0, 0.0)])
def test_bounds_follow_the_shares(shares: tuple[float, float]) -> None:
    bounds = Split(validation=shares[0], test=shares[1]).bounds(10)
    asked = {"train": 1 - sum(shares), "validation": shares[0], "test": shares[1]}
    assert {part: len(items) for part, items in bounds.items()} == {
        part: round(10 * share) for part, share in asked.items() if share or part == "train"
    }
    assert [item for items in bounds.values() for item in items] == list(range(10))


def split_or_skip(text: str, shares: tuple[float, float], at_space: bool) -> dict[str, str]:
    try:
        return divided(Corpus(text), TextSplit(validation=shares[0], test=shares[1]), at_space)
    except RnnkitError as error:
        assert error.where == "data.split"
        assume(False)
        raise


@SOME
@given(st.text(min_size=1, max_size=300), TEXT_SHARES, st.booleans())
def test_divide_gives_parts_in_order_that_join_to_the_text(
    text: str, shares: tuple[float, float], at_space: bool
) -> None:
    parts = split_or_skip(text, shares, at_space)
    assert "".join(parts.values()) == text
    assert [part for part in ("train", "validation", "test") if part in parts] == list(parts)
    assert all(parts.values())


@SOME
@given(WORDS, st.sampled_from([" ", "\n", "  \n", "\t"]), TEXT_SHARES)
def test_divide_at_space_keeps_words_whole(
    words: list[str], space: str, shares: tuple[float, float]
) -> None:
    parts = split_or_skip(space.join(words), shares, at_space=True)
    assert [word for part in parts.values() for word in part.split()] == words
    # So the tokens of the parts are the tokens of the text.
    tokenizer = Word().train(space.join(words))
    np.testing.assert_array_equal(
        np.concatenate([tokenizer.encode(part) for part in parts.values()]),
        tokenizer.encode(space.join(words)),
    )


@SOME
@given(WORDS, TEXT_SHARES)
def test_divide_meets_the_shares_up_to_a_word(
    words: list[str], shares: tuple[float, float]
) -> None:
    text = " ".join(words)
    longest = max(map(len, words)) + 1
    for at_space, most in ((True, longest), (False, 1)):
        parts = split_or_skip(text, shares, at_space)
        for part, share in zip(("validation", "test"), shares, strict=True):
            assert abs(len(parts.get(part, "")) - share * len(text)) <= most


def test_divide_puts_validation_before_test() -> None:
    text = "".join(f" {number:02d}" for number in range(100))
    parts = divided(Corpus(text), TextSplit(validation=0.2, test=0.1))
    assert parts["train"].split() == [f"{number:02d}" for number in range(70)]
    assert parts["validation"].split() == [f"{number:02d}" for number in range(70, 90)]
    assert parts["test"].split() == [f"{number:02d}" for number in range(90, 100)]


def test_divide_without_shares_trains_on_everything() -> None:
    assert divided(Corpus("a b c"), TextSplit(validation=0)) == {"train": "a b c"}


@pytest.mark.parametrize(
    ("own", "parts"),
    [
        (Corpus("a b", "c d"), {"train": "a b", "validation": "c d"}),
        (Corpus("a b", "", "e f"), {"train": "a b", "test": "e f"}),
        (Corpus("a b", "c d", "e f"), {"train": "a b", "validation": "c d", "test": "e f"}),
    ],
)
def test_divide_keeps_the_own_parts_of_a_data_set(own: Corpus, parts: dict[str, str]) -> None:
    assert divided(own, TextSplit(validation=0.5, test=0.25)) == parts


@pytest.mark.parametrize("empty", ["", " \n"])
def test_divide_refuses_an_empty_training_part(empty: str) -> None:
    with pytest.raises(RnnkitError, match=r"data\.dataset: a training set without text") as caught:
        divided(Corpus(empty, "c d"), TextSplit())
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "shares", "at_space", "empty"),
    [
        ("word " * 20, TextSplit(validation=0.01), True, "validation"),
        ("abcdefgh", TextSplit(validation=0.5), True, "validation"),  # one word that is never torn
        ("abcdefgh", TextSplit(validation=0.4, test=0.01), False, "test"),
        ("abcde", TextSplit(validation=0.95), False, "train"),
        (" abcde fgh", TextSplit(validation=0.97), True, "train"),
    ],
)
def test_divide_refuses_an_empty_part(
    text: str, shares: TextSplit, at_space: bool, empty: str
) -> None:
    with pytest.raises(RnnkitError) as caught:
        divided(Corpus(text), shares, at_space)
    assert caught.value.where == "data.split"
    assert f"leave the {empty} part empty" in str(caught.value)
    assert (f"data.split.{empty}, or 0" if empty != "train" else "smaller fractions") in str(
        caught.value
    )
    assert caught.value.exit_code == 2


SPANS = [range(10), range(10, 14), range(14, 34), range(34, 36)]


def test_divide_series_by_steps_takes_the_last_of_each() -> None:
    parts = SeriesSplit(validation=0.25).divide(SPANS)
    assert parts["validation"] == (range(8, 10), range(13, 14), range(29, 34), range(36, 36))
    assert [len(steps) for steps in parts["train"]] == [8, 3, 15, 2]


def test_divide_series_whole_takes_the_last_ones() -> None:
    parts = SeriesSplit(validation=0.25, test=0.25, by="series").divide(SPANS)
    whole = {
        part: [number for number, steps in enumerate(those) if steps]
        for part, those in parts.items()
    }
    assert whole == {"train": [0, 1], "validation": [2], "test": [3]}
    assert all(
        steps in (span, span[:0])
        for those in parts.values()
        for steps, span in zip(those, SPANS, strict=True)
    )


@pytest.mark.parametrize(
    ("series", "place"), [(SPANS[:1], r"data\.split\.by.*steps"), (SPANS[:2], r"validation.*empty")]
)
def test_divide_series_whole_needs_some_for_each_part(series: list[range], place: str) -> None:
    with pytest.raises(RnnkitError, match=place):
        SeriesSplit(validation=0.1, by="series").divide(series)
