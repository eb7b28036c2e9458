"""Batches of source and target sequences, bucketed by both lengths."""

from __future__ import annotations

from math import isqrt
from typing import Any, ClassVar

import numpy as np

from rnnkit.data.batch.buckets import Bucket, Buckets, sorted_into
from rnnkit.data.batch.rows import Batch
from rnnkit.data.batch.widths import bucket_widths
from rnnkit.data.encode.ragged import Sequences

PAIR_BUCKETS, PAIR_STEP = 4, 2  # for each side; smaller steps, since sentences are short


class PairBuckets(Buckets):
    """Pairs of texts in batches of similar lengths on both sides; the model predicts every token of
    a target but the first.

    Args:
        sources: The token ids of the sources.
        targets: The token ids of the targets, from `<start>` to `<end>`.
        batch_size: Pairs of a batch; at most the number of pairs.
    """

    usual: ClassVar[int] = PAIR_BUCKETS**2

    def __init__(self, sources: Sequences, targets: Sequences, batch_size: int):
        self.sources = sources
        super().__init__(targets, sources.lengths, batch_size)

    @property
    def _numbers(self) -> int:
        return super()._numbers + int(self.sources.lengths.sum())

    def _divided(self, most: int) -> list[Bucket]:
        """Buckets by target width, then by source width, about as many of each."""
        target_buckets = isqrt(most)
        size, lengths = self.batch_size, self.texts.lengths
        self.widths = bucket_widths(lengths, size, target_buckets, PAIR_STEP)
        buckets: list[Bucket] = []
        for width, rows in sorted_into(self.widths, lengths):
            source_lengths = self.sources.lengths[rows]
            widths = bucket_widths(source_lengths, size, most // target_buckets, PAIR_STEP)
            for source_width, within in sorted_into(widths, source_lengths):
                buckets.append(((width, source_width), rows[within]))
        return buckets

    def _timesteps(self, width: Any) -> tuple[int, ...]:
        target_width, source_width = width
        return target_width - 1, source_width

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
