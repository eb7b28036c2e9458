"""Spans in tags: read as seqeval and conlleval read them, written in three schemes, and which tags
may stand beside each other.
"""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from rnnkit.data.encode.spans import (
    SCHEMES,
    Scheme,
    Span,
    are_spans,
    as_bioes,
    converted,
    detect,
    is_legal,
    legal_pairs,
    read_spans,
    tag_names,
    write_spans,
)

KINDS = ("PER", "LOC", "a-b")
ANY_TAGS = st.lists(
    st.sampled_from(["O", *(f"{prefix}-{kind}" for prefix in "BIES" for kind in KINDS)]),
    max_size=12,
)


@st.composite
def span_lists(draw: st.DrawFn) -> tuple[list[Span], int]:
    """Spans that do not overlap, and the length of their sentence."""
    spans: list[Span] = []
    position = 0
    for kind, gap, length in draw(
        st.lists(
            st.tuples(st.sampled_from(KINDS), st.integers(0, 2), st.integers(1, 3)), max_size=5
        )
    ):
        spans.append((kind, position + gap, position + gap + length))
        position += gap + length
    return spans, position + draw(st.integers(0, 2))


@given(ANY_TAGS)
def test_read_spans_reads_any_tags_as_seqeval_does(tags: list[str]) -> None:
    assert read_spans(tags) == [(kind, start, end + 1) for kind, start, end in get_entities(tags)]


@given(span_lists(), st.sampled_from(SCHEMES))
def test_read_spans_reads_what_write_spans_writes(
    spans_and_length: tuple[list[Span], int], scheme: Scheme
) -> None:
    spans, length = spans_and_length
    tags = write_spans(spans, length, scheme)
    assert len(tags) == length
    assert read_spans(tags) == spans
    assert is_legal(tags, scheme)
    assert set(tags) <= set(tag_names(KINDS, scheme))


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("iob1", "I-PER I-PER O I-LOC B-LOC I-PER"),
        ("iob2", "B-PER I-PER O B-LOC B-LOC B-PER"),
        ("bioes", "B-PER E-PER O S-LOC S-LOC S-PER"),
    ],
)
def test_write_spans_writes_each_scheme(scheme: Scheme, tags: str) -> None:
    """Two persons' names, two places side by side, a person beside them."""
    assert write_spans(
        [("PER", 0, 2), ("LOC", 3, 4), ("LOC", 4, 5), ("PER", 5, 6)], 6, scheme
    ) == tuple(tags.split())


@pytest.mark.parametrize(
    ("illegal", "read"),
    [
        ("O I-PER I-PER", "O B-PER I-PER"),  # begins in the middle
        ("B-PER I-LOC", "B-PER B-LOC"),  # goes on as another
        ("O I-PER O", "O B-PER O"),
    ],
)
def test_converted_reads_an_illegal_sentence_as_conlleval_does(illegal: str, read: str) -> None:
    assert not is_legal(illegal.split(), "iob2")
    assert converted(illegal.split(), "iob2") == tuple(read.split())


@pytest.mark.parametrize(
    ("sentences", "scheme"),
    [
        (["I-PER O", "I-LOC B-LOC"], "iob1"),
        (["B-PER O", "B-LOC I-LOC"], "iob2"),
        (["S-PER O", "B-LOC E-LOC"], "bioes"),
        (["O O"], "iob2"),
        (["B-PER I-PER", "B-PER O", "O I-PER"], "iob2"),  # one slip does not make it IOB1
    ],
)
def test_detect_chooses_the_scheme_that_most_sentences_follow(
    sentences: list[str], scheme: Scheme
) -> None:
    assert detect([sentence.split() for sentence in sentences]) == scheme


@pytest.mark.parametrize("scheme", ["iob2", "bioes"])
def test_legal_pairs_are_those_of_legal_sentences(scheme: Scheme) -> None:
    """Of all sentences of three tags, exactly those are legal whose first, pairs and last are."""
    names = tag_names(("PER", "LOC"), scheme)
    first, pairs, last = legal_pairs(names, scheme)  # type: ignore[arg-type]
    for way in itertools.product(range(len(names)), repeat=3):
        allowed = first[way[0]] and last[way[2]] and pairs[way[0], way[1]] and pairs[way[1], way[2]]
        assert allowed == is_legal([names[label] for label in way], scheme)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["O", "B-PER"], True),
        (["O"], False),
        (["NOUN", "O"], False),
        (["B-", "O"], False),
        (["I-a-b"], True),
        ([], False),
    ],
)
def test_are_spans_needs_a_prefix_and_a_kind(tags: list[str], expected: bool) -> None:
    assert are_spans(tags) == expected


@pytest.mark.parametrize(
    "tags", [("B-X", "I-X", "L-X", "O", "U-X"), ("B-X", "M-X", "E-X", "O", "W-X")]
)
def test_as_bioes_reads_other_letters(tags: tuple[str, ...]) -> None:
    assert as_bioes(tags) == ("B-X", "I-X", "E-X", "O", "S-X")
    assert as_bioes((*tags, "NOUN")) == (*tags, "NOUN")


def test_detect_a_scheme_that_has_all_letters() -> None:
    assert detect([("B-X", "O", "S-X"), ("E-X",), ("I-X", "E-X")]) == "bioes"
