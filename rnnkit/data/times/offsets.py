"""Splits offsets from UTC off the ends of texts.

Texts are matched by their shape, in which each digit is a 0: a column has few different shapes.
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
    """Whether a regular expression, which must not name digits but 0, matches in each text:
    (texts,).
    """
    shapes = _shapes(texts)
    matches = {shape: re.search(pattern, shape) is not None for shape in set(shapes)}
    return np.fromiter(map(matches.__getitem__, shapes), bool, len(shapes))


def without_offsets(texts: Sequence[str]) -> tuple[Sequence[str], np.ndarray, np.ndarray]:
    """Splits offsets from UTC off the ends of texts.

    Returns:
        The texts without offsets; (texts,) whether each had one; and (texts,) the offsets in
        minutes, 0 for texts without one.
    """
    shapes = _shapes(texts)
    positions = {shape: _position(shape) for shape in set(shapes)}
    count = len(texts)
    if not any(positions.values()):
        return texts, np.zeros(count, bool), np.zeros(count, int)
    minutes, bare, offsets = {"": 0}, list[str](), np.zeros(count, int)
    for index, (text, shape) in enumerate(zip(texts, shapes, strict=True)):
        end, first, last = positions[shape] or (len(text), 0, 0)
        offset = text[first:last]
        if offset not in minutes:
            minutes[offset] = _minutes(offset)
        bare.append(text[:end])
        offsets[index] = minutes[offset]
    has_offset = np.fromiter((positions[shape] is not None for shape in shapes), bool, count)
    return bare, has_offset, offsets


def _shapes(texts: Sequence[str]) -> list[str]:
    """The texts with each digit replaced by 0."""
    shapes = "\n".join(texts).translate(_ZEROS).split("\n")  # all at once is much faster
    if len(shapes) == len(texts):
        return shapes
    return [text.translate(_ZEROS) for text in texts]  # a text contains a line break


def _position(shape: str) -> tuple[int, int, int] | None:
    """The end of the time, and the beginning and end of its offset; None without an offset."""
    match = _OFFSET.search(shape)
    return None if match is None else (match.end(1), match.start(2), match.end(2))


def _minutes(offset: str) -> int:
    """The minutes of an offset such as Z, +01, +0100 or +01:00."""
    if offset.upper() in ("Z", "UTC", "GMT"):
        return 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if offset[0] == "-" else minutes
