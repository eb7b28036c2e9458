"""Spans encoded as one tag per token, in IOB1, IOB2 or BIOES, read as `conlleval` reads them.

A span is (type, start, end), its end exclusive. In IOB1 a span begins with I-, or with B- directly
after a span of the same type; in IOB2 always with B- (Tjong Kim Sang and Veenstra 1999); in BIOES
its last token is tagged E-, a single token S-. BILOU (L-, U-) and BMEWO or BMES (M-, W-) differ
from BIOES in their letters only.
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
    """Whether all tags but O have a prefix of a span scheme, and there is at least one of them."""
    inside = {tag for tag in tags if tag != OUTSIDE}
    return bool(inside) and all(map(_SPAN_TAG.fullmatch, inside))


def as_bioes(tags: Sequence[str]) -> tuple[str, ...]:
    """Translates the prefixes of BILOU and BMEWO to those of BIOES; tags that are not of spans are
    returned unchanged.
    """
    letters = tuple(
        _OTHER_LETTERS.get(tag[0], tag[0]) + tag[1:] if tag[1:2] == "-" else tag for tag in tags
    )
    return letters if are_spans(letters) else tuple(tags)


def other_notation(tags: Iterable[str]) -> dict[str, str]:
    """Maps span tags in another notation, such as PER-B, B_PER or b-per, to the usual one (B-PER);
    empty if the tags are not all of one such notation.
    """
    outside = {OUTSIDE, OUTSIDE.lower(), "0", "_", "-"}
    inside = sorted(set(tags) - outside)
    for notation in _OTHER_NOTATIONS:
        matches = filter(None, map(notation.fullmatch, inside))
        usual = {match[0]: f"{match['letter'].upper()}-{match['kind']}" for match in matches}
        letters = {tag[0] for tag in usual.values()}
        if inside and len(usual) == len(inside) and "B" in letters and set(tags) & outside:
            return usual
    return {}


def read_spans(tags: Sequence[str]) -> list[Span]:
    """The spans of a sentence; an I- or E- that continues no span begins one, as in `conlleval` and
    `seqeval`.
    """
    spans: list[Span] = []
    is_open = False
    for position, tag in enumerate(tags):
        if tag == OUTSIDE:
            is_open = False
            continue
        prefix, kind = tag.split("-", 1)
        if is_open and prefix in "IE" and spans[-1][0] == kind:
            spans[-1] = (kind, spans[-1][1], position + 1)
        else:
            spans.append((kind, position, position + 1))
        is_open = prefix in "BI"
    return spans


def write_spans(spans: Iterable[Span], length: int, scheme: Scheme) -> tuple[str, ...]:
    """The tags of a sentence with these spans, which must be in order and must not overlap."""
    tags = [OUTSIDE] * length
    previous: Span = ("", -1, -1)
    for span in spans:
        kind, start, end = span
        tags[start:end] = [f"I-{kind}"] * (end - start)
        if scheme != "iob1" or previous[::2] == (kind, start):
            tags[start] = f"B-{kind}"
        if scheme == "bioes":
            tags[end - 1] = f"S-{kind}" if end - start == 1 else f"E-{kind}"
        previous = span
    return tuple(tags)


def converted(tags: Sequence[str], scheme: Scheme) -> tuple[str, ...]:
    """Converts tags to another scheme."""
    return write_spans(read_spans(tags), len(tags), scheme)


def is_legal(tags: Sequence[str], scheme: Scheme) -> bool:
    """Whether a sentence's tags are exactly those that the scheme assigns to their spans."""
    return tuple(tags) == converted(tags, scheme)


def detect(sentences: Sequence[Sequence[str]]) -> Scheme:
    """The scheme in which most sentences are legal, among those that have all prefixes used; IOB2
    in case of a tie.
    """
    letters = {tag[0] for tags in sentences for tag in tags if tag != OUTSIDE}
    possible = [scheme for scheme in SCHEMES if letters <= set(_PREFIXES[scheme])] or SCHEMES
    return max(possible, key=lambda scheme: sum(is_legal(tags, scheme) for tags in sentences))


def tag_names(kinds: Iterable[str], scheme: Scheme) -> tuple[str, ...]:
    """All tags of spans of these types: O, then type by type."""
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
