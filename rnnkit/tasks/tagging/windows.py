"""A document that is longer than a sentence may be, tagged in overlapping windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

Labelled = tuple[np.ndarray, np.ndarray]
"""The labels of a sequence, (timesteps,), and how probable each is, (timesteps,); or the
probabilities of all labels, (timesteps, labels).
"""


class Window(NamedTuple):
    """Some steps of a sequence, counted from 0, whose ends are exclusive.

    Args:
        start: The first step that the model reads.
        end: The one after the last.
        first: The first step whose label is taken from this window.
        last: The one after the last.
    """

    start: int
    end: int
    first: int
    last: int


def windows(steps: int, size: int) -> Iterator[Window]:
    """Windows of at most `size` steps that cover a sequence: each overlaps the one before it by
    half, and a step's label is that of the window in whose middle it is.
    """
    overlap, first = size // 2, 0
    for start in range(0, max(1, steps - overlap), size - overlap):
        end = min(start + size, steps)
        last = steps if end == steps else end - overlap // 2
        yield Window(start, end, first, last)
        first = last


def divided(sequences: Sequence[Any], size: int) -> tuple[list[Any], list[list[Window]]]:
    """The windows of raw sequences end to end, and those of each sequence."""
    spans = [list(windows(len(sequence), size)) for sequence in sequences]
    pieces = [
        sequence[window.start : window.end]
        for sequence, of_it in zip(sequences, spans, strict=True)
        for window in of_it
    ]
    return pieces, spans


def joined(answers: Sequence[Labelled], spans: Sequence[Sequence[Window]]) -> list[Labelled]:
    """The answers to windows as one for each sequence."""
    remaining, whole = iter(answers), []
    for of_it in spans:
        kept: list[Labelled] = []
        for window in of_it:
            inside = slice(window.first - window.start, window.last - window.start)
            labels, shares = next(remaining)
            kept.append((labels[inside], shares[inside]))
        labels, shares = (np.concatenate(arrays) for arrays in zip(*kept, strict=True))
        whole.append((labels, shares))
    return whole
