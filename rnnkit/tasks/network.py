"""The contract of a task's network: layers, loss, the metrics of an epoch, initial weights."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, Protocol

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.backend import Objective
from rnnkit.engine.terms import value_of
from rnnkit.errors import RnnkitError
from rnnkit.generation.stepper import States
from rnnkit.tasks.prepared import C, P, Prepared


class Outputs(Protocol):
    """Computes a model's outputs, by NumPy, ONNX Runtime or keras."""

    def __call__(self, inputs: np.ndarray, /) -> np.ndarray:
        """Logits from (batch, timesteps) token ids or (batch, timesteps, features) numbers."""

    def init_state(self, batch: int, condition: np.ndarray | None = None) -> States:
        """The state of a stream before its first token: zeros, or computed from a condition.

        Args:
            batch: The number of rows.
            condition: (batch, features), or a source's (batch, timesteps) token ids.
        """

    def step(self, inputs: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        """Logits at each step of (batch, timesteps) token ids, and the states after the last."""


@dataclass(frozen=True)
class Target:
    """The target with which one answer is compared.

    Args:
        words: The target in words.
        targets: The same, as in a batch of one row.
        weights: The weights of such a batch.
    """

    words: str
    targets: np.ndarray
    weights: np.ndarray


def far_above_guessing(outcomes: int) -> float:
    """The cross-entropy above which a model with this many outcomes has diverged: twice that of a
    uniform guess.
    """
    return 2 * math.log(max(2, outcomes))


class Network(ABC, Generic[C, P]):
    """The network of a task.

    Args:
        architecture: The resolved list of layers, head included.
    """

    def __init__(self, architecture: Architecture):
        self.architecture = architecture

    @abstractmethod
    def objective(self) -> Objective:
        """The function that sums loss and metrics over a batch, in keras operations."""

    @abstractmethod
    def epoch_metrics(self, sums: dict[str, float]) -> dict[str, float]:
        """The scores of an epoch, from the sums over its batches."""

    def loss(self, outputs: Any, targets: np.ndarray, weights: np.ndarray) -> Any:
        """The mean loss of a batch, as in `objective`, in NumPy: of arrays, or of terms whose
        gradients are followed back (`rnnkit.engine.gradients`).

        Raises:
            RnnkitError: If only keras can compute it.
        """
        got = f"{type(self).__name__} has a loss that keras alone knows"
        raise RnnkitError("", got, "Expected a task whose loss NumPy computes")

    def loss_of_steps(self, outputs: Any, targets: np.ndarray, weights: np.ndarray) -> Any:
        """The mean over single steps, where `loss` may couple them, as a CRF does; arguments as in
        `loss`.
        """
        return self.loss(outputs, targets, weights)

    def loss_of_answer(self, outputs: Any, text: str | None) -> tuple[Any, str]:
        """The loss of one answer, and its name in messages; arguments and errors as in `target`."""
        target = self.target(value_of(outputs), text)
        return self.loss(outputs, target.targets, target.weights), f"loss of {target.words!r}"

    def target(self, outputs: np.ndarray, text: str | None) -> Target:
        """The target of one query.

        Args:
            outputs: The model's outputs, (1, ..., outputs).
            text: The right answer in words; None for the model's own best answer.

        Raises:
            RnnkitError: If the text is not a possible answer.
        """
        got = f"{type(self).__name__} names no answer in words"
        raise RnnkitError("", got, "Expected a task whose answers can be named in words")

    def worst_loss(self, first: float | None) -> float | None:
        """The mean loss of an epoch above which the training has diverged; None to derive it from
        the first step's loss alone.

        Args:
            first: The loss of the first step, if it is known.
        """
        return None

    def initial_weights(self, data: Prepared[C, P]) -> dict[str, np.ndarray]:
        """The initial weights that are not random, by "layer/weight"."""
        return {}
