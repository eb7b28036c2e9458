"""A saved run, ready to answer: by NumPy where it can, else by keras."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit import backend
from rnnkit.architecture import Architecture
from rnnkit.engine.forward import Engine
from rnnkit.run import RunFolder


@dataclass(frozen=True)
class Trained:
    """A run with everything that answering needs.

    Args:
        run: Its folder.
        config: Its checked config, an instance of its task's class.
        codec: What turns raw input into arrays and answers into words.
        architecture: Its resolved list of layers.
        outputs: (batch, ...) inputs to logits.
        answers: "numpy" or "keras".
    """

    run: RunFolder
    config: Any
    codec: Any
    architecture: Architecture
    outputs: Callable[[np.ndarray], np.ndarray]
    answers: str


def load_trained(run: RunFolder, warn: Callable[[str], None]) -> Trained:
    """Opens a run without importing a framework, unless it has a layer that NumPy does not know.

    Raises:
        RnnkitError: If the run is not trained or damaged.
    """
    config, codec, architecture, weights = open_run(run)
    unsupported = Engine.unsupported(architecture)
    if not unsupported:
        return Trained(run, config, codec, architecture, Engine(architecture, weights).outputs, "numpy")
    warn(f"{run}: NumPy does not know the layer {', '.join(unsupported)}: keras answers, which takes a few seconds to start")
    model = build_with_weights(architecture, weights)
    return Trained(run, config, codec, architecture, lambda inputs: np.asarray(model.predict_on_batch(inputs)), "keras")


def open_run(run: RunFolder) -> tuple[Any, Any, Architecture, dict[str, np.ndarray]]:
    """A run's config, codec, layers and best weights, all checked.

    Raises:
        RnnkitError: If the run is not trained or damaged.
    """
    run.load_manifest()
    config = run.load_config()
    codec = config.load_codec(run)
    architecture = config.architecture(codec)
    return config, codec, architecture, run.load_weights(architecture.weight_shapes(), architecture.unlisted_layers())


def build_with_weights(architecture: Architecture, weights: dict[str, np.ndarray]) -> Any:
    """A keras.Model with the given weights."""
    backend.select()
    from rnnkit.models.build import build_model, set_weights

    model = build_model(architecture)
    set_weights(model, architecture, weights)
    return model
