"""The scores of answers as functions of a model's outputs: log-odds, or a number in its unit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from rnnkit.engine.crf import Legal, log_marginals, log_odds_gradient
from rnnkit.models.activations import softmax

Array = np.ndarray

LOG_ODDS = "log-odds"


class Score(ABC):
    """A score that is explained."""

    @property
    def unit(self) -> str:
        """The unit of the score: natural log-odds, or that of a forecast."""
        return LOG_ODDS

    @property
    def start(self) -> float | None:
        """The number to which the model adds its answer for any input; None if there is none."""
        return None

    @abstractmethod
    def __call__(self, outputs: Array, removed: Array) -> Array:
        """The scores, (rows, answers) float64.

        Args:
            outputs: The model's outputs, (rows, ...).
            removed: The step that is removed from each row, (rows,); the number of steps for none.
        """

    @abstractmethod
    def gradient(self, outputs: Array, answer: int) -> Array:
        """The gradient of the score of an answer with respect to the outputs for whole inputs.

        Args:
            outputs: The model's outputs, (rows, ...).
            answer: The index of the answer.
        """


@dataclass(frozen=True)
class LogOdds(Score):
    """The log-odds of an answer under softmax.

    Args:
        chosen: The outputs that mean each answer, (answers, outputs) booleans.
    """

    chosen: Array

    def __call__(self, outputs: Array, removed: Array) -> Array:
        return np.stack([_log_odds(outputs, chosen) for chosen in self.chosen], axis=-1)

    def gradient(self, outputs: Array, answer: int) -> Array:
        return _log_odds_gradient(outputs, self.chosen[answer])


@dataclass(frozen=True)
class Logit(Score):
    """The log-odds of a single sigmoid output.

    Args:
        output: The index of the output.
        sign: 1, or -1 for the log-odds of the contrary.
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
    """The log-odds of a token at each step of (rows, steps, vocabulary) outputs.

    Args:
        tokens: The token ids, (steps,).
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
    """The log-odds of a label at one step of (rows, steps, labels) outputs, or of those of a chain,
    (rows, steps, labels, labels).

    Args:
        step: The step, before any is removed.
        chosen: The labels that mean the answer, (labels,) booleans.
        chain: Whether the outputs are the scores of each pair of neighbouring labels.
        legal: The pairs of labels that may follow each other; None if all may.
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
        # each label is independent of the one before it
        shape = (*outputs.shape, outputs.shape[-1])
        return np.broadcast_to(outputs[:, :, None], shape)


def _log_odds(logits: Array, chosen: Array) -> Array:
    """The log-odds of the chosen outputs together, (rows,)."""
    logits = logits.astype(np.float64)
    return np.asarray(
        np.logaddexp.reduce(logits[:, chosen], axis=-1)
        - np.logaddexp.reduce(logits[:, ~chosen], axis=-1)
    )


def _log_odds_gradient(logits: Array, chosen: Array) -> Array:
    """The gradient of `_log_odds` with respect to the logits, (rows, outputs)."""
    gradient = np.empty_like(logits)
    gradient[:, chosen] = softmax(logits[:, chosen])
    gradient[:, ~chosen] = -softmax(logits[:, ~chosen])
    return gradient
