"""The contract of compiled steps, whichever framework compiles them."""

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
"""The states of a stream model, a flat list of arrays (batch, units)."""
Objective = Callable[[Any, Any, Any], Sums]
"""(outputs, targets, weights) -> sums over the batch, among them "loss" and "weight"."""
Begun = Callable[[], list[dict[str, float]]]
"""Waits for steps that were started, and returns the sums of each."""


class TrainStep(Protocol):
    """A compiled training step, on the caller's batches.

    Keras' own `train_on_batch` spends as much time on bookkeeping as a small model on computing;
    this does the same mathematics.
    """

    carried: Carried

    def __call__(
        self, inputs: Inputs, targets: np.ndarray, weights: np.ndarray, learning_rate: float
    ) -> dict[str, float]:
        """Updates the weights; returns the sums of the batch under the weights before."""

    def begin(self, batches: Sequence[Batch], learning_rates: Sequence[float]) -> Begun:
        """Starts consecutive steps on batches of equal shapes, in one call, as a call of the
        framework costs more than a step of a small model. The result must be called before `sync`;
        further steps may start before that.
        """

    def sync(self) -> None:
        """Updates the variables of model and optimizer; required before they are read or set."""


class TestStep(Protocol):
    """A compiled scoring step; it changes nothing but the carried states."""

    carried: Carried

    def __call__(
        self, inputs: Inputs, targets: np.ndarray, weights: np.ndarray
    ) -> dict[str, float]:
        """The sums of the batch."""

    def begin(
        self, inputs: Inputs, targets: np.ndarray, weights: np.ndarray
    ) -> Callable[[], dict[str, float]]:
        """Starts the step; the result waits for the sums. Further batches may start before that."""


class Stacked:
    """An objective whose sums are one array, so that a single transfer fetches all of them.

    Args:
        objective: The sums of a batch.
    """

    def __init__(self, objective: Objective):
        self._objective = objective
        self._names: list[str] = []
        self.mean_weight: Callable[[Any], Any] = lambda weight: weight
        """The mean weight over several devices, from that of this device's part of a batch."""

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
        """The array of sums as a dictionary."""
        return dict(zip(self._names, np.asarray(array).tolist(), strict=True))


def joined(inputs: Any, carried: Carried) -> Any:
    """The arguments of a model: its inputs and, if it has any, the carried states."""
    if isinstance(inputs, tuple):
        return [*inputs, *carried]
    return [inputs, *carried] if carried else inputs


def parted(answer: Any, carried: Carried) -> tuple[Any, tuple[Any, ...]]:
    """The results of a model in full precision: its outputs, and the new states, if any."""
    outputs, *states = answer if carried else (answer,)
    return summed(outputs), tuple(map(summed, states))


def with_own(mean: Any, losses: Sequence[Any]) -> Any:
    """The mean loss of a batch plus the model's own losses."""
    return sum(map(summed, losses), start=mean)
