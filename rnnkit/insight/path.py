"""A model computed from given outputs of its first layer, for integrated gradients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.engine.adjoints import differentiate
from rnnkit.engine.forward import Engine
from rnnkit.engine.recorder import Recorder
from rnnkit.engine.recurrent import States
from rnnkit.engine.terms import Term
from rnnkit.engine.traced import Traced
from rnnkit.insight.question import Question

Array = np.ndarray


class Path:
    """A model's outputs, and their gradients with respect to the outputs of its first layer.

    Args:
        architecture: The resolved list of layers; the first layer of an encoder-decoder is that of
            the encoder.
        weights: The weights by name: "layer/weight".
    """

    def __init__(self, architecture: Architecture, weights: Mapping[str, Array]):
        self._architecture, self._weights = architecture, weights
        self._plain = self._engine = Engine(architecture, weights)

    def __call__(self, inputs: Array) -> Array:
        return self._engine.outputs(inputs)

    def init_state(self, batch: int, condition: Array | None = None) -> States:
        """As in `Engine`."""
        return self._engine.init_state(batch, condition)

    def step(self, inputs: Array, states: States) -> tuple[Array, States]:
        """As in `Engine`."""
        return self._engine.step(inputs, states)

    def features(self, question: Question, inputs: Array) -> tuple[Array, int]:
        """The first layer's outputs for a padded input, (steps, features), and the step at which
        the input begins in it.
        """
        self._engine = recorder = Recorder(self._architecture, self._weights)
        question.answers(inputs[None])
        self._engine = self._plain
        call = recorder.calls[0]
        padded, steps = call.inputs[0], len(inputs)
        begin = 0 if np.array_equal(padded[:steps], inputs) else len(padded) - steps
        return np.asarray(call.layers[0].outputs[0]), begin

    def gradients(self, question: Question, features: Array) -> tuple[Array, Array]:
        """The scores, (rows, answers), for (rows, steps, features) outputs of the first layer, and
        their gradients, (answers, rows, steps, features).
        """
        rows = np.repeat(question.inputs[None], len(features), axis=0)
        engine = Traced(self._architecture, self._weights, features=features)
        self._engine = engine
        outputs = question.answers(rows)
        self._engine = self._plain
        assert isinstance(outputs, Term)
        first_outputs: Any = engine.calls[0].layers[0].outputs
        gradients = [
            differentiate(outputs, question.score.gradient(outputs.value, answer), [first_outputs])[
                0
            ]
            for answer in range(len(question.of))
        ]
        none_removed = np.full(len(rows), len(question.inputs))
        return question.score(outputs.value, none_removed), np.stack(gradients)
