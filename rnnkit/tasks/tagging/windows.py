"""Overlapping windows, by which a sequence longer than the model reads at once is tagged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

StepLabels = tuple[np.ndarray, np.ndarray]
"""The label of each step of a sequence, (timesteps,), with its probability, (timesteps,), or with
the probabilities of all labels, (timesteps, labels).
"""


class Window(NamedTuple):
    """A span of steps, counted from 0; the ends are exclusive.

    Args:
        start: The first step that the model reads.
        end: The end of the steps that it reads.
        first: The first step whose label is taken from this window.
        last: The end of the steps whose labels are taken.
    """

    start: int
    end: int
    first: int
    last: int


def windows(steps: int, size: int) -> Iterator[Window]:
    """Windows of at most `size` steps that cover a sequence. Neighbours overlap by half, and the
    label of a step is taken from the window in whose middle it lies.
    """
    overlap, first = size // 2, 0
    for start in range(0, max(1, steps - overlap), size - overlap):
        end = min(start + size, steps)
        last = steps if end == steps else end - overlap // 2
        yield Window(start, end, first, last)
        first = last


def split_windows(sequences: Sequence[Any], size: int) -> tuple[list[Any], list[list[Window]]]:
    """The contents of all windows, sequence after sequence, and the windows of each sequence."""
    spans = [list(windows(len(sequence), size)) for sequence in sequences]
    contents = [
        sequence[window.start : window.end]
        for sequence, own_windows in zip(sequences, spans, strict=True)
        for window in own_windows
    ]
    return contents, spans


def join_windows(
    answers: Sequence[StepLabels], spans: Sequence[Sequence[Window]]
) -> list[StepLabels]:
    """The answers to windows, joined to one answer for each sequence."""
    remaining, joined = iter(answers), []
    for own_windows in spans:
        taken: list[StepLabels] = []
        for window in own_windows:
            inside = slice(window.first - window.start, window.last - window.start)
            labels, probabilities = next(remaining)
            taken.append((labels[inside], probabilities[inside]))
        labels, probabilities = (np.concatenate(arrays) for arrays in zip(*taken, strict=True))
        joined.append((labels, probabilities))
    return joined
