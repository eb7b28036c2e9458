"""Batches of sequences of similar length (bucketing)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from rnnkit.data.batch.rows import Batch
from rnnkit.data.batch.widths import MOST_BUCKETS, bucket_widths
from rnnkit.data.encode.ragged import Sequences, Side
from rnnkit.ranks.share import WHOLE, Share

Bucket = tuple[Any, np.ndarray]
"""A padded width (a tuple if a row has several sequences), and the rows of that width."""


class Buckets:
    """Texts of unequal length in batches of similar length, to keep padding low.

    Args:
        texts: The token ids.
        targets: (texts, ...).
        batch_size: Texts of a batch; at most the number of texts.
        widths: The widths of batches, ascending; a text is padded to the narrowest that holds it.
            None for the few widths with the least padding.
        padding: The side on which texts are padded.
        weights: (texts,) sample weights above 0; None for equal weights.
    """

    usual: ClassVar[int] = MOST_BUCKETS
    """The default of `num_buckets`."""

    def __init__(
        self,
        texts: Sequences,
        targets: np.ndarray,
        batch_size: int,
        widths: Sequence[int] | None = None,
        padding: Side = "post",
        weights: np.ndarray | None = None,
    ):
        self._weights = weights
        self.texts, self.targets, self._padding = texts, targets, padding
        self.batch_size = min(batch_size, len(targets))
        self.share: Share = WHOLE
        self._order: tuple[tuple[int, int], list[Bucket]] | None = None
        self._buckets: list[Bucket]
        self._num_buckets: int | None = None
        if widths is None:
            self.num_buckets = self.usual
            return
        self.widths = list(widths)
        if len(texts) and (longest := int(texts.lengths.max())) > self.widths[-1]:
            raise ValueError(
                f"a text of {longest} tokens fits into none of the widths {self.widths}"
            )
        self._buckets = list(sorted_into(self.widths, texts.lengths))

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def num_buckets(self) -> int | None:
        """The maximum number of batch shapes; None if the widths are fixed."""
        return self._num_buckets

    @num_buckets.setter
    def num_buckets(self, most: int) -> None:
        self._num_buckets = most
        self._buckets, self._order = self._divided(most), None

    @property
    def shapes(self) -> list[Any]:
        """The width of each bucket that is not empty."""
        return [width for width, rows in self._buckets if len(rows)]

    @property
    def padding(self) -> float:
        """The fraction of an epoch's batches that is padding, including rows of weight 0."""
        numbers = sum(
            -(-len(rows) // self.batch_size) * self.batch_size * int(np.sum(width))
            for width, rows in self._buckets
        )
        return 1 - self._numbers / numbers

    @property
    def _numbers(self) -> int:
        """The number of tokens or steps in an epoch, without padding."""
        return int(self.texts.lengths.sum())

    @property
    def steps(self) -> int:
        """Number of batches in an epoch."""
        return sum(-(-len(rows) // self.batch_size) for _, rows in self._buckets)

    @property
    def widest(self) -> tuple[int, ...]:
        """The most timesteps of a batch, for each input sequence."""
        timesteps = map(self._timesteps, self.shapes)
        return tuple(map(max, zip(*timesteps, strict=True)))

    def _timesteps(self, width: Any) -> tuple[int, ...]:
        return (width,)

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        """The batch of a step: a pure function of the arguments, so that training can resume at any
        step.
        """
        key = (random_seed, epoch)
        if self._order is None or self._order[0] != key:
            generator = np.random.default_rng(key)
            batches = list(
                self._batches(
                    [(width, generator.permutation(rows)) for width, rows in self._buckets]
                )
            )
            self._order = (key, [batches[index] for index in generator.permutation(len(batches))])
        return self._batch(*self._order[1][step])

    def in_order(self) -> Iterator[Batch]:
        """Iterates over all texts once, shorter ones first."""
        for width, rows in self._batches(self._buckets):
            yield self._batch(width, rows)

    def answers(self, outputs: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """The outputs for all texts, in the order of the texts: (texts, ...).

        Args:
            outputs: Computes the outputs of a batch from its inputs.
        """
        answers: np.ndarray | None = None
        for width, rows in self._batches(self._buckets):
            batch = outputs(self._batch(width, rows).inputs)[: len(rows)]
            if answers is None:
                answers = np.empty((len(self), *batch.shape[1:]), batch.dtype)
            answers[rows] = batch
        if answers is None:
            raise ValueError("no texts")
        return answers

    def _divided(self, most: int) -> list[Bucket]:
        """Sorts the texts into at most `most` buckets."""
        self.widths = bucket_widths(self.texts.lengths, self.batch_size, most)
        return list(sorted_into(self.widths, self.texts.lengths))

    def _batches(self, buckets: Sequence[Bucket]) -> Iterator[Bucket]:
        """The width and the rows of each batch."""
        for width, rows in buckets:
            for start in range(0, len(rows), self.batch_size):
                yield width, rows[start : start + self.batch_size]

    def _batch(self, width: Any, rows: np.ndarray) -> Batch:
        filled, counted = self.share.filled(rows, self.batch_size)
        weights = counted.astype(np.float32)
        if self._weights is not None:
            weights *= self._weights[filled]
        return Batch(self.texts.padded(filled, width, self._padding), self.targets[filled], weights)


class ConditionedTexts(Buckets):
    """Whole texts with their conditions; every token but the first is a target.

    Args:
        texts: The token ids, from `<start>` to `<end>`.
        conditions: (texts, features) float32.
        batch_size: Texts of a batch.
        widths: As of Buckets.
    """

    def __init__(
        self,
        texts: Sequences,
        conditions: np.ndarray,
        batch_size: int,
        widths: Sequence[int] | None = None,
    ):
        super().__init__(texts, conditions, batch_size, widths)

    def _timesteps(self, width: Any) -> tuple[int, ...]:
        return (width - 1,)

    def _batch(self, width: Any, rows: np.ndarray) -> Batch:
        tokens, conditions, counted = super()._batch(width, rows)
        filled, _ = self.share.filled(rows, self.batch_size)
        is_target = np.arange(1, width) < self.texts.lengths[filled][:, None]
        return Batch(
            (tokens[:, :-1], conditions),
            tokens[:, 1:],
            (is_target * counted[:, None]).astype(np.float32),
        )


class TaggedTexts(Buckets):
    """Sequences of unequal length with a label for each step.

    Args:
        texts: The inputs of the model.
        tags: The indices of the labels, as long as the texts.
        batch_size: Texts of a batch.
        widths: As of Buckets.
    """

    def __init__(
        self,
        texts: Sequences,
        tags: Sequences,
        batch_size: int,
        widths: Sequence[int] | None = None,
    ):
        super().__init__(texts, np.empty(len(texts)), batch_size, widths)
        self.tags = tags

    def tagged(self, decode: Callable[[np.ndarray, np.ndarray], Any]) -> list[Any]:
        """Decodes all sequences in batches, and returns the results in the order of the sequences.

        Args:
            decode: Maps a batch of inputs (batch, timesteps, ...) and their lengths (batch,) to a
                result for each row.
        """
        answers: list[Any] = [None] * len(self)
        for width, rows in self._batches(self._buckets):
            decoded = decode(self.texts.padded(rows, width), self.texts.lengths[rows])
            for row, answer in zip(rows, decoded, strict=True):
                answers[row] = answer
        return answers

    def _batch(self, width: Any, rows: np.ndarray) -> Batch:
        filled, counted = self.share.filled(rows, self.batch_size)
        is_step = np.arange(width) < self.texts.lengths[filled][:, None]
        return Batch(
            self.texts.padded(filled, width),
            self.tags.padded(filled, width),
            (is_step & counted[:, None]).astype(np.float32),
        )


def sorted_into(widths: Sequence[int], lengths: np.ndarray) -> Iterator[Bucket]:
    """Assigns each text to the narrowest of the ascending widths that holds it."""
    bucket = np.searchsorted(widths, lengths)
    for index, width in enumerate(widths):
        yield width, np.flatnonzero(bucket == index)
