"""The batches that a training reads: their contract, and the batches of one epoch ahead of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted
from rnnkit.ranks.group import group
from rnnkit.ranks.share import WHOLE, Share

if TYPE_CHECKING:
    from concurrent.futures import Future

Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Inputs, targets and weights for one step; a row of weight 0 is padding."""


class Batches(Protocol):
    """Data in batches: the rows of a training step are a pure function of (seed, epoch, step)."""

    batch_size: int

    @property
    def steps(self) -> int:
        """The number of steps in an epoch."""

    @property
    def widest(self) -> tuple[int, ...]:
        """The most timesteps of a batch: of the model's inputs and, for an encoder-decoder, of the
        source.
        """

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        """The batch of one training step."""

    def in_order(self) -> Iterator[Batch]:
        """Every row once, for scoring."""


@runtime_checkable
class Divisible(Protocol):
    """Batches whose rows can be divided among several devices."""

    share: Share
    """The rows of each batch that this process reads."""


@runtime_checkable
class Bucketed(Protocol):
    """Batches of rows of unequal length, which are padded to a few widths."""

    num_buckets: int | None
    """The largest number of widths; None if the widths are fixed."""

    @property
    def shapes(self) -> list[int | tuple[int, ...]]:
        """The width of each bucket, or its widths if a row has several sequences."""

    @property
    def padding(self) -> float:
        """The share of an epoch's batches that is padding."""


B = TypeVar("B", bound=Batches)


def in_buckets(batches: B, number: int | None) -> B:
    """Limits the number of buckets of batches that have them, and returns the batches.

    Args:
        batches: Batches that have not been read yet.
        number: The largest number of widths; None for the batches' own.
    """
    if number is not None and isinstance(batches, Bucketed) and batches.num_buckets is not None:
        batches.num_buckets = number
    return batches


def divide(train: Batches, validation: Batches | None, share: Share) -> None:
    """Restricts batches to this process's share of their rows.

    Raises:
        RnnkitError: If they cannot be divided, or if there are more processes than rows.
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
    """Checks that each process gets at least one row of a step.

    Raises:
        RnnkitError: If there are more processes than rows.
    """
    if processes > rows:
        got = f"{processes} processes, but a step has {counted(rows, 'row')}"
        expected, hint = "Expected at least one row for each", "Set a larger train.batch_size"
        raise RnnkitError("--num-processes", got, expected, hint)


def share_of(batches: Batches) -> Share:
    """The rows of each batch that this process reads."""
    return batches.share if isinstance(batches, Divisible) else WHOLE


class EpochBatches:
    """The batches of one epoch, in groups of equal shapes for the calls of the framework. While a
    call is computed, a thread makes the batches of the next one.

    Args:
        batches: The training data.
        random_seed: The training's seed.
        epoch: The epoch, from 0.
    """

    def __init__(self, batches: Batches, random_seed: int, epoch: int):
        from concurrent.futures import ThreadPoolExecutor  # `check` reads this module, too

        self._batches, self._random_seed, self._epoch = batches, random_seed, epoch
        self._ready: dict[int, Batch] = {}  # by their step
        self._thread = ThreadPoolExecutor(1, "batches")
        self._pending: Future[dict[int, Batch]] | None = None

    def take(self, start: int, most: int) -> list[Batch]:
        """The batch of step `start` and those after it of the same shapes, at most `most`."""
        if self._pending is not None:
            self._ready |= self._pending.result()
            self._pending = None
        taken: list[Batch] = []
        for step in range(start, start + most):
            batch = self._ready.pop(step, None) or self._make([step])[step]
            if taken and _shapes(batch) != _shapes(taken[0]):
                self._ready[step] = batch
                break
            taken.append(batch)
        self._prefetch(start + len(taken), len(taken) + 1)  # the last ends a group of equal shapes
        return taken

    def _prefetch(self, start: int, number: int) -> None:
        steps = range(start, min(start + number, self._batches.steps))
        if missing := [step for step in steps if step not in self._ready]:
            self._pending = self._thread.submit(self._make, missing)

    def _make(self, steps: Sequence[int]) -> dict[int, Batch]:
        seed, epoch = self._random_seed, self._epoch
        return {step: self._batches.shuffled(seed, epoch, step) for step in steps}


def _shapes(batch: Batch) -> list[tuple[int, ...]]:
    inputs = batch[0] if isinstance(batch[0], tuple) else (batch[0],)
    return [array.shape for array in (*inputs, *batch[1:])]
