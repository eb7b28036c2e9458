"""How a word is read in addition to its own vector: by its characters, or by its subwords."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, PrivateAttr, model_validator

from rnnkit.architecture import (
    PADDING,
    Architecture,
    Interface,
    LayerSpec,
    Shape,
    ShapeMistake,
    resolve,
)
from rnnkit.backend.precision import full
from rnnkit.backend.rows import distinct
from rnnkit.config.component import Component
from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.config.spec import Spec
from rnnkit.config.unused import Unused
from rnnkit.models.initializers import Initializer, RandomUniform
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.pool import Pool
from rnnkit.models.lengths import unflatten

SYMBOLS = 257
"""Padding, then every byte: id 1 + byte. So no character is unknown."""


class WordEncoder(Spec):
    """The base of the ways to read a word: `length` ids of it become `features` numbers."""

    length: int

    _reads_once: bool = PrivateAttr(False)

    @property
    @abstractmethod
    def features(self) -> int:
        """The size of the output."""

    @abstractmethod
    def weight_shapes(self) -> dict[str, Shape] | None:
        """As of a layer."""

    @abstractmethod
    def read(self, ids: Any) -> Any:
        """Symbolic (words, length) ids to (words, features), by a keras layer that is called as the
        config calls it.
        """

    def build(self, ids: Any) -> Any:
        """Symbolic (batch, timesteps, length) ids to (batch, timesteps, features)."""
        import keras
        from keras import ops

        words = ops.reshape(ids, (-1, self.length))
        if not self._reads_once:
            return unflatten(self.read(words), ids)
        words, places = keras.layers.Lambda(distinct, name="distinct_words")(words)
        return ops.take(self.read(words), unflatten(places, ids), axis=0)

    @abstractmethod
    def variables(self, built: Any) -> list[Any]:
        """The weights of that layer, in the order of `weight_shapes`."""

    def inner(self) -> Architecture | None:
        """The list of layers that read, where there is one."""
        return None

    @property
    def is_deterministic(self) -> bool:
        """Whether training, too, gives equal words equal vectors."""
        return True

    def for_training(self, kernel: str) -> Self:
        """As of a layer; unless keras' own steps are wanted, a word that a batch holds several
        times is read once where that makes no difference.
        """
        return self._reading(once=kernel != "keras" and self.is_deterministic)

    def _reading(self, *, once: bool) -> Self:
        spec = self.model_copy()
        spec._reads_once = once
        return spec

    def for_export(self) -> Self:
        """The same in keras' own classes."""
        return self._reading(once=False)


class Characters(WordEncoder):
    """A word's bytes in UTF-8, each a learned vector, then any stack of layers that leaves one
    vector.
    """

    repeating: ClassVar[tuple[str, ...]] = ("layers",)

    length: int = Field(
        20,
        ge=1,
        le=1000,
        description="most bytes read of a word; of a longer one the first and the last half of "
        "this many",
    )
    dim: int = Field(25, ge=1, le=65_536, description="the length of a character's vector")
    layers: list[Annotated[LayerSpec, Component("layer")]] = Field(
        [Conv(filters=50), Pool(mode="max")], description="such as conv and pool, or lstm"
    )

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
        return resolve(
            "characters",
            first,
            self.layers,
            {},
            Interface(timesteps=self.length, features=SYMBOLS, sequence_output=False, padded=True),
        )

    def unused(self) -> Iterator[Unused]:
        return self.architecture.unused(len(self.layers))

    @property
    def features(self) -> int:
        return self.architecture.output_shape[-1] or 0

    def weight_shapes(self) -> dict[str, Shape] | None:
        return None if self.architecture.unlisted_layers() else self.architecture.weight_shapes()

    def read(self, ids: Any) -> Any:
        from rnnkit.models.build import build_model

        return build_model(self.architecture)(ids)

    def variables(self, built: Any) -> list[Any]:
        from rnnkit.models.build import variables

        return list(variables(built, self.architecture).values())

    def inner(self) -> Architecture:
        return self.architecture

    @property
    def is_deterministic(self) -> bool:
        return all(layer.is_deterministic for layer in self.layers)

    def for_training(self, kernel: str) -> Characters:
        layers = [layer.for_training(kernel) for layer in self.layers]
        return WordEncoder.for_training(self._with(layers), kernel)

    def for_export(self) -> Characters:
        return self._with([layer.for_export() for layer in self.layers])

    def _with(self, layers: list[LayerSpec]) -> Characters:
        return Characters(length=self.length, dim=self.dim, layers=layers)


class Subwords(WordEncoder):
    """A learned vector for each subword of a few characters in lower case, added up over the root
    of their number.

    After fastText (Bojanowski et al. 2017), which adds them up or averages them, and reads the
    whole word as one more subword.

    Subwords are identified by a hash: those that fall into one bucket share a vector.
    """

    dim: int = Field(100, ge=1, le=65_536, description="the length of a subword's vector")
    shortest: int = Field(
        2,
        ge=1,
        le=100,
        description="length of the shortest subwords in characters; each end of a word counts as "
        "one",
    )
    longest: int = Field(5, ge=1, le=100, description="characters of the longest subwords")
    buckets: int = Field(20_000, ge=1, le=100_000_000, description="how many vectors there are")
    length: int = Field(
        40,
        ge=1,
        le=1000,
        description="most subwords read of a word; of a longer one the first and the last half "
        "of this many",
    )
    initializer: Initializer = RandomUniform(minval=-0.1, maxval=0.1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.longest < self.shortest:
            raise mistakes_at(
                [
                    (
                        ("longest",),
                        mistake(
                            f"found {self.longest}",
                            f"Expected at least `shortest`, {self.shortest}",
                        ),
                    )
                ]
            )
        return self

    @property
    def features(self) -> int:
        return self.dim

    def weight_shapes(self) -> dict[str, Shape]:
        return {"embeddings": (1 + self.buckets, self.dim)}  # the first row is that of padding

    def read(self, ids: Any) -> Any:
        import keras
        from keras import ops

        table = keras.layers.Embedding(
            1 + self.buckets,
            self.dim,
            embeddings_initializer=self.initializer.build(),
            name="subwords",
            **full(),
        )
        is_piece = ops.cast(ops.not_equal(ids, PADDING), "float32")  # (words, length)
        total = ops.sum(table(ids) * is_piece[..., None], axis=1)
        return total / ops.sqrt(ops.maximum(ops.sum(is_piece, axis=1, keepdims=True), 1.0))

    def variables(self, built: Any) -> list[Any]:
        weights: list[Any] = built.weights
        return weights
