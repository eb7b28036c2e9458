"""A model's outputs computed by Keras, for layers that the NumPy engine does not implement."""

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
    """Computes a model's outputs with Keras; the interface is that of `Engine`.

    Args:
        architecture: The resolved list of layers.
        weights: "layer/weight" to float32 arrays.
    """

    def __init__(self, architecture: Architecture, weights: dict[str, np.ndarray]):
        is_conditioned = architecture.condition is not None
        # A conditioned model is split: Keras computes the decoder and the encoder, and NumPy the
        # initial states from the condition.
        self._architecture = replace(
            architecture,
            carries_state=architecture.carries_state or is_conditioned,
            condition=None,
            encoder=None,
        )
        self._weights = weights
        prefixes = ("condition/", "encoder/")
        own = {name: array for name, array in weights.items() if not name.startswith(prefixes)}
        self._model = build_with_weights(self._architecture, own)
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
        if self._architecture.carries_state:
            return self.step(inputs, self.init_state(len(inputs)))[0]
        return np.asarray(self._model.predict_on_batch(inputs))

    def init_state(self, batch: int, condition: np.ndarray | None = None) -> States:
        """The initial states of all recurrent layers: zeros, or computed from the condition.

        Args:
            batch: The number of rows.
            condition: (batch, features) numbers; with an encoder, a (batch, source timesteps)
                source, and the states then include the memory of attention.
        """
        states: States = {
            name: tuple(np.zeros((batch, size), np.float32) for size in sizes)
            for name, sizes in self._sizes.items()
        }
        memory: States = {}
        if self._encoder is not None and condition is not None:
            condition, *encoded = map(np.asarray, self._encoder.predict_on_batch(condition))
            if self._architecture.attention:
                memory = {self._architecture.attention.name: tuple(encoded)}
        if condition is not None:
            states = conditioned_states(states, condition, self._weights)
        return states | memory

    def step(self, inputs: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        """The (batch, timesteps, ...) outputs, and the states after the last step."""
        logits, *after = self._model.predict_on_batch([inputs, *itertools.chain(*states.values())])
        arrays = iter(np.asarray(array) for array in after)
        return np.asarray(logits), {
            name: tuple(next(arrays) for _ in before) for name, before in states.items()
        }


def build_with_weights(
    architecture: Architecture, weights: dict[str, np.ndarray], *, encodes: bool = False
) -> Any:
    """Builds the keras.Model of an architecture and sets its weights.

    Args:
        architecture: The model; if it carries state, the Keras model takes and returns states.
        weights: "layer/weight" to float32 arrays.
        encodes: Build an encoder, which returns what the decoder reads.
    """
    backend.select()
    from rnnkit.models.build import build_encoder, build_model, build_stream, set_weights

    stream = architecture.carries_state
    build = build_encoder if encodes else build_stream if stream else build_model
    with backend.BUILDING:
        model = build(architecture)
    set_weights(model, architecture, weights)
    return model
