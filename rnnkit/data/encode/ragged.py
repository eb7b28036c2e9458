"""Sequences of unequal length, kept end to end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import numpy as np

Side = Literal["pre", "post"]


class Sequences:
    """Token ids of many texts, or vectors of many sequences.

    Args:
        flat: All ids, one text after the other, (tokens,) int32; or all vectors, (steps, features).
        lengths: Tokens of each text, (texts,).
    """

    def __init__(self, flat: np.ndarray, lengths: np.ndarray):
        self.flat = flat
        self.lengths = lengths.astype(np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)])[:-1].astype(np.int64)

    @classmethod
    def of(cls, sequences: Iterable[Sequence[int] | np.ndarray]) -> Sequences:
        """From one list of ids for each text."""
        arrays = [np.asarray(sequence, np.int32) for sequence in sequences]
        return cls(
            np.concatenate([np.empty(0, np.int32), *arrays]),
            np.array([len(array) for array in arrays], np.int64),
        )

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, text: int) -> np.ndarray:
        return self.flat[self.starts[text] : self.starts[text] + self.lengths[text]]

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[text] for text in range(len(self)))

    def take(self, texts: np.ndarray) -> Sequences:
        """The named texts, in that order."""
        return Sequences(
            np.concatenate([self.flat[:0], *(self[text] for text in texts)]), self.lengths[texts]
        )

    def truncate(self, max_length: int, side: Side) -> Sequences:
        """Texts truncated to `max_length` tokens, at their beginning ("pre") or end
        ("post").
        """
        if not (self.lengths > max_length).any():
            return self
        ends = [ids[-max_length:] if side == "pre" else ids[:max_length] for ids in self]
        return Sequences(np.concatenate(ends), np.minimum(self.lengths, max_length))

    def padded(
        self, texts: np.ndarray, width: int, side: Side = "post", fill: float | None = None
    ) -> np.ndarray:
        """The named texts as (texts, width, ...), padded at their end or, with "pre", at their
        beginning: with `fill`, or else with token id 0, or with NaN where they are numbers.
        """
        if fill is None:
            fill = np.nan if self.flat.dtype.kind == "f" else 0
        lengths = self.lengths[texts][:, None]
        position = np.arange(width)[None, :] - (width - lengths if side == "pre" else 0)
        is_token = (position >= 0) & (position < lengths)
        rows = np.full((*is_token.shape, *self.flat.shape[1:]), fill, self.flat.dtype)
        rows[is_token] = self.flat[(self.starts[texts][:, None] + position)[is_token]]
        return rows
