"""The score of what a model answers, as a number of its outputs: log-odds, or a number in its own
unit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from rnnkit.engine.crf import Legal, log_marginals

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
        """The number to which the model adds its answer, whatever it reads; None where there is
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


@dataclass(frozen=True)
class LogOdds(Score):
    """Those of a choice by softmax.

    Args:
        chosen: (answers, outputs) which outputs mean each answer.
    """

    chosen: Array

    def __call__(self, outputs: Array, removed: Array) -> Array:
        return np.stack([_log_odds(outputs, chosen) for chosen in self.chosen], axis=-1)


@dataclass(frozen=True)
class Logit(Score):
    """Those of one output by itself, a sigmoid.

    Args:
        output: Which one.
        sign: -1 for the log-odds that it is not the case.
    """

    output: int
    sign: int = 1

    def __call__(self, outputs: Array, removed: Array) -> Array:
        return self.sign * outputs[:, [self.output]].astype(np.float64)


@dataclass(frozen=True)
class EachStep(Score):
    """Those of a token at each step, (rows, steps, outputs).

    Args:
        tokens: (steps,) the output that means it.
    """

    tokens: Array

    def __call__(self, outputs: Array, removed: Array) -> Array:
        is_token = np.arange(outputs.shape[-1]) == self.tokens[:, None]
        scores = [_log_odds(outputs[:, step], row) for step, row in enumerate(is_token)]
        return np.stack(scores, axis=-1)


@dataclass(frozen=True)
class OneStep(Score):
    """Those of a label at one step of (rows, steps, labels), or of the chain's (rows, steps,
    labels, labels).

    Args:
        step: Which one, before any is removed.
        chosen: (labels,) which labels mean the answer.
        chain: Whether the outputs are scores of a label after each label.
        legal: Which label may follow which; None where any may.
    """

    step: int
    chosen: Array
    chain: bool = False
    legal: Legal | None = None

    def __call__(self, outputs: Array, removed: Array) -> Array:
        at = self.step - (removed < self.step)
        if self.chain or self.legal is not None:
            outputs = self._shares(outputs)
        rows = outputs[np.arange(len(outputs)), at]
        return _log_odds(rows, self.chosen)[:, None]

    def _shares(self, outputs: Array) -> Array:
        if not self.chain:  # each label as probable whatever stands before it
            labels = outputs.shape[-1]
            logits = outputs.astype(np.float64)
            outputs = np.broadcast_to(logits[:, :, None], (*logits.shape, labels))
        lengths = np.full(len(outputs), outputs.shape[1])
        return log_marginals(outputs, lengths, self.legal)


def _log_odds(logits: Array, chosen: Array) -> Array:
    """log p / (1 - p) that one of the chosen outputs is the case, (rows,)."""
    logits = logits.astype(np.float64)
    return np.asarray(
        np.logaddexp.reduce(logits[:, chosen], axis=-1)
        - np.logaddexp.reduce(logits[:, ~chosen], axis=-1)
    )
