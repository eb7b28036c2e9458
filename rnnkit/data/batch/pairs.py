"""Pairs of sequences in batches that are narrow on both sides."""

from __future__ import annotations

from math import isqrt
from typing import Any, ClassVar

import numpy as np

from rnnkit.data.batch.buckets import Bucket, Buckets, sorted_into
from rnnkit.data.batch.rows import Batch
from rnnkit.data.batch.widths import bucket_widths
from rnnkit.data.encode.ragged import Sequences

PAIR_BUCKETS, PAIR_STEP = 4, 2  # of each side; sentences are short


class PairBuckets(Buckets):
    """Pairs of texts in batches of similar lengths on both sides; every token of a target but the
    first is to be predicted.

    Args:
        sources: Their token ids.
        targets: The token ids of the targets, from `<start>` to `<end>`.
        batch_size: Pairs of a batch; fewer where there are fewer pairs.
    """

    usual: ClassVar[int] = PAIR_BUCKETS**2

    def __init__(self, sources: Sequences, targets: Sequences, batch_size: int):
        self.sources = sources
        super().__init__(targets, sources.lengths, batch_size)

    @property
    def _numbers(self) -> int:
        return super()._numbers + int(self.sources.lengths.sum())

    def _divided(self, most: int) -> list[Bucket]:
        """About as many widths of targets as of the sources of each."""
        of_targets = isqrt(most)
        size, lengths = self.batch_size, self.texts.lengths
        self.widths = bucket_widths(lengths, size, of_targets, PAIR_STEP)
        buckets: list[Bucket] = []
        for width, rows in sorted_into(self.widths, lengths):
            lengths_within = self.sources.lengths[rows]
            widths = bucket_widths(lengths_within, size, most // of_targets, PAIR_STEP)
            for source_width, within in sorted_into(widths, lengths_within):
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
