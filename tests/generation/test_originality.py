"""How much of a text is its own, against counting by brute force."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rnnkit.generation.originality import (
    SIZES,
    Originality,
    TrainingText,
    originality,
    originality_lines,
)

# Few tokens, so that much is shared; and ids whose bytes look like others' ids when they are read
# from the wrong place.
TOKENS = st.lists(st.sampled_from([0, 1, 2, 256, 65536, 0x01000000]), max_size=40)


def compare(generated: list[int], training: list[int]) -> Originality:
    return originality(generated, TrainingText(np.array(training, np.int32)))


def place_of(span: list[int], text: list[int]) -> int:
    """Where a span occurs first; -1 where it does not."""
    return next(
        (
            start
            for start in range(len(text) - len(span) + 1)
            if text[start : start + len(span)] == span
        ),
        -1,
    )


@given(TOKENS, TOKENS)
@example([1, 2, 0, 1, 2, 256], [1, 2, 0, 0, 1, 2, 256, 1, 2])
def test_originality_shared_and_copied_by_brute_force(
    generated: list[int], training: list[int]
) -> None:
    found = compare(generated, training)
    for size in SIZES:
        spans = [generated[start : start + size] for start in range(len(generated) - size + 1)]
        if spans:
            assert found.shared[size] == pytest.approx(
                sum(place_of(span, training) >= 0 for span in spans) / len(spans)
            )
        else:
            assert size not in found.shared
    ranges = [
        (start, end)
        for start in range(len(generated))
        for end in range(start + 1, len(generated) + 1)
    ]
    copied = [
        (end - start, start)
        for start, end in ranges
        if place_of(generated[start:end], training) >= 0
    ]
    longest, first = max(copied, key=lambda span: (span[0], -span[1]), default=(0, 0))
    assert (found.copied, found.copied_from) == (longest, first)
    assert found.place == (
        place_of(generated[first : first + longest], training) if longest else -1
    )
    assert found.tokens == len(generated)


@given(TOKENS, TOKENS.filter(bool))
def test_training_text_find_gives_the_first_place(training: list[int], span: list[int]) -> None:
    text = TrainingText(np.array(training, np.int64))
    assert text.find(span) == place_of(span, training)
    for start in range(0, len(training), 5):
        assert text.find(training[start : start + 3]) == place_of(
            training[start : start + 3], training
        )


def test_training_text_find_matches_whole_tokens() -> None:
    # The bytes of 1, 1 read from the second byte on are those of 0x01000000 and more.
    text = TrainingText(np.array([1, 1, 1], np.int32))
    assert text.find([0x01000000]) == -1
    assert TrainingText(np.array([1, 1, 0x01000000], np.int32)).find([0x01000000]) == 2


def test_originality_shares_by_hand() -> None:
    training = [1, 2, 3, 4, 5, 6, 7]
    found = compare([9, 2, 3, 4, 5, 9, 1, 2, 3], training)
    # Of the seven 3-grams 234, 345 and 123 stand there; of the six 4-grams 2345.
    assert found.shared == {
        3: pytest.approx(3 / 7),
        4: pytest.approx(1 / 6),
        5: 0,
        6: 0,
        7: 0,
        8: 0,
    }
    assert (found.copied, found.copied_from, found.place) == (4, 1, 1)


def test_originality_distinct_and_repeated_by_hand() -> None:
    found = compare([1, 2, 1, 2, 1, 2, 3], [])
    # 1 2 3; 12 21 23 of six pairs; 1212 2121 1212 2123: one of four stood before.
    assert found.distinct == {1: pytest.approx(3 / 7), 2: pytest.approx(3 / 6)}
    assert found.repeated == pytest.approx(1 / 4)
    assert compare([5] * 10, []).repeated == pytest.approx(6 / 7)
    assert compare([1, 2, 3, 4, 5], []).repeated == 0
    assert (found.copied, found.place) == (0, -1)


@pytest.mark.parametrize("tokens", [[], [1], [1, 2, 3]])
def test_originality_of_short_texts(tokens: list[int]) -> None:
    found = compare(tokens, [1, 2, 3, 4])
    assert found.shared == ({3: 1.0} if len(tokens) == 3 else {})
    assert (found.repeated, found.distinct[1], found.distinct[2]) == (0, 1, 1)
    assert not found.is_copy


@pytest.mark.parametrize(
    ("copied", "own", "is_copy"),
    [
        (16, 0, True),
        (15, 0, False),
        (18, 2, True),
        (17, 3, False),
        (100, 0, True),
        (90, 10, True),
        (89, 11, False),
    ],
)
def test_originality_copy_is_nearly_all_of_a_longer_text(
    copied: int, own: int, is_copy: bool
) -> None:
    training = list(range(1000))
    found = compare([*range(500, 500 + copied), *range(2000, 2000 + own)], training)
    assert (found.copied, found.place) == (copied, 500)
    assert found.is_copy is is_copy
    assert ("copy" in originality_lines(found, "...")[-1]) is is_copy


def test_originality_lines_in_words() -> None:
    shared, copied, own = originality_lines(
        compare([9, 2, 3, 4, 5, 9, 1, 2, 3], [1, 2, 3, 4, 5, 6, 7]), "two three four five"
    )
    assert "n-grams" in shared
    assert shared.endswith("3: 43 %, 4: 17 %, 5: 0 %, 6: 0 %, 7: 0 %, 8: 0 %")
    assert re.search(r"span: 4 of 9 tokens.* 1 .*'two three four five'", copied)
    assert re.findall(r"\d+ %", own) == ["67 %", "88 %", "0 %"]
    shared, copied, _ = originality_lines(compare([9, 8], [1]), "")
    assert "too short" in shared
    assert "none" in copied


def test_originality_takes_ids_of_numpy() -> None:
    training = np.arange(50, dtype=np.int64)
    listed = compare(list(range(10, 30)), training.tolist())
    assert originality(np.arange(10, 30, dtype=np.int32).tolist(), TrainingText(training)) == listed
    assert (listed.copied, listed.place) == (20, 10)
