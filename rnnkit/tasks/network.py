"""The model of a task: its list of layers, its loss, an epoch's scores and initial weights."""

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
    """A model's outputs, by NumPy or by keras."""

    def __call__(self, inputs: np.ndarray, /) -> np.ndarray:
        """(batch, timesteps) token ids or (batch, timesteps, features) numbers to logits."""

    def init_state(self, batch: int, condition: np.ndarray | None = None) -> States:
        """The state of a stream before its first token; computed from a (batch, features) condition
        where there is one, or from a source's (batch, timesteps) token ids.
        """

    def step(self, inputs: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        """Logits at each of (batch, timesteps) token ids, from a state, and the state after
        them.
        """


@dataclass(frozen=True)
class Target:
    """What an answer is compared with.

    Args:
        words: It, as a person reads it.
        targets: As of a batch of one row.
        weights: The same.
    """

    words: str
    targets: np.ndarray
    weights: np.ndarray


def far_above_guessing(outcomes: int) -> float:
    """The cross-entropy above which a model of so many outcomes has diverged: twice that of a
    uniform guess.
    """
    return 2 * math.log(max(2, outcomes))


class Network(ABC, Generic[C, P]):
    """What is trained.

    Args:
        architecture: The resolved list of layers, head included.
    """

    def __init__(self, architecture: Architecture):
        self.architecture = architecture

    @abstractmethod
    def objective(self) -> Objective:
        """Sums over a batch, in keras operations."""

    @abstractmethod
    def epoch_metrics(self, sums: dict[str, float]) -> dict[str, float]:
        """The scores of an epoch from the sums of its batches."""

    def loss(self, outputs: Any, targets: np.ndarray, weights: np.ndarray) -> Any:
        """The mean loss of a batch as `objective` sums it, by NumPy: of arrays, or of what is
        followed back (`rnnkit.engine.gradients`).

        Raises:
            RnnkitError: If keras alone knows it.
        """
        got = f"{type(self).__name__} has a loss that keras alone knows"
        raise RnnkitError("", got, "Expected a task whose loss NumPy computes")

    def loss_of_steps(self, outputs: Any, targets: np.ndarray, weights: np.ndarray) -> Any:
        """The mean loss of the rows or steps with a weight, each on its own; arguments as of
        `loss`.
        """
        return self.loss(outputs, targets, weights)

    def loss_of_answer(self, outputs: Any, text: str | None) -> tuple[Any, str]:
        """The loss of one answer, and what it is compared with, in words; arguments as of `target`,
        and what is raised.
        """
        target = self.target(value_of(outputs), text)
        return self.loss(outputs, target.targets, target.weights), f"loss of {target.words!r}"

    def target(self, outputs: np.ndarray, text: str | None) -> Target:
        """What one query's answer is compared with.

        Args:
            outputs: What the model answers, (1, ..., outputs).
            text: The right answer in words; the model's own best one where None.

        Raises:
            RnnkitError: If the text is no such answer.
        """
        got = f"{type(self).__name__} names no answer in words"
        raise RnnkitError("", got, "Expected a task whose answers can be named in words")

    def worst_loss(self, first: float | None) -> float | None:
        """The mean loss of an epoch above which the training has diverged; None where the loss of
        the first step alone says it.

        Args:
            first: The loss of the first step, if it is known.
        """
        return None

    def initial_weights(self, data: Prepared[C, P]) -> dict[str, np.ndarray]:
        """Weights that a new training does not start at random: "layer/weight" to values."""
        return {}
