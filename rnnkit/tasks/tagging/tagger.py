"""A model that tags: what it says of each step, whether or not that depends on the next one's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnnkit.data.encode.ragged import Sequences
from rnnkit.engine.crf import decode, marginals
from rnnkit.models.activations import softmax
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.tagging.schemes import TagScheme
from rnnkit.tasks.tagging.windows import Labelled


@dataclass(frozen=True)
class Tagger:
    """A model that tags.

    Args:
        outputs: Its outputs.
        scheme: How tags are written.
        crf: Whether the outputs are scores of a label after each label.
        widths: The lengths to which batches are padded.
    """

    outputs: Outputs
    scheme: TagScheme
    crf: bool
    widths: Callable[[Sequences], list[int]]

    def decode(self, inputs: np.ndarray, lengths: np.ndarray) -> list[Labelled]:
        """The best labels of each row, and how probable each is."""
        if self._is_chain:
            return decode(self._potentials(inputs), lengths, self.scheme.legal)
        return [(row.argmax(axis=1), row.max(axis=1)) for row in self._alone(inputs, lengths)]

    def marginals(self, inputs: np.ndarray, lengths: np.ndarray) -> list[Labelled]:
        """Each step's own label, and the probabilities of all."""
        each = (
            marginals(self._potentials(inputs), lengths, self.scheme.legal)
            if self._is_chain
            else self._alone(inputs, lengths)
        )
        return [(shares.argmax(axis=1), shares) for shares in each]

    def answers(self, inputs: np.ndarray) -> np.ndarray:
        """Outputs of (rows, steps, ...), padded as an answer is, without those of the padding."""
        rows, steps = inputs.shape[:2]
        each = Sequences(inputs.reshape(rows * steps, *inputs.shape[2:]), np.full(rows, steps))
        return self.outputs(each.padded(np.arange(rows), max(self.widths(each))))[:, :steps]

    @property
    def _is_chain(self) -> bool:
        """Whether a step's label depends on those of its neighbours."""
        return self.crf or self.scheme.legal is not None

    def _alone(self, inputs: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
        """The probabilities of the labels at each step, (length, labels) for each sequence."""
        probabilities = softmax(self.outputs(inputs).astype(np.float64))
        return [probabilities[row, :length] for row, length in enumerate(lengths)]

    def _potentials(self, inputs: np.ndarray) -> np.ndarray:
        """(batch, timesteps, labels, labels): of a label after each label."""
        answers = self.outputs(inputs)
        if self.crf:
            return answers
        probabilities = softmax(answers.astype(np.float64))
        shape = (*probabilities.shape, probabilities.shape[-1])
        return np.broadcast_to(np.log(probabilities)[:, :, None], shape)
