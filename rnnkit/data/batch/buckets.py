"""Sequences of unequal length in batches of similar length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from rnnkit.data.batch.rows import Batch
from rnnkit.data.batch.widths import MOST_BUCKETS, bucket_widths
from rnnkit.data.encode.ragged import Sequences, Side
from rnnkit.ranks.share import WHOLE, Share

Bucket = tuple[Any, np.ndarray]
"""A width, or several where a row has several sequences, and the rows that are so wide."""


class Buckets:
    """Texts of unequal length in batches of similar length, so that little of a batch is padding.

    Args:
        texts: The token ids.
        targets: (texts, ...).
        batch_size: Texts of a batch; fewer where there are fewer texts.
        widths: The only ones that batches may have, ascending; a text goes to the narrowest that
            holds it. None for the few that leave least padding.
        padding: Where short texts are padded.
        weights: How much each text counts, (texts,) above 0; None if all count alike.
    """

    usual: ClassVar[int] = MOST_BUCKETS
    """How many shapes batches have at most, unless `num_buckets` says otherwise."""

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
        """How many shapes batches have at most; None if their widths are given."""
        return self._num_buckets

    @num_buckets.setter
    def num_buckets(self, most: int) -> None:
        self._num_buckets = most
        self._buckets, self._order = self._divided(most), None

    @property
    def shapes(self) -> list[Any]:
        """The width of each bucket, or its widths where a row has several sequences."""
        return [width for width, rows in self._buckets if len(rows)]

    @property
    def padding(self) -> float:
        """The share of an epoch's batches that is padding; rows that pad a batch are."""
        numbers = sum(
            -(-len(rows) // self.batch_size) * self.batch_size * int(np.sum(width))
            for width, rows in self._buckets
        )
        return 1 - self._numbers / numbers

    @property
    def _numbers(self) -> int:
        """The numbers of an epoch that are not padding."""
        return int(self.texts.lengths.sum())

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return sum(-(-len(rows) // self.batch_size) for _, rows in self._buckets)

    @property
    def widest(self) -> tuple[int, ...]:
        """The most timesteps of a batch, of what the model reads and of the source."""
        each = map(self._timesteps, self.shapes)
        return tuple(map(max, zip(*each, strict=True)))

    def _timesteps(self, width: Any) -> tuple[int, ...]:
        return (width,)

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        """The batch of a step: a pure function of its arguments, so that a training can resume at
        any step.
        """
        key = (random_seed, epoch)
        if self._order is None or self._order[0] != key:
            generator = np.random.default_rng(key)
            batches = list(
                self._cut([(width, generator.permutation(rows)) for width, rows in self._buckets])
            )
            self._order = (key, [batches[index] for index in generator.permutation(len(batches))])
        return self._batch(*self._order[1][step])

    def in_order(self) -> Iterator[Batch]:
        """Every text once, shorter ones first."""
        for width, rows in self._cut(self._buckets):
            yield self._batch(width, rows)

    def answers(self, outputs: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """What `outputs` says to each text, in the texts' own order: (texts, ...)."""
        answers: np.ndarray | None = None
        for width, rows in self._cut(self._buckets):
            answered = outputs(self._batch(width, rows).inputs)[: len(rows)]
            if answers is None:
                answers = np.empty((len(self), *answered.shape[1:]), answered.dtype)
            answers[rows] = answered
        if answers is None:
            raise ValueError("no texts")
        return answers

    def _divided(self, most: int) -> list[Bucket]:
        """The texts in at most so many buckets."""
        self.widths = bucket_widths(self.texts.lengths, self.batch_size, most)
        return list(sorted_into(self.widths, self.texts.lengths))

    def _cut(self, buckets: Sequence[Bucket]) -> Iterator[Bucket]:
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
    """Whole texts, each with what it is conditioned on; every token but the first is a target.

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
    """Sequences of unequal length with a label at every step.

    Args:
        texts: What the model reads.
        tags: The labels' indices, as long as the texts.
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
        """What `decode` makes of each sequence, in their own order.

        Args:
            decode: Takes a batch of inputs (batch, timesteps, ...) and the steps (batch,) that are
                no padding; gives something for each row.
        """
        answers: list[Any] = [None] * len(self)
        for width, rows in self._cut(self._buckets):
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
    """Each of the ascending widths, and which texts it is the narrowest for."""
    bucket = np.searchsorted(widths, lengths)
    for index, width in enumerate(widths):
        yield width, np.flatnonzero(bucket == index)
