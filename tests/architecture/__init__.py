"""Stacks of layers for the tests of their names, shapes and weights."""

from __future__ import annotations

from typing import Any

from rnnkit.architecture import Architecture, InputSpec, Interface, Layer, LayerSpec, Shape, resolve
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.tied import Tied


def architecture(
    *body: LayerSpec,
    first: InputSpec | None = None,
    units: int = 1,
    timesteps: int | None = 5,
    features: int | None = 10,
    sequence_output: bool = False,
    padded: bool = False,
) -> Architecture:
    return resolve(
        "test",
        first or Embedding(dim=32),
        list(body),
        {"logits": Dense(units=units)},
        Interface(
            timesteps=timesteps, features=features, sequence_output=sequence_output, padded=padded
        ),
    )


def tied(*body: LayerSpec, dim: int, vocabulary: int = 10, **options: Any) -> Architecture:
    head = {"logits": Tied(dim=dim, vocabulary=vocabulary)}
    options = {"timesteps": None, "features": vocabulary, "sequence_output": True} | options
    return resolve("test", Embedding(dim=dim), list(body), head, Interface(**options))


class Unknown(LayerSpec):
    """A user's layer that says nothing of its weights."""

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return inputs

    def build(self, layer: Layer) -> Any:
        raise AssertionError("only shapes are asked for")
