"""A model's outputs by keras, where NumPy does not know a layer."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np

from rnnkit import backend
from rnnkit.architecture import Architecture
from rnnkit.engine.recurrent import conditioned_states
from rnnkit.generation.stepper import States


class KerasOutputs:
    """What `Engine` is, by keras.

    Args:
        architecture: The resolved list of layers.
        weights: "layer/weight" to float32 arrays.
    """

    def __init__(self, architecture: Architecture, weights: dict[str, np.ndarray]):
        is_conditioned = architecture.condition is not None
        # Of a conditioned model keras reads the text, and the source where it has one; its first
        # states are NumPy's.
        self._reader = replace(
            architecture,
            carries_state=architecture.carries_state or is_conditioned,
            condition=None,
            encoder=None,
        )
        self._weights = weights
        first = ("condition/", "encoder/")
        own = {name: array for name, array in weights.items() if not name.startswith(first)}
        self._model = build_with_weights(self._reader, own)
        self._encoder = None
        if architecture.encoder is not None:
            encoder = {
                name.removeprefix("encoder/"): array
                for name, array in weights.items()
                if name.startswith("encoder/")
            }
            self._encoder = build_with_weights(architecture.encoder, encoder, encodes=True)
        self._sizes = {
            name: [shape[0] or 0 for shape in shapes]
            for name, shapes in architecture.states().items()
        }

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        if self._reader.carries_state:
            return self.step(inputs, self.init_state(len(inputs)))[0]
        return np.asarray(self._model.predict_on_batch(inputs))

    def init_state(self, batch: int, condition: np.ndarray | None = None) -> States:
        """The states of all recurrent layers before the first token: zeros, or computed from a
        (batch, features) condition.

        Where there is an encoder, the condition is a (batch, source timesteps) source, and
        attention's memory belongs to the state.
        """
        states: States = {
            name: tuple(np.zeros((batch, size), np.float32) for size in sizes)
            for name, sizes in self._sizes.items()
        }
        memory: States = {}
        if self._encoder is not None and condition is not None:
            condition, *remembered = map(np.asarray, self._encoder.predict_on_batch(condition))
            if self._reader.attention:
                memory = {self._reader.attention.name: tuple(remembered)}
        if condition is not None:
            states = conditioned_states(states, condition, self._weights)
        return states | memory

    def step(self, inputs: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        """Logits at every step, and the states after the last one."""
        logits, *after = self._model.predict_on_batch([inputs, *itertools.chain(*states.values())])
        arrays = iter(np.asarray(array) for array in after)
        return np.asarray(logits), {
            name: tuple(next(arrays) for _ in before) for name, before in states.items()
        }


def build_with_weights(
    architecture: Architecture, weights: dict[str, np.ndarray], *, encodes: bool = False
) -> Any:
    """The keras.Model of an architecture with these weights; the form with carried state where it
    has one, or the encoder's form.
    """
    backend.select()
    from rnnkit.models.build import build_encoder, build_model, build_stream, set_weights

    stream = architecture.carries_state
    build = build_encoder if encodes else build_stream if stream else build_model
    with backend.BUILDING:
        model = build(architecture)
    set_weights(model, architecture, weights)
    return model
