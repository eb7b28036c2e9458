"""What a model costs at least: multiplications and additions of its matrix products, and bytes of
weights that are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from rnnkit.architecture import Architecture, InputSpec, Layer
from rnnkit.models.layers.attention import Attention

ENCODER = "encoder/"
NUMBER = 4  # bytes of a float32


def operations(architecture: Architecture, rows: int, steps: int, source_steps: int = 0) -> float:
    """Multiplications and additions of a pass forward.

    Args:
        architecture: The model.
        rows: Sequences.
        steps: Of each.
        source_steps: Of the sources that an encoder reads.
    """
    total = 0
    for layer in architecture.all_layers:
        every_step = layer.spec.consumes_sequence or len(layer.outputs) > 1
        times = source_steps if layer.name.startswith(ENCODER) else steps if every_step else 1
        for name, size in _products(architecture, layer).items():
            total += 2 * size * (source_steps if _is_of_source(layer, name) else times)
        if isinstance(layer.spec, Attention):  # scores, and the mean that they weigh
            compared = layer.spec.weight_shapes(layer.inputs)["keys/kernel"][1] or 0
            total += 2 * steps * source_steps * (compared + layer.spec.memory)
    return float(rows * total)


def moved(architecture: Architecture, tokens: int) -> float:
    """Bytes of weights that are read to generate so many tokens: a decoder's for each, an encoder's
    once.
    """
    total = 0
    for layer in architecture.all_layers:
        once = layer.name.startswith(ENCODER) or layer is architecture.condition
        for name, size in _products(architecture, layer).items():
            total += size * (1 if once or _is_of_source(layer, name) else tokens)
    return float(NUMBER * total)


def _is_of_source(layer: Layer, weight: str) -> bool:
    """Whether attention multiplies an encoder's outputs with it."""
    return isinstance(layer.spec, Attention) and weight.startswith("keys/")


def _products(architecture: Architecture, layer: Layer) -> Mapping[str, int]:
    """The sizes of the matrices that the layer multiplies with, by their names: an embedding's rows
    are looked up, and its table is multiplied with where the head shares it.
    """
    if isinstance(layer.spec, InputSpec):
        return {}
    owner = next((one for one in architecture.layers if one.name == layer.ties), layer)
    shapes = owner.weights or {}
    return {
        name: prod(size or 0 for size in shape)
        for name, shape in shapes.items()
        if len(shape) > 1 and not name.endswith("bias")  # a GRU has two of them in one array
    }
