"""Offsets from UTC at the ends of texts. What a text is follows from its shape alone, in which each
digit is a 0, and a column has few shapes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

_OFFSET = re.compile(
    r"(:\d{2}(?:[.,]\d+)?)\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)(?:\[[\w/+-]+\])?$", re.IGNORECASE
)
_ZEROS = str.maketrans("123456789", "0" * 9)


def matching(texts: Sequence[str], pattern: str) -> np.ndarray:
    """(texts,) whether a pattern, of no digit in particular, is in each."""
    shapes = _shapes(texts)
    found = {shape: re.search(pattern, shape) is not None for shape in set(shapes)}
    return np.fromiter(map(found.__getitem__, shapes), bool, len(shapes))


def without_offsets(texts: Sequence[str]) -> tuple[Sequence[str], np.ndarray, np.ndarray]:
    """The texts without the offsets at their ends; (texts,) whether each had one; and (texts,) the
    minutes from UTC, 0 where it had none.
    """
    shapes = _shapes(texts)
    places = {shape: _place(shape) for shape in set(shapes)}
    count = len(texts)
    if not any(places.values()):
        return texts, np.zeros(count, bool), np.zeros(count, int)
    minutes, bare, each = {"": 0}, list[str](), np.zeros(count, int)
    for index, (text, shape) in enumerate(zip(texts, shapes, strict=True)):
        end, first, last = places[shape] or (len(text), 0, 0)
        offset = text[first:last]
        if offset not in minutes:
            minutes[offset] = _minutes(offset)
        bare.append(text[:end])
        each[index] = minutes[offset]
    has = np.fromiter((places[shape] is not None for shape in shapes), bool, count)
    return bare, has, each


def _shapes(texts: Sequence[str]) -> list[str]:
    shapes = "\n".join(texts).translate(_ZEROS).split("\n")  # all at once is much faster
    if len(shapes) == len(texts):
        return shapes
    return [text.translate(_ZEROS) for text in texts]  # one of them has lines


def _place(shape: str) -> tuple[int, int, int] | None:
    """The end of the time, and the beginning and end of its offset; None without an offset."""
    found = _OFFSET.search(shape)
    return None if found is None else (found.end(1), found.start(2), found.end(2))


def _minutes(offset: str) -> int:
    if offset.upper() in ("Z", "UTC", "GMT"):
        return 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if offset[0] == "-" else minutes
