"""Texts in buckets of their own, for the tests."""

from __future__ import annotations

import numpy as np

from rnnkit.data.batch.buckets import Buckets
from rnnkit.data.batch.widths import bucket_widths
from rnnkit.data.encode.ragged import Sequences, Side


def bucketed(lengths: list[int], batch_size: int, padding: Side = "post") -> Buckets:
    # Text number r holds r + 1 in every place, and is labelled r, so that a row tells which text it
    # is.
    texts = Sequences.of([[row + 1] * length for row, length in enumerate(lengths)])
    return Buckets(
        texts,
        np.arange(len(lengths)),
        batch_size,
        bucket_widths(texts.lengths, batch_size),
        padding,
    )
