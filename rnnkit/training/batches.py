"""What a training reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Inputs, targets and weights for one step; a row of weight 0 is padding."""


class Batches(Protocol):
    """Data for training: which rows a step sees is a pure function of seed, epoch and step."""

    batch_size: int

    @property
    def steps(self) -> int:
        """Steps in an epoch."""

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        """The batch of a step of training."""

    def in_order(self) -> Iterator[Batch]:
        """Every row once, for scoring."""
