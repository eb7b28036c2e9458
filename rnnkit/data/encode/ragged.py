"""Sequences of unequal length, stored end to end in one array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import numpy as np

Side = Literal["pre", "post"]


class Sequences:
    """A ragged array: the token ids of many texts, or the vectors of many sequences.

    Args:
        flat: All texts end to end, (tokens,) int32 ids or (steps, features) vectors.
        lengths: (texts,) tokens or steps of each.
    """

    def __init__(self, flat: np.ndarray, lengths: np.ndarray):
        self.flat = flat
        self.lengths = lengths.astype(np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)])[:-1].astype(np.int64)

    @classmethod
    def of(cls, sequences: Iterable[Sequence[int] | np.ndarray]) -> Sequences:
        """Joins one list of ids per text."""
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
        """The texts at these indices, in this order."""
        return Sequences(
            np.concatenate([self.flat[:0], *(self[text] for text in texts)]), self.lengths[texts]
        )

    def truncate(self, max_length: int, side: Side) -> Sequences:
        """Truncates texts to `max_length` tokens, at the beginning ("pre") or the end ("post")."""
        if not (self.lengths > max_length).any():
            return self
        ends = [ids[-max_length:] if side == "pre" else ids[:max_length] for ids in self]
        return Sequences(np.concatenate(ends), np.minimum(self.lengths, max_length))

    def padded(
        self, texts: np.ndarray, width: int, side: Side = "post", fill: float | None = None
    ) -> np.ndarray:
        """Pads texts to the same width.

        Args:
            texts: Indices of the texts.
            width: Tokens of a row.
            side: Whether padding comes before the text ("pre") or after it ("post").
            fill: The padding; None for id 0, or NaN for floats.

        Returns:
            (texts, width, ...).
        """
        if fill is None:
            fill = np.nan if self.flat.dtype.kind == "f" else 0
        lengths = self.lengths[texts][:, None]
        position = np.arange(width)[None, :] - (width - lengths if side == "pre" else 0)
        is_token = (position >= 0) & (position < lengths)
        rows = np.full((*is_token.shape, *self.flat.shape[1:]), fill, self.flat.dtype)
        rows[is_token] = self.flat[(self.starts[texts][:, None] + position)[is_token]]
        return rows
