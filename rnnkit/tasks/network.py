"""The model of a task: its list of layers, its loss, an epoch's scores and initial weights."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Generic, Protocol

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.backend import Objective
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
