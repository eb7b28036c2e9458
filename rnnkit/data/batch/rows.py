"""Batches of examples of the same shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from rnnkit.ranks.share import WHOLE, Share


class Batch(NamedTuple):
    """Rows for one step; rows of weight 0 are padding."""

    inputs: Any
    """An array, or a tuple of arrays if the model has several inputs."""
    targets: np.ndarray
    weights: np.ndarray


class Rows:
    """Examples of the same shape, in batches.

    Args:
        inputs: (rows, ...).
        targets: (rows, ...).
        batch_size: Rows of a batch; at most the number of rows.
    """

    def __init__(self, inputs: np.ndarray, targets: np.ndarray, batch_size: int):
        self.inputs, self.targets = inputs, targets
        self.batch_size = min(batch_size, len(targets))
        self.share: Share = WHOLE
        self._order: tuple[tuple[int, int], np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def steps(self) -> int:
        """Number of batches in an epoch."""
        return -(-len(self) // self.batch_size)

    @property
    def widest(self) -> tuple[int, ...]:
        """Number of timesteps of a batch."""
        return self.inputs.shape[1:2] or (1,)

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        """The batch of a step: a pure function of the arguments, so that training can resume at any
        step.
        """
        key = (random_seed, epoch)
        if self._order is None or self._order[0] != key:
            self._order = (key, np.random.default_rng(key).permutation(len(self)))
        return self._batch(self._order[1][step * self.batch_size : (step + 1) * self.batch_size])

    def in_order(self) -> Iterator[Batch]:
        """Iterates over all rows once, in order."""
        for start in range(0, len(self), self.batch_size):
            yield self._batch(np.arange(start, min(start + self.batch_size, len(self))))

    def _batch(self, rows: np.ndarray) -> Batch:
        filled, counted = self.share.filled(rows, self.batch_size)
        inputs = np.ascontiguousarray(self.inputs[filled])
        return Batch(inputs, self.targets[filled], counted.astype(np.float32))


class Windows(Rows):
    """All windows of a sequence, each with the token that follows it, as views without copies.

    Args:
        token_ids: The sequence, (tokens,) int32.
        window: Tokens in a window.
        batch_size: Rows of a batch; at most the number of windows.
    """

    def __init__(self, token_ids: np.ndarray, window: int, batch_size: int):
        rows = np.lib.stride_tricks.sliding_window_view(token_ids, window + 1)
        super().__init__(rows[:, :window], rows[:, window], batch_size)
