"""Sequences of unequal length in batches of similar length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from rnnkit.data.batch.rows import Batch
from rnnkit.data.batch.widths import bucket_widths
from rnnkit.data.encode.ragged import Sequences, Side
from rnnkit.ranks.share import WHOLE, Share

PAIR_BUCKETS, PAIR_STEP = 4, 2  # of each side; sentences are short


Bucket = tuple[Any, np.ndarray]
"""A width, or several where a row has several sequences, and the rows that are so wide."""


class Buckets:
    """Texts of unequal length in batches of similar length, so that little of a batch is padding.

    Args:
        texts: The token ids.
        targets: (texts, ...).
        batch_size: Texts of a batch; fewer where there are fewer texts.
        widths: The widths of the batches, ascending; a text goes to the narrowest that holds it.
        padding: Where short texts are padded.
        weights: How much each text counts, (texts,) above 0; None where all count alike.
    """

    def __init__(
        self,
        texts: Sequences,
        targets: np.ndarray,
        batch_size: int,
        widths: Sequence[int],
        padding: Side = "post",
        weights: np.ndarray | None = None,
    ):
        self._weights = weights
        self.texts, self.targets, self.widths, self._padding = texts, targets, list(widths), padding
        self.batch_size = min(batch_size, len(targets))
        self.share: Share = WHOLE
        if len(texts) and (longest := int(texts.lengths.max())) > self.widths[-1]:
            raise ValueError(
                f"a text of {longest} tokens fits into none of the widths {self.widths}"
            )
        self._buckets: list[Bucket] = list(_sorted_into(self.widths, texts.lengths))
        self._order: tuple[tuple[int, int], list[Bucket]] | None = None

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return sum(-(-len(rows) // self.batch_size) for _, rows in self._buckets)

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
        self, texts: Sequences, conditions: np.ndarray, batch_size: int, widths: Sequence[int]
    ):
        super().__init__(texts, conditions, batch_size, widths)

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

    def __init__(self, texts: Sequences, tags: Sequences, batch_size: int, widths: Sequence[int]):
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


class PairBuckets(Buckets):
    """Pairs of texts in batches of similar lengths on both sides; every token of a target but the
    first is to be predicted.

    Args:
        sources: Their token ids.
        targets: The token ids of the targets, from `<start>` to `<end>`.
        batch_size: Pairs of a batch; fewer where there are fewer pairs.
    """

    def __init__(self, sources: Sequences, targets: Sequences, batch_size: int):
        size = min(batch_size, len(targets))
        super().__init__(
            targets,
            sources.lengths,
            size,
            bucket_widths(targets.lengths, size, PAIR_BUCKETS, PAIR_STEP),
        )
        self.sources = sources
        by_target, self._buckets = self._buckets, []
        for width, rows in by_target:
            lengths = sources.lengths[rows]
            for source_width, within in _sorted_into(
                bucket_widths(lengths, size, PAIR_BUCKETS, PAIR_STEP), lengths
            ):
                self._buckets.append(((width, source_width), rows[within]))

    def _batch(self, width: Any, rows: np.ndarray) -> Batch:
        target_width, source_width = width
        tokens, _, counted = super()._batch(target_width, rows)
        filled, _ = self.share.filled(rows, self.batch_size)
        is_target = np.arange(1, target_width) < self.texts.lengths[filled][:, None]
        sources = self.sources.padded(filled, source_width)
        return Batch(
            (tokens[:, :-1], sources),
            tokens[:, 1:],
            (is_target * counted[:, None]).astype(np.float32),
        )


def _sorted_into(widths: Sequence[int], lengths: np.ndarray) -> Iterator[Bucket]:
    """Each of the ascending widths, and which texts it is the narrowest for."""
    bucket = np.searchsorted(widths, lengths)
    for index, width in enumerate(widths):
        yield width, np.flatnonzero(bucket == index)
