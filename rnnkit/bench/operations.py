"""Counts the operations of a model's matrix products, and the bytes of weights that it reads."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from rnnkit.architecture import Architecture, InputSpec, Layer
from rnnkit.models.layers.attention import Attention

ENCODER = "encoder/"
FLOAT_BYTES = 4


def operations(architecture: Architecture, rows: int, steps: int, source_steps: int = 0) -> float:
    """Multiplications and additions of a forward pass.

    Args:
        architecture: The model.
        rows: The number of sequences.
        steps: The timesteps of each sequence.
        source_steps: The timesteps of each source that an encoder reads.
    """
    total = 0
    for layer in architecture.all_layers:
        every_step = layer.spec.consumes_sequence or len(layer.outputs) > 1
        times = source_steps if layer.name.startswith(ENCODER) else steps if every_step else 1
        for name, size in _products(architecture, layer).items():
            total += 2 * size * (source_steps if _is_of_source(layer, name) else times)
        if isinstance(layer.spec, Attention):  # scores, and the weighted mean
            key_size = layer.spec.weight_shapes(layer.inputs)["keys/kernel"][1] or 0
            total += 2 * steps * source_steps * (key_size + layer.spec.memory)
    return float(rows * total)


def moved(architecture: Architecture, tokens: int) -> float:
    """Bytes of weights that generating these tokens reads: a decoder's for each token, an encoder's
    once.
    """
    total = 0
    for layer in architecture.all_layers:
        once = layer.name.startswith(ENCODER) or layer is architecture.condition
        for name, size in _products(architecture, layer).items():
            total += size * (1 if once or _is_of_source(layer, name) else tokens)
    return float(FLOAT_BYTES * total)


def _is_of_source(layer: Layer, weight: str) -> bool:
    """Whether a weight of attention is multiplied with the encoder's outputs."""
    return isinstance(layer.spec, Attention) and weight.startswith("keys/")


def _products(architecture: Architecture, layer: Layer) -> Mapping[str, int]:
    """The sizes of the matrices that a layer multiplies with, by name.

    An embedding has none, since its rows are looked up; a head tied to it has the embedding's.
    """
    if isinstance(layer.spec, InputSpec):
        return {}
    owner = next((owner for owner in architecture.layers if owner.name == layer.ties), layer)
    shapes = owner.weights or {}
    return {
        name: prod(size or 0 for size in shape)
        for name, shape in shapes.items()
        if len(shape) > 1 and not name.endswith("bias")  # a GRU's two biases are one matrix
    }
