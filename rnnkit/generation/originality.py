"""How much of a generated text is the model's own: shared n-grams, the longest copied span,
repetition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.quantities import counted, percent

SIZES = range(3, 9)


@dataclass(frozen=True)
class Originality:
    """How much a generated text shares with the training text, and repeats itself.

    Args:
        shared: For each n, the share of its n-grams found in the training text.
        copied: Tokens of the longest span that occurs there word for word.
        copied_from: Where that span begins in the generated text.
        place: Where it begins in the training text, in tokens.
        distinct: For n = 1 and 2, distinct n-grams as a share of all (Li et al. 2016).
        repeated: The share of tokens that end a 4-gram that occurred before in the same text.
        tokens: The number of tokens of the generated text.
    """

    shared: dict[int, float]
    copied: int
    copied_from: int
    place: int
    distinct: dict[int, float]
    repeated: float
    tokens: int

    @property
    def is_copy(self) -> bool:
        """Whether nearly all of a longer text is one copied span."""
        return self.tokens >= 2 * SIZES[-1] and self.copied >= 0.9 * self.tokens


def originality(generated: Sequence[int], text: TrainingText) -> Originality:
    """Compares generated token ids with a training text."""
    copied, start, place = 0, 0, -1
    end, lengths = 0, []  # lengths: of the longest copied span that begins at each token
    # two pointers that only advance, as every part of a copied span is copied, too
    for begin in range(len(generated)):
        end = max(end, begin)
        while end < len(generated) and (position := text.find(generated[begin : end + 1])) >= 0:
            end += 1
            if end - begin > copied:
                copied, start, place = end - begin, begin, position
        lengths.append(end - begin)
    shared = {
        size: float(np.mean([length >= size for length in lengths[: 1 - size]]))
        for size in SIZES
        if size <= len(generated)
    }
    distinct = {size: _distinct(generated, size) for size in (1, 2)}
    return Originality(
        shared,
        copied,
        start,
        place,
        distinct,
        1 - _distinct(generated, 4) if len(generated) >= 4 else 0.0,
        len(generated),
    )


class TrainingText:
    """A text in which spans of tokens can be searched."""

    def __init__(self, token_ids: np.ndarray):
        self._bytes = np.ascontiguousarray(token_ids, np.int32).tobytes()

    def find(self, span: Sequence[int]) -> int:
        """The position of a span's first occurrence, in tokens; -1 if it does not occur."""
        content = np.asarray(span, np.int32).tobytes()
        position = self._bytes.find(content)
        while position >= 0 and position % 4:  # not at the start of a token's bytes
            position = self._bytes.find(content, position + 1)
        return position // 4 if position >= 0 else -1


def _distinct(tokens: Sequence[int], size: int) -> float:
    spans = [tuple(tokens[start : start + size]) for start in range(len(tokens) - size + 1)]
    return len(set(spans)) / len(spans) if spans else 1.0


def originality_lines(comparison: Originality, span: str) -> list[str]:
    """The comparison in words.

    Args:
        comparison: The comparison.
        span: The longest copied span as text.
    """
    shared = (
        ", ".join(f"{size}: {percent(share)}" for size, share in comparison.shared.items())
        or "too short to tell"
    )
    copied = (
        f"{comparison.copied} of {counted(comparison.tokens, 'token')}, from token"
        f" {comparison.place:,} of the training text:"
        f" {span!r}"
        if comparison.copied
        else "none"
    )
    lines = [
        f"n-grams found in the training text: {shared}",
        f"longest copied span: {copied}",
        (
            f"distinct tokens {percent(comparison.distinct[1])}, distinct pairs"
            f" {percent(comparison.distinct[2])},"
            f" repeated 4-grams {percent(comparison.repeated)}"
        ),
    ]
    return (
        [*lines, "this is an almost exact copy of the training text: a sign of overfitting"]
        if comparison.is_copy
        else lines
    )
