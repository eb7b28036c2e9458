"""What a training reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted
from rnnkit.ranks.group import group
from rnnkit.ranks.share import WHOLE, Share

Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Inputs, targets and weights for one step; a row of weight 0 is padding."""


class Batches(Protocol):
    """Data for training: which rows a step sees is a pure function of seed, epoch and step."""

    batch_size: int

    @property
    def steps(self) -> int:
        """Steps in an epoch."""

    @property
    def widest(self) -> tuple[int, ...]:
        """The most timesteps of a batch: of what the model reads and, of an encoder-decoder, of the
        source.
        """

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        """The batch of a step of training."""

    def in_order(self) -> Iterator[Batch]:
        """Every row once, for scoring."""


@runtime_checkable
class Divisible(Protocol):
    """Batches of which several devices have some rows each."""

    share: Share
    """Which rows of each batch it gives."""


@runtime_checkable
class Bucketed(Protocol):
    """Batches of rows of unequal length, which are padded to a few widths."""

    num_buckets: int | None
    """How many shapes batches have at most; None where their widths are given."""

    @property
    def shapes(self) -> list[int | tuple[int, ...]]:
        """The width of each bucket, or its widths where a row has several sequences."""

    @property
    def padding(self) -> float:
        """The share of an epoch's batches that is padding."""


B = TypeVar("B", bound=Batches)


def in_buckets(batches: B, number: int | None) -> B:
    """The same, in at most so many buckets where rows are of unequal length.

    Args:
        batches: Nobody has read them.
        number: Of widths; None for the batches' own.
    """
    if number is not None and isinstance(batches, Bucketed) and batches.num_buckets is not None:
        batches.num_buckets = number
    return batches


def divide(train: Batches, validation: Batches | None, share: Share) -> None:
    """Lets batches give the rows of a share alone.

    Raises:
        RnnkitError: If they cannot, or if there are more processes than rows.
    """
    if share == WHOLE:
        return
    require_rows(group().number, train.batch_size)
    for batches in filter(None, (train, validation)):
        if not isinstance(batches, Divisible):
            got = f"{type(batches).__name__} cannot be divided among {share.parts} devices"
            expected = "Expected batches that have a share, as those of rnnkit.data.batch do"
            raise RnnkitError("batches", got, expected, "Train with one process on one device")
        batches.share = share


def require_rows(processes: int, rows: int) -> None:
    """Each process has a row of a step.

    Raises:
        RnnkitError: If there are more processes than rows.
    """
    if processes > rows:
        got = f"{processes} processes, but a step has {counted(rows, 'row')}"
        expected, hint = "Expected at least one row for each", "Set a larger train.batch_size"
        raise RnnkitError("--num-processes", got, expected, hint)


def share_of(batches: Batches) -> Share:
    """Which rows of each batch they give."""
    return batches.share if isinstance(batches, Divisible) else WHOLE


class Ahead:
    """The batches of an epoch in their order, some at a time for one call.

    Args:
        batches: The data.
        random_seed: Of the training.
        epoch: Which one, from 0.
    """

    def __init__(self, batches: Batches, random_seed: int, epoch: int):
        self._batches, self._random_seed, self._epoch = batches, random_seed, epoch
        self._waiting: dict[int, Batch] = {}  # one that was of another shape, by its step

    def take(self, start: int, most: int) -> list[Batch]:
        """The batch of the step `start` and those after it that have its shapes, `most` in all."""
        taken: list[Batch] = []
        for step in range(start, start + most):
            batch = self._waiting.pop(step, None)
            if batch is None:
                batch = self._batches.shuffled(self._random_seed, self._epoch, step)
            if taken and _shapes(batch) != _shapes(taken[0]):
                self._waiting[step] = batch
                break
            taken.append(batch)
        return taken


def _shapes(batch: Batch) -> list[tuple[int, ...]]:
    inputs = batch[0] if isinstance(batch[0], tuple) else (batch[0],)
    return [array.shape for array in (*inputs, *batch[1:])]
