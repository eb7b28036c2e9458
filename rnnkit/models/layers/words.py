"""A vector for each word, concatenated with what is read from its characters or subwords."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from rnnkit.architecture import PADDING, Architecture, Layer, Shape
from rnnkit.backend.precision import full
from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.word_encoders import Characters, Subwords, WordEncoder


class Words(Embedding):
    """A learned vector for each word of the vocabulary, concatenated with what its characters say
    (Ma and Hovy 2016; Lample et al. 2016).
    """

    place: ClassVar[str] = "model.embedding.words"

    characters: Characters | None = Field(
        None,
        description=("how a word's characters are read; as by default unless subwords are set"),
    )
    subwords: Subwords | None = Field(
        None, description="instead of characters: the word's character n-grams, as in fastText"
    )
    word_dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description=(
            "fraction of the words that training reads as <unk>, by their characters or subwords "
            "alone"
        ),
    )

    @classmethod
    def _long_form(cls, value: Any) -> Any:
        value = super()._long_form(value)
        if (
            isinstance(value, Mapping)
            and value.get("characters") is None
            and value.get("subwords") is None
        ):
            return {
                **value,
                (
                    "subwords"
                    if "subwords" in value and "characters" not in value
                    else "characters"
                ): {},
            }
        return value

    @model_validator(mode="after")
    def _is_read_in_one_way(self) -> Self:
        if self.characters and self.subwords:
            hint = "Remove one, or write `characters: null`"
            raise mistakes_at(
                [
                    (
                        ("subwords",),
                        mistake("both subwords and characters", "Expected one of the two", hint),
                    )
                ]
            )
        return self

    @property
    def encoder(self) -> WordEncoder:
        """How a word is read."""
        encoder = self.characters or self.subwords
        assert encoder
        return encoder

    @property
    def _prefix(self) -> str:
        """The key of the encoder, with which the names of its weights begin."""
        return "characters" if self.characters else "subwords"

    def data_shape(self, inputs: Shape) -> Shape:
        return (inputs[0], 1 + self.encoder.length)

    def token_ids(self, data: Any) -> Any:
        return data[:, :, 0]

    def inner(self) -> Architecture | None:
        return self.encoder.inner()

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return (inputs[0], self.dim + self.encoder.features)

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape] | None:  # type: ignore[override]
        if (encoded := self.encoder.weight_shapes()) is None:
            return None
        return {
            "embeddings": (inputs[1], self.dim),
            **{f"{self._prefix}/{name}": shape for name, shape in encoded.items()},
        }

    def build(self, layer: Layer) -> Any:
        import keras
        from keras import ops

        # (batch, timesteps, 1 + length)
        data = keras.Input(self.data_shape(layer.inputs), dtype=self.dtype)
        words = self.token_ids(data)
        if self.word_dropout:
            kept = keras.layers.Dropout(self.word_dropout, name="word_dropout")(
                ops.ones_like(words, dtype="float32")
            )
            # padding stays, anything else becomes <unk>
            words = ops.where(ops.logical_or(kept > 0, ops.equal(words, PADDING)), words, 1)
        table = keras.layers.Embedding(
            layer.inputs[1],
            self.dim,
            embeddings_initializer=self.initializer.build(),
            trainable=self.trainable,
            name="table",
            **full(),
        )
        encoded = self.encoder.build(data[:, :, 1:])
        return keras.Model(data, ops.concatenate([table(words), encoded], axis=-1), name=layer.name)

    def variables(self, built: Any) -> list[Any]:
        return [
            *built.get_layer("table").weights,
            *self.encoder.variables(built.get_layer(self._prefix)),
        ]

    def for_training(self, kernel: str) -> Words:
        return self.model_copy(update={self._prefix: self.encoder.for_training(kernel)})

    def for_export(self) -> Words:
        return self.model_copy(
            update={"word_dropout": 0.0, self._prefix: self.encoder.for_export()}
        )
