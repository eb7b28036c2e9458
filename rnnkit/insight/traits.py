"""Traits of a text that a unit of a language model may track: quotes, brackets, positions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

import numpy as np

Array = np.ndarray

OPENING, CLOSING = "([{", ")]}"
QUOTES = {"“": "”", "«": "»", "„": "“", "‘": "’"}
STRAIGHT = {'"', "``", "''"}
LONGEST_QUOTE = 300  # tokens, after which a quotation counts as closed
ENDS = frozenset(".!?。！？")


def traits(tokens: Sequence[str]) -> dict[str, Array]:
    """The traits of each token of a running text by name, booleans or numbers, (tokens,) each;
    without constant ones.

    Args:
        tokens: The tokens as texts, (tokens,).
    """
    candidates = {
        "inside quotes": np.array(list(_quoted(tokens)), bool),
        "depth of brackets": np.array(list(_depths(tokens)), np.float64),
        "position in the line": _since(tokens, lambda token: "\n" in token),
        "position in the sentence": _since(tokens, lambda token: token.strip() in ENDS),
    }
    if _are_letters(tokens):
        candidates["position in the word"] = _since(tokens, lambda token: not token.strip())
    return {name: values for name, values in candidates.items() if len({*values.tolist()}) > 1}


def _are_letters(tokens: Sequence[str]) -> bool:
    return all(len(token) == 1 for token in tokens[:200]) and " " in tokens


def _quoted(tokens: Sequence[str]) -> Iterator[bool]:
    closing, length = "", 0
    for token, after in zip_longest(tokens, tokens[1:], fillvalue=""):
        mark, length = token.strip(), length + 1
        is_apostrophe = mark == "’" and after[:1].isalpha()
        if closing and ((mark == closing and not is_apostrophe) or length > LONGEST_QUOTE):
            closing = ""
        elif not closing and (mark in QUOTES or mark in STRAIGHT):
            closing, length = QUOTES.get(mark, "''" if mark == "``" else mark), 0
        yield bool(closing)


def _depths(tokens: Sequence[str]) -> Iterator[int]:
    depth = 0
    for token in tokens:
        for letter in token:
            depth += (letter in OPENING) - (letter in CLOSING and depth > 0)
        yield depth


def _since(tokens: Sequence[str], ends: Callable[[str], bool]) -> Array:
    """The number of tokens since the last one that ends a unit of text; zeros if none does."""
    counts, count, has_end = np.zeros(len(tokens)), 0, False
    for index, token in enumerate(tokens):
        counts[index] = count
        is_end = ends(token)
        has_end |= is_end
        count = 0 if is_end else count + 1
    return counts if has_end else np.zeros(len(tokens))
