"""From encoded data to batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np


class Batch(NamedTuple):
    """Rows for one step; a row of weight 0 is padding."""

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray


class Windows:
    """Every window of a sequence, each with the token that follows it.

    Args:
        token_ids: The sequence, (tokens,) int32.
        window: Tokens in a window.
        batch_size: Rows of a batch; fewer where there are fewer windows.
    """

    def __init__(self, token_ids: np.ndarray, window: int, batch_size: int):
        rows = np.lib.stride_tricks.sliding_window_view(token_ids, window + 1)  # a view: nothing is copied
        self.inputs, self.targets = rows[:, :window], rows[:, window]
        self.batch_size = min(batch_size, len(self.targets))
        self._order: tuple[tuple[int, int], np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return -(-len(self) // self.batch_size)

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        """The batch of a step: a pure function of its arguments, so that a training can go on at any step."""
        key = (random_seed, epoch)
        if self._order is None or self._order[0] != key:
            self._order = (key, np.random.default_rng(key).permutation(len(self)))
        return self._batch(self._order[1][step * self.batch_size : (step + 1) * self.batch_size])

    def in_order(self) -> Iterator[Batch]:
        """Every window once, in the order of the text."""
        for start in range(0, len(self), self.batch_size):
            yield self._batch(np.arange(start, min(start + self.batch_size, len(self))))

    def _batch(self, rows: np.ndarray) -> Batch:
        # The last batch is filled up with rows of weight zero: one shape, so one compilation.
        filled = np.resize(rows, self.batch_size)
        weights = (np.arange(self.batch_size) < len(rows)).astype(np.float32)
        return Batch(np.ascontiguousarray(self.inputs[filled]), self.targets[filled], weights)
