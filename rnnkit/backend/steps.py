"""What a compiled step is, whatever compiles it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from rnnkit.backend.precision import summed
from rnnkit.errors import RnnkitError

Sums = dict[str, Any]
Inputs = np.ndarray | tuple[np.ndarray, ...]
Batch = tuple[Inputs, np.ndarray, np.ndarray]
"""Inputs, targets and weights for one step; a row of weight 0 is padding."""
Carried = Sequence[Any]
"""The states of a stream model, one array (batch, units) after the other."""
Objective = Callable[[Any, Any, Any], Sums]
"""(outputs, targets, weights) -> sums over the batch, with "loss" and "weight" among them."""
Begun = Callable[[], list[dict[str, float]]]
"""Steps that were begun: it waits for them, and gives the sums of each."""


class TrainStep(Protocol):
    """A compiled step of training, on batches as they are.

    Keras' own `train_on_batch` spends as long on bookkeeping as a small model takes to compute;
    this runs the same mathematics.
    """

    carried: Carried

    def __call__(
        self, inputs: Inputs, targets: np.ndarray, weights: np.ndarray, learning_rate: float
    ) -> dict[str, float]:
        """Moves the weights, and gives the sums of the batch from before."""

    def begin(self, batches: Sequence[Batch], learning_rates: Sequence[float]) -> Begun:
        """The same for batches of equal shapes, one after the other, in one call: a call of the
        framework takes longer than a step of a small model. What it gives is called before `sync`;
        further steps may begin before that.
        """

    def sync(self) -> None:
        """Brings the model's and the optimizer's variables up to date; needed before anything reads
        or sets them.
        """


class TestStep(Protocol):
    """One compiled step of scoring; changes nothing but the carried states."""

    carried: Carried

    def __call__(
        self, inputs: Inputs, targets: np.ndarray, weights: np.ndarray
    ) -> dict[str, float]:
        """The sums of the batch."""

    def begin(
        self, inputs: Inputs, targets: np.ndarray, weights: np.ndarray
    ) -> Callable[[], dict[str, float]]:
        """The same; what it gives waits for the sums, and further batches may begin before that."""


class Stacked:
    """An objective whose sums are one array, so that a single transfer brings them all.

    Args:
        objective: The sums of a batch.
    """

    def __init__(self, objective: Objective):
        self._objective = objective
        self._names: list[str] = []
        self.mean_weight: Callable[[Any], Any] = lambda weight: weight
        """Of several devices, by that of this one's part of a batch."""

    def __call__(self, outputs: Any, targets: Any, weights: Any) -> tuple[Any, Any]:
        """The mean loss, and the array of all sums."""
        from keras import ops

        sums = self._objective(outputs, targets, weights)
        self._names = list(sums)
        if not {"loss", "weight"} <= sums.keys():
            got = f"sums of {', '.join(sums) or 'nothing'}"
            raise RnnkitError("objective", got, 'Expected "loss" and "weight" among them')
        array = ops.stack([ops.cast(value, "float32") for value in sums.values()])
        return sums["loss"] / self.mean_weight(sums["weight"]), array

    def named(self, array: Any) -> dict[str, float]:
        """The sums by their names again."""
        return dict(zip(self._names, np.asarray(array).tolist(), strict=True))


def joined(inputs: Any, carried: Carried) -> Any:
    """What a model takes: its inputs, and the carried states where it has some."""
    if isinstance(inputs, tuple):
        return [*inputs, *carried]
    return [inputs, *carried] if carried else inputs


def parted(answer: Any, carried: Carried) -> tuple[Any, tuple[Any, ...]]:
    """What a model gives, in full precision: its outputs, and the new states where it has some."""
    outputs, *states = answer if carried else (answer,)
    return summed(outputs), tuple(map(summed, states))


def with_own(mean: Any, losses: Sequence[Any]) -> Any:
    """The mean loss of a batch, and the model's own losses."""
    return sum(map(summed, losses), start=mean)
