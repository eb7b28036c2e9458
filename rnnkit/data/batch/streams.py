"""A long sequence as parallel streams, for stateful training."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnkit.data.batch.rows import Batch
from rnnkit.data.encode.token_file import TokenFile
from rnnkit.ranks.share import WHOLE, Share


class Streams:
    """A long sequence as parallel streams, read chunk by chunk while the state is carried over
    (truncated back-propagation through time).

    Stream b is the b-th contiguous part of the sequence; a remainder at the end is left out. Only
    one chunk is copied at a time, so that `token_ids` may be a memory-mapped file.

    Args:
        token_ids: The sequence, (tokens,), in memory or in a file.
        streams: Number of streams, the rows of a batch.
        bptt: Steps of a chunk; at most those of a stream.
    """

    def __init__(self, token_ids: np.ndarray | TokenFile, streams: int, bptt: int):
        self.token_ids, self.batch_size = token_ids, streams
        self.length = (len(token_ids) - 1) // streams
        self.bptt = min(bptt, self.length)
        self.share: Share = WHOLE

    def __len__(self) -> int:
        return self.length * self.batch_size

    @property
    def steps(self) -> int:
        """Number of chunks in an epoch."""
        return -(-self.length // self.bptt)

    @property
    def widest(self) -> tuple[int, ...]:
        """Number of timesteps of a chunk."""
        return (self.bptt,)

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        """The chunk of a step; chunks are never shuffled, since the state is carried over."""
        return self._chunk(step)

    def in_order(self) -> Iterator[Batch]:
        """Iterates over all chunks once."""
        for step in range(self.steps):
            yield self._chunk(step)

    def _chunk(self, step: int) -> Batch:
        start, end = step * self.bptt, min((step + 1) * self.bptt, self.length)
        streams, counted = self.share.filled(np.arange(self.batch_size), self.batch_size)
        rows = np.stack(
            [
                self.token_ids[stream * self.length + start : stream * self.length + end + 1]
                for stream in streams.tolist()
            ]
        )
        inputs, targets = rows[:, :-1].astype(np.int32), rows[:, 1:].astype(np.int32)
        # the last chunk is padded with steps of weight 0: one shape, so one compilation
        missing = self.bptt - (end - start)
        counts = np.broadcast_to(counted[:, None], inputs.shape).astype(np.float32)
        weights = np.pad(counts, ((0, 0), (0, missing)))
        return Batch(
            np.pad(inputs, ((0, 0), (0, missing))), np.pad(targets, ((0, 0), (0, missing))), weights
        )
