"""The resolved list of layers computed by NumPy alone: the answers of a saved run, without a framework's start."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from rnnkit.architecture import Architecture, Layer
from rnnkit.engine.activations import ACTIVATIONS, softmax
from rnnkit.engine.cells import CELLS, run

Array = np.ndarray
Weights = Mapping[str, Array]


class Engine:
    """Answers for an architecture and its weights.

    Args:
        architecture: The resolved list of layers.
        weights: "layer/weight" to float32 arrays.
    """

    def __init__(self, architecture: Architecture, weights: Weights):
        self._steps = [
            (
                FORWARD[layer.kind],
                layer,
                {name.removeprefix(f"{layer.name}/"): array for name, array in weights.items() if name.startswith(f"{layer.name}/")},
            )
            for layer in architecture.layers
        ]

    @staticmethod
    def unsupported(architecture: Architecture) -> list[str]:
        """The kinds of layers that NumPy cannot answer."""
        return sorted({layer.kind for layer in architecture.layers if layer.kind not in FORWARD})

    def outputs(self, inputs: Array) -> Array:
        """Logits for (batch, timesteps) token ids or (batch, timesteps, features) numbers: (batch, ..., outputs)."""
        for forward, layer, weights in self._steps:
            inputs = forward(inputs, weights, layer)
        return inputs


def embedding(x: Array, weights: Weights, layer: Layer) -> Array:
    return weights["embeddings"][x]


def one_hot(x: Array, weights: Weights, layer: Layer) -> Array:
    rows = np.zeros((*x.shape, layer.inputs[1] or 0), np.float32)
    np.put_along_axis(rows, x[..., None], 1.0, axis=-1)
    return rows


def unchanged(x: Array, weights: Weights, layer: Layer) -> Array:
    return x


def recurrent(x: Array, weights: Weights, layer: Layer) -> Array:
    spec = layer.spec
    if not spec.bidirectional:  # type: ignore[attr-defined]
        outputs = run(layer.kind, x, weights, spec)
        return outputs if layer.sequence else outputs[:, -1]
    halves = {
        way: {name.removeprefix(f"{way}/"): array for name, array in weights.items() if name.startswith(way)} for way in ("forward", "backward")
    }
    forward = run(layer.kind, x, halves["forward"], spec)
    backward = run(layer.kind, x[:, ::-1], halves["backward"], spec)
    if layer.sequence:
        return np.concatenate([forward, backward[:, ::-1]], axis=-1)
    return np.concatenate([forward[:, -1], backward[:, -1]], axis=-1)


def dense(x: Array, weights: Weights, layer: Layer) -> Array:
    return ACTIVATIONS[layer.spec.activation](x @ weights["kernel"] + weights["bias"])  # type: ignore[attr-defined]


def pool(x: Array, weights: Weights, layer: Layer) -> Array:
    mode = layer.spec.mode  # type: ignore[attr-defined]
    if mode == "attention":
        scores = np.tanh(x @ weights["kernel"] + weights["bias"]) @ weights["score"]  # (batch, timesteps, 1)
        return (softmax(scores.swapaxes(1, 2)) @ x)[:, 0]
    if mode == "last":
        return x[:, -1]
    return x.mean(axis=1) if mode == "mean" else x.max(axis=1)


FORWARD: dict[str, Callable[[Array, Weights, Layer], Array]] = {
    "dense": dense,
    "dropout": unchanged,
    "embedding": embedding,
    "none": unchanged,
    "one_hot": one_hot,
    "pool": pool,
    **dict.fromkeys(CELLS, recurrent),
}
