"""The score of what a model answers, as a number of its outputs: log-odds, or a number in its own
unit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from rnnkit.engine.crf import Legal, log_marginals, log_odds_gradient
from rnnkit.models.activations import softmax

Array = np.ndarray

LOG_ODDS = "log-odds"


class Score(ABC):
    """What is explained, of a model's outputs."""

    @property
    def unit(self) -> str:
        """Natural logarithms of p / (1 - p), or what a number is of."""
        return LOG_ODDS

    @property
    def start(self) -> float | None:
        """The number to which the model adds its answer, whatever it reads; None if there is
        none.
        """
        return None

    @abstractmethod
    def __call__(self, outputs: Array, removed: Array) -> Array:
        """(rows, answers) float64 of (rows, ...) outputs.

        Args:
            outputs: The model's.
            removed: (rows,) the step that each row lacks; beyond the last where it lacks none.
        """

    @abstractmethod
    def gradient(self, outputs: Array, answer: int) -> Array:
        """What the outputs change of the score of one answer, as large as these; of whole inputs.

        Args:
            outputs: The model's.
            answer: Which one.
        """


@dataclass(frozen=True)
class LogOdds(Score):
    """The log-odds of a choice by softmax.

    Args:
        chosen: (answers, outputs) which outputs mean each answer.
    """

    chosen: Array

    def __call__(self, outputs: Array, removed: Array) -> Array:
        return np.stack([_log_odds(outputs, chosen) for chosen in self.chosen], axis=-1)

    def gradient(self, outputs: Array, answer: int) -> Array:
        return _log_odds_gradient(outputs, self.chosen[answer])


@dataclass(frozen=True)
class Logit(Score):
    """The log-odds of a single output, a sigmoid.

    Args:
        output: Which one.
        sign: -1 for the log-odds that it is not the case.
    """

    output: int
    sign: int = 1

    def __call__(self, outputs: Array, removed: Array) -> Array:
        return self.sign * outputs[:, [self.output]].astype(np.float64)

    def gradient(self, outputs: Array, answer: int) -> Array:
        gradient = np.zeros_like(outputs)
        gradient[:, self.output] = self.sign
        return gradient


@dataclass(frozen=True)
class EachStep(Score):
    """The scores of a token at each step, (rows, steps, outputs).

    Args:
        tokens: (steps,) the output that means it.
    """

    tokens: Array

    def __call__(self, outputs: Array, removed: Array) -> Array:
        steps = range(len(self.tokens))
        return np.stack(
            [_log_odds(outputs[:, step], self._is_token(outputs, step)) for step in steps], axis=-1
        )

    def gradient(self, outputs: Array, answer: int) -> Array:
        gradient = np.zeros_like(outputs)
        gradient[:, answer] = _log_odds_gradient(
            outputs[:, answer], self._is_token(outputs, answer)
        )
        return gradient

    def _is_token(self, outputs: Array, step: int) -> Array:
        return np.arange(outputs.shape[-1]) == self.tokens[step]


@dataclass(frozen=True)
class OneStep(Score):
    """The scores of a label at one step of (rows, steps, labels), or of a chain's (rows, steps,
    labels, labels).

    Args:
        step: Which one, before any is removed.
        chosen: (labels,) which labels mean the answer.
        chain: Whether the outputs are scores of a label after each label.
        legal: Which label may follow which; None if any may.
    """

    step: int
    chosen: Array
    chain: bool = False
    legal: Legal | None = None

    def __call__(self, outputs: Array, removed: Array) -> Array:
        at = self.step - (removed < self.step)
        if self._is_chain:
            potentials = self._potentials(outputs)
            lengths = np.full(len(outputs), outputs.shape[1])
            outputs = log_marginals(potentials, lengths, self.legal)
        rows = outputs[np.arange(len(outputs)), at]
        return _log_odds(rows, self.chosen)[:, None]

    def gradient(self, outputs: Array, answer: int) -> Array:
        if self._is_chain:
            at = np.full(len(outputs), self.step)
            potentials = self._potentials(outputs)
            pairs = log_odds_gradient(potentials, at, self.chosen, self.legal)
            return (pairs if self.chain else pairs.sum(axis=2)).astype(outputs.dtype)
        gradient = np.zeros_like(outputs)
        gradient[:, self.step] = _log_odds_gradient(outputs[:, self.step], self.chosen)
        return gradient

    @property
    def _is_chain(self) -> bool:
        """Whether a step's label depends on those of its neighbours."""
        return self.chain or self.legal is not None

    def _potentials(self, outputs: Array) -> Array:
        if self.chain:
            return outputs
        # each label as probable whatever stands before it
        shape = (*outputs.shape, outputs.shape[-1])
        return np.broadcast_to(outputs[:, :, None], shape)


def _log_odds(logits: Array, chosen: Array) -> Array:
    """log p / (1 - p) that one of the chosen outputs is the case, (rows,)."""
    logits = logits.astype(np.float64)
    return np.asarray(
        np.logaddexp.reduce(logits[:, chosen], axis=-1)
        - np.logaddexp.reduce(logits[:, ~chosen], axis=-1)
    )


def _log_odds_gradient(logits: Array, chosen: Array) -> Array:
    """Its gradient by the logits, (rows, outputs)."""
    gradient = np.empty_like(logits)
    gradient[:, chosen] = softmax(logits[:, chosen])
    gradient[:, ~chosen] = -softmax(logits[:, ~chosen])
    return gradient
