"""The labels of each step by the model's outputs, chosen one by one or as a chain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnnkit.data.encode.ragged import Sequences
from rnnkit.engine.crf import decode, marginals
from rnnkit.models.activations import softmax
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.tagging.schemes import TagScheme
from rnnkit.tasks.tagging.windows import StepLabels


@dataclass(frozen=True)
class Tagger:
    """Decodes the outputs of a model into labels.

    Args:
        outputs: The model's outputs.
        scheme: The scheme of the tags.
        crf: Whether the outputs are the scores of each pair of neighbouring labels.
        widths: The function that gives the lengths to which batches are padded.
    """

    outputs: Outputs
    scheme: TagScheme
    crf: bool
    widths: Callable[[Sequences], list[int]]

    def decode(self, inputs: np.ndarray, lengths: np.ndarray) -> list[StepLabels]:
        """The best labels of each row, with their probabilities."""
        if self._is_chain:
            return decode(self._potentials(inputs), lengths, self.scheme.legal)
        return [(row.argmax(axis=1), row.max(axis=1)) for row in self._independent(inputs, lengths)]

    def marginals(self, inputs: np.ndarray, lengths: np.ndarray) -> list[StepLabels]:
        """The most probable label of each step, with the probabilities of all labels."""
        probabilities = (
            marginals(self._potentials(inputs), lengths, self.scheme.legal)
            if self._is_chain
            else self._independent(inputs, lengths)
        )
        return [(row.argmax(axis=1), row) for row in probabilities]

    def answers(self, inputs: np.ndarray) -> np.ndarray:
        """The outputs for (rows, steps, ...), padded as for an answer, without those of padding."""
        rows, steps = inputs.shape[:2]
        sequences = Sequences(inputs.reshape(rows * steps, *inputs.shape[2:]), np.full(rows, steps))
        padded = sequences.padded(np.arange(rows), max(self.widths(sequences)))
        return self.outputs(padded)[:, :steps]

    @property
    def _is_chain(self) -> bool:
        """Whether a step's label depends on those of its neighbours."""
        return self.crf or self.scheme.legal is not None

    def _independent(self, inputs: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
        """The probabilities of the labels at each step, (length, labels) for each sequence."""
        probabilities = softmax(self.outputs(inputs).astype(np.float64))
        return [probabilities[row, :length] for row, length in enumerate(lengths)]

    def _potentials(self, inputs: np.ndarray) -> np.ndarray:
        """The scores of each pair of neighbouring labels, (batch, timesteps, labels, labels)."""
        answers = self.outputs(inputs)
        if self.crf:
            return answers
        probabilities = softmax(answers.astype(np.float64))
        shape = (*probabilities.shape, probabilities.shape[-1])
        return np.broadcast_to(np.log(probabilities)[:, :, None], shape)
