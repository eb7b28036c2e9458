"""Weights as text: base64 of float32, or of float16 if float32 is too large."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.progress import log

LARGEST = 50_000_000
"""The largest size of a page in bytes, as a browser holds it several times."""


class Packed(NamedTuple):
    """Weights in a page.

    Args:
        kind: The type of their numbers.
        shapes: "layer/weight" to shape, in the order of `text`.
        text: All weights concatenated, little-endian, in base64.
    """

    kind: str
    shapes: dict[str, Any]
    text: str


def pack(weights: Mapping[str, np.ndarray]) -> Packed:
    """The weights as text: float32, or float16 with a remark if float32 is too large.

    Raises:
        RnnkitError: If float16 is too large, too.
    """
    numbers = sum(array.size for array in weights.values())
    whole, half = _size(4 * numbers), _size(2 * numbers)
    if half > LARGEST:
        got = f"{numbers:,} weights, {half / 1e6:,.0f} MB as float16"
        expected = f"Expected a page of at most {LARGEST / 1e6:,.0f} MB"
        raise RnnkitError("", got, expected)
    kind = "float32"
    if whole > LARGEST:
        kind = "float16"
        log.warning(
            f"weights are rounded to float16, {half / 1e6:,.1f} MB: as float32 they take"
            f" {whole / 1e6:,.1f} MB, and a page holds {LARGEST / 1e6:,.0f} MB"
        )
    with np.errstate(over="ignore"):
        parts = [
            np.ascontiguousarray(array, {"float32": "<f4", "float16": "<f2"}[kind])
            for array in weights.values()
        ]
    return _packed(kind, weights, parts)


def _packed(kind: str, weights: Mapping[str, np.ndarray], parts: list[np.ndarray]) -> Packed:
    text = base64.b64encode(b"".join(part.tobytes() for part in parts)).decode()
    return Packed(kind, {name: array.shape for name, array in weights.items()}, text)


def _size(size_bytes: int) -> int:
    """The number of characters of some bytes in base64."""
    return -(-size_bytes // 3) * 4
