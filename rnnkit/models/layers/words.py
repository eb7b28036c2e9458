"""A vector for each word beside what a small model reads in its characters."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from rnnkit.architecture import PADDING, Architecture, Layer, LayerSpec, Shape, ShapeMistake, resolve
from rnnkit.config.spec import Component, Spec, mistake, mistakes_at
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.pool import Pool
from rnnkit.models.lengths import unflatten

SYMBOLS = 257
"""Padding, then every byte: id 1 + byte. So no character is unknown."""


class Characters(Spec):
    """How a word is read: its bytes in UTF-8, each a learned vector, then any stack of layers that leaves one vector."""

    length: int = Field(20, ge=1, le=1000, description="bytes that are read of a word; of longer ones the first and the last half")
    dim: int = Field(25, ge=1, le=65_536, description="the length of a character's vector")
    layers: list[Annotated[LayerSpec, Component("layer")]] = Field([Conv(filters=50), Pool(mode="max")], description="such as conv and pool, or lstm")

    @model_validator(mode="after")
    def _leaves_one_vector(self) -> Self:
        try:
            _ = self.architecture
        except ShapeMistake as error:
            place = ("layers",) if error.index is None else ("layers", error.index)
            raise mistakes_at([(place, mistake(error.got, error.expected, error.hint))]) from None
        return self

    @cached_property
    def architecture(self) -> Architecture:
        """The model of one word."""
        first = Embedding(dim=self.dim)
        return resolve("characters", first, self.layers, {}, timesteps=self.length, features=SYMBOLS, sequence_output=False, padded=True)


class Words(Embedding):
    """A learned vector for each word of the vocabulary, beside what is read in its characters (Ma and Hovy 2016; Lample et al. 2016)."""

    characters: Characters = Characters()
    word_dropout: float = Field(0.0, ge=0, lt=1, description="the share of words that training reads as <unk>, with their characters")

    def data_shape(self, inputs: Shape) -> Shape:
        return (inputs[0], 1 + self.characters.length)

    def token_ids(self, data: Any) -> Any:
        return data[:, :, 0]

    def inner(self) -> Architecture:
        return self.characters.architecture

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return (inputs[0], self.dim + (self.inner().output_shape[-1] or 0))

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape] | None:  # type: ignore[override]
        if self.inner().unlisted_layers():
            return None
        return {"embeddings": (inputs[1], self.dim), **{f"characters/{name}": shape for name, shape in self.inner().weight_shapes().items()}}

    def build(self, layer: Layer) -> Any:
        import keras
        from keras import ops

        from rnnkit.models.build import build_model

        data = keras.Input(self.data_shape(layer.inputs), dtype=self.dtype)  # (batch, timesteps, 1 + length)
        words = self.token_ids(data)
        if self.word_dropout:
            kept = keras.layers.Dropout(self.word_dropout, name="word_dropout")(ops.ones_like(words, dtype="float32"))
            words = ops.where(ops.logical_or(kept > 0, ops.equal(words, PADDING)), words, 1)  # padding stays, anything else becomes <unk>
        table = keras.layers.Embedding(
            layer.inputs[1], self.dim, embeddings_initializer=self.initializer.build(), trainable=self.trainable, name="table"
        )
        spelling = build_model(self.inner())(ops.reshape(data[:, :, 1:], (-1, self.characters.length)))  # (batch * timesteps, features)
        return keras.Model(data, ops.concatenate([table(words), unflatten(spelling, data)], axis=-1), name=layer.name)

    def variables(self, made: Any) -> list[Any]:
        from rnnkit.models.build import variables

        inside = made.get_layer("characters")
        return [*made.get_layer("table").weights, *variables(inside, self.inner()).values()]

    def for_export(self) -> Words:
        layers = [layer.for_export() for layer in self.characters.layers]
        return self.model_copy(
            update={"word_dropout": 0.0, "characters": Characters(length=self.characters.length, dim=self.characters.dim, layers=layers)}
        )
