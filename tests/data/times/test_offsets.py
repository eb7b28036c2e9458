"""Offsets at the ends of texts, found by the shapes of texts, are those of each text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.times.offsets import matching, without_offsets

TEXTS = st.text(alphabet="0179:+-ZT .\n", max_size=12)


@pytest.mark.parametrize(
    ("text", "bare", "minutes"),
    [
        ("2024-01-02 03:04", "2024-01-02 03:04", None),
        ("2024-01-02", "2024-01-02", None),
        ("2024-01-02T03:04:05.678Z", "2024-01-02T03:04:05.678", 0),
        ("2024-01-02 03:04 gmt", "2024-01-02 03:04", 0),
        ("2024-01-02 03:04-0330", "2024-01-02 03:04", -210),
        ("2024-01-02T03:04+02:00[Europe/Berlin]", "2024-01-02T03:04", 120),
        ("2024-01-02T03+02", "2024-01-02T03+02", None),
    ],
)
def test_without_offsets_of_each_notation(text: str, bare: str, minutes: int | None) -> None:
    texts, has, offsets = without_offsets(["2024-01-01 00:00+01:00", text])
    assert (texts[1], has.tolist()) == (bare, [True, minutes is not None])
    assert offsets.tolist() == [60, minutes or 0]


@given(st.lists(TEXTS | st.just("00:17+01:00"), max_size=6))
def test_offsets_by_shape_are_those_of_each_text(texts: list[str]) -> None:
    assert matching(texts, r"\d\D+\d|^\d{6,}$").tolist() == [
        bool(re.search(r"\d\D+\d|^\d{6,}$", text)) for text in texts
    ]
    whole, each = without_offsets(texts), [without_offsets([text]) for text in texts]
    assert [*zip(whole[0], whole[1].tolist(), whole[2].tolist(), strict=True)] == [
        (bare[0], bool(has[0]), int(minutes[0])) for bare, has, minutes in each
    ]
