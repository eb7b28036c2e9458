"""Spans written as tags, one a token: IOB1, IOB2 and BIOES, read as `conlleval` reads them.

A span is (type, start, end), its end exclusive. In IOB1 a span begins with I-, and with B- only
where it follows another of its type; in IOB2 always with B- (Tjong Kim Sang and Veenstra 1999); in
BIOES its last token is E-, a single one S-. BILOU (L-, U-) and BMEWO or BMES (M-, W-) write the
same with other letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

Scheme = Literal["iob1", "iob2", "bioes"]
SCHEMES: tuple[Scheme, ...] = ("iob2", "iob1", "bioes")
OUTSIDE = "O"

Span = tuple[str, int, int]

_SPAN_TAG = re.compile(r"[BIES]-.+")
_OTHER_NOTATIONS = (
    re.compile(r"(?P<letter>[BIESLUMWbieslumw])[-_:.|/](?P<kind>.+)"),
    re.compile(r"(?P<kind>.+)[-_:.|/](?P<letter>[BIESLUMWbieslumw])"),
)
_OTHER_LETTERS = {"L": "E", "U": "S", "M": "I", "W": "S"}
_PREFIXES: dict[Scheme, str] = {"iob1": "BI", "iob2": "BI", "bioes": "BIES"}


def are_spans(tags: Iterable[str]) -> bool:
    """Whether tags, among them one at least that is not O, all read as parts of spans."""
    inside = {tag for tag in tags if tag != OUTSIDE}
    return bool(inside) and all(map(_SPAN_TAG.fullmatch, inside))


def as_bioes(tags: Sequence[str]) -> tuple[str, ...]:
    """Tags in the letters of BIOES, those of BILOU and BMEWO too; as they are where some are no
    parts of spans.
    """
    letters = tuple(
        _OTHER_LETTERS.get(tag[0], tag[0]) + tag[1:] if tag[1:2] == "-" else tag for tag in tags
    )
    return letters if are_spans(letters) else tuple(tags)


def other_notation(tags: Iterable[str]) -> dict[str, str]:
    """Tags of spans in another notation, all of them, such as PER-B, B_PER and b-per, with the
    usual ones; none if these may be other tags.
    """
    outside = {OUTSIDE, OUTSIDE.lower(), "0", "_", "-"}
    inside = sorted(set(tags) - outside)
    for notation in _OTHER_NOTATIONS:
        found = [notation.fullmatch(tag) for tag in inside]
        usual = {match[0]: f"{match['letter'].upper()}-{match['kind']}" for match in found if match}
        letters = {tag[0] for tag in usual.values()}
        if inside and len(usual) == len(inside) and "B" in letters and set(tags) & outside:
            return usual
    return {}


def read_spans(tags: Sequence[str]) -> list[Span]:
    """The spans of a sentence. An I- or E- that continues nothing begins a span, as for `conlleval`
    and `seqeval`.
    """
    spans: list[Span] = []
    goes_on = False
    for position, tag in enumerate(tags):
        if tag == OUTSIDE:
            goes_on = False
            continue
        prefix, kind = tag.split("-", 1)
        if goes_on and prefix in "IE" and spans[-1][0] == kind:
            spans[-1] = (kind, spans[-1][1], position + 1)
        else:
            spans.append((kind, position, position + 1))
        goes_on = prefix in "BI"
    return spans


def write_spans(spans: Iterable[Span], length: int, scheme: Scheme) -> tuple[str, ...]:
    """The tags of a sentence with these spans, which come in order and do not overlap."""
    tags = [OUTSIDE] * length
    before: Span = ("", -1, -1)
    for span in spans:
        kind, start, end = span
        tags[start:end] = [f"I-{kind}"] * (end - start)
        if scheme != "iob1" or before[::2] == (kind, start):
            tags[start] = f"B-{kind}"
        if scheme == "bioes":
            tags[end - 1] = f"S-{kind}" if end - start == 1 else f"E-{kind}"
        before = span
    return tuple(tags)


def converted(tags: Sequence[str], scheme: Scheme) -> tuple[str, ...]:
    """The same spans in another scheme."""
    return write_spans(read_spans(tags), len(tags), scheme)


def is_legal(tags: Sequence[str], scheme: Scheme) -> bool:
    """Whether a sentence's tags are those that the scheme writes for their spans."""
    return tuple(tags) == converted(tags, scheme)


def detect(sentences: Sequence[Sequence[str]]) -> Scheme:
    """The scheme in which most of the sentences are legal, of those that have all their letters;
    IOB2 where they tell nothing.
    """
    letters = {tag[0] for tags in sentences for tag in tags if tag != OUTSIDE}
    able = [scheme for scheme in SCHEMES if letters <= set(_PREFIXES[scheme])] or SCHEMES
    return max(able, key=lambda scheme: sum(is_legal(tags, scheme) for tags in sentences))


def tag_names(kinds: Iterable[str], scheme: Scheme) -> tuple[str, ...]:
    """Every tag that spans of these types may have: O, then type by type."""
    return (
        OUTSIDE,
        *(f"{prefix}-{kind}" for kind in sorted(kinds) for prefix in _PREFIXES[scheme]),
    )


def legal_pairs(
    names: Sequence[str], scheme: Literal["iob2", "bioes"]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which of the tags may begin a sentence, (tags,); follow another, (tags, tags); and end it,
    (tags,): booleans.
    """
    goes_on = np.array([name[0] in "IE" for name in names])  # with the span of the tag before
    # such a span may continue; in BIOES it must
    open_end = np.array([name[0] in "BI" for name in names])
    same = np.array([[first[1:] == second[1:] for second in names] for first in names])
    if scheme == "iob2":
        return ~goes_on, ~goes_on | (open_end[:, None] & same), np.ones(len(names), bool)
    return ~goes_on, np.where(goes_on, open_end[:, None] & same, ~open_end[:, None]), ~open_end
