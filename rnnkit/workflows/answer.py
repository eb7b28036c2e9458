"""A saved run, ready to answer: by NumPy where it can, else by keras."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnnkit import backend
from rnnkit.architecture import Architecture
from rnnkit.engine.forward import Engine, conditioned
from rnnkit.run import RunFolder
from rnnkit.tasks.task import Outputs


@dataclass(frozen=True)
class Trained:
    """A run with everything that answering needs.

    Args:
        run: Its folder.
        config: Its checked config, an instance of its task's class.
        codec: What turns raw input into arrays and answers into words.
        architecture: Its resolved list of layers.
        outputs: The model: (batch, ...) inputs to logits.
        answers: "numpy" or "keras".
    """

    run: RunFolder
    config: Any
    codec: Any
    architecture: Architecture
    outputs: Outputs
    answers: str


def load_trained(run: RunFolder, warn: Callable[[str], None]) -> Trained:
    """Opens a run without importing a framework, unless it has a layer that NumPy does not know.

    Raises:
        RnnkitError: If the run is not trained or damaged.
    """
    config, codec, architecture, weights = open_run(run)
    unsupported = Engine.unsupported(architecture)
    if not unsupported:
        return Trained(run, config, codec, architecture, Engine(architecture, weights), "numpy")
    warn(
        f"{run}: NumPy does not know the layer {', '.join(unsupported)}: keras answers, which takes"
        " a few seconds to start"
    )
    return Trained(run, config, codec, architecture, KerasAnswers(architecture, weights), "keras")


class KerasAnswers:
    """What Engine is, by keras.

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
        own = {
            name: array
            for name, array in weights.items()
            if not name.startswith(("condition/", "encoder/"))
        }
        self._model = build_with_weights(self._reader, own)
        self._encoder = None
        if architecture.encoder is not None:
            encoders = {
                name.removeprefix("encoder/"): array
                for name, array in weights.items()
                if name.startswith("encoder/")
            }
            self._encoder = build_with_weights(architecture.encoder, encoders, encodes=True)
        self._sizes = {
            name: [shape[0] or 0 for shape in shapes]
            for name, shapes in architecture.states().items()
        }

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        if self._reader.carries_state:
            return self.go_on(inputs, self.start(len(inputs)))[0]
        return np.asarray(self._model.predict_on_batch(inputs))

    def start(
        self, batch: int, condition: np.ndarray | None = None
    ) -> dict[str, tuple[np.ndarray, ...]]:
        """The states of all recurrent layers before the first token: zeros, or made of a (batch,
        features) condition.

        Where there is an encoder, the condition is a (batch, source timesteps) source, and
        attention's memory belongs to the state.
        """
        states = {
            name: tuple(np.zeros((batch, size), np.float32) for size in sizes)
            for name, sizes in self._sizes.items()
        }
        memory: dict[str, tuple[np.ndarray, ...]] = {}
        if self._encoder is not None and condition is not None:
            condition, *remembered = map(np.asarray, self._encoder.predict_on_batch(condition))
            memory = (
                {self._reader.attention.name: tuple(remembered)} if self._reader.attention else {}
            )
        return (
            states if condition is None else conditioned(states, condition, self._weights)
        ) | memory

    def go_on(
        self, inputs: np.ndarray, states: dict[str, tuple[np.ndarray, ...]]
    ) -> tuple[np.ndarray, dict[str, tuple[np.ndarray, ...]]]:
        """Logits at every step, and the states after the last one."""
        logits, *after = self._model.predict_on_batch([inputs, *itertools.chain(*states.values())])
        arrays = iter(np.asarray(array) for array in after)
        return np.asarray(logits), {
            name: tuple(next(arrays) for _ in before) for name, before in states.items()
        }


def open_run(run: RunFolder) -> tuple[Any, Any, Architecture, dict[str, np.ndarray]]:
    """A run's config, codec, layers and best weights, all checked.

    Raises:
        RnnkitError: If the run is not trained or damaged.
    """
    run.load_manifest()
    config = run.load_config()
    codec = config.load_codec(run)
    architecture = config.architecture(codec)
    return (
        config,
        codec,
        architecture,
        run.load_weights(architecture.weight_shapes(), architecture.unlisted_layers()),
    )


def build_with_weights(
    architecture: Architecture, weights: dict[str, np.ndarray], *, encodes: bool = False
) -> Any:
    """A keras.Model with the given weights; `encodes` tells that it is an encoder."""
    backend.select()
    from rnnkit.models.build import build_encoder, build_model, build_stream, set_weights

    model = (
        build_encoder if encodes else build_stream if architecture.carries_state else build_model
    )(architecture)
    set_weights(model, architecture, weights)
    return model
