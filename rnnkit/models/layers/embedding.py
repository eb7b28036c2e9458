"""A learned vector for each token."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, ClassVar, Self, cast

import numpy as np
from pydantic import Field, model_validator

from rnnkit.architecture import InputSpec, Layer, Shape
from rnnkit.backend.precision import full, products
from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.config.unused import Unused
from rnnkit.errors import RnnkitError
from rnnkit.models.initializers import Initializer, RandomUniform
from rnnkit.quantities import counted
from rnnkit.storage.reading import BoundedLines, open_file


class Embedding(InputSpec):
    """A table with one vector of `dim` numbers for each token; it starts at random, from a file of
    word vectors, or from the training texts.
    """

    place: ClassVar[str] = "model.embedding"
    """Its place in a config."""

    short: ClassVar[str | None] = "dim"
    dim: int = Field(
        ge=1,
        le=65_536,
        description="the length of a token's vector; the file's where `path` is set",
    )
    path: str | None = Field(
        None,
        description="a text file of word vectors to start from, as GloVe or word2vec write them",
    )
    from_texts: bool = Field(
        False,
        description=(
            "start from co-occurrence in the training texts (factored mutual information)"
        ),
    )
    trainable: bool = Field(True, description="whether training changes the vectors")
    initializer: Initializer = RandomUniform()

    @classmethod
    def _long_form(cls, value: Any) -> Any:
        value = super()._long_form(value)
        if isinstance(value, Mapping) and isinstance(value.get("path"), str) and "dim" not in value:
            # The size is in the resolved config from here on, so that a run opens where the
            # file is not.
            try:
                return {**value, "dim": vector_size(value["path"], cls.place)}
            except RnnkitError as error:
                raise mistake(error.got, error.expected, error.hint) from None
        return value

    @model_validator(mode="after")
    def _starts_in_one_way(self) -> Self:
        if self.path is not None and self.from_texts:
            raise mistakes_at(
                [
                    (
                        ("from_texts",),
                        mistake("both true and a path", "Expected one of the two", "Remove one"),
                    )
                ]
            )
        if not self.trainable and self.path is None and not self.from_texts:
            expected = (
                "Expected a path or `from_texts: true`, or true: random vectors must be learned"
            )
            raise mistakes_at(
                [(("trainable",), mistake("false, and the vectors start at random", expected))]
            )
        return self

    def unused(self) -> Iterator[Unused]:
        if self.path is not None or self.from_texts:
            key = "path" if self.path is not None else "from_texts"
            yield Unused("initializer", f"{key} says how the vectors start")

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return (inputs[0], self.dim)

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        return {"embeddings": (inputs[1], self.dim)}

    def build(self, layer: Layer) -> Any:
        import keras

        # keras' ReversibleEmbedding is its Embedding, with the way back for an output layer that
        # shares the table.
        initializer = self.initializer.build()
        return keras.layers.ReversibleEmbedding(
            layer.inputs[1],
            self.dim,
            embeddings_initializer=initializer,
            trainable=self.trainable,
            reverse_dtype=products(),
            name=layer.name,
            **full(),
        )

    def read_vectors(self, vocabulary: Sequence[str], random_seed: int) -> tuple[np.ndarray, int]:
        """The table to start from, (vocabulary, dim) float32, and how many of its rows come from
        the file.

        Words that are not in the file get random vectors of the same spread.

        Raises:
            RnnkitError: If the file does not exist, or does not hold vectors of this size.
        """
        path = self.path or ""
        if (size := vector_size(path, self.place)) != self.dim:
            raise RnnkitError(
                f"{self.place}.dim",
                f"{self.dim}, but the vectors of {path} have {counted(size, 'number')}",
                f"Expected {size}",
            )
        index = {token: row for row, token in enumerate(vocabulary)}
        table = np.zeros((len(vocabulary), self.dim), np.float32)
        known = np.zeros(len(vocabulary), bool)
        for number, line in _lines(path, self.place):
            word, *numbers = line.rsplit(" ", self.dim)  # a few of GloVe's words hold spaces
            first, *rest = word.split(" ")
            if rest and first in index and all(map(_is_number, rest)):
                word, numbers = first, [*rest, *numbers]  # too many numbers
            row = index.get(word)
            if row is not None and not known[row]:
                table[row], known[row] = _vector(numbers, self.dim, f"{path}:{number}"), True
        spread = float(table[known].std()) if known.any() else 0.05
        table[~known] = np.random.default_rng(random_seed).normal(
            0, spread, (int((~known).sum()), self.dim)
        )
        return table, int(known.sum())


def vector_size(path: str, place: str) -> int:
    """How many numbers a vector of the file has.

    Raises:
        RnnkitError: If there is none.
    """
    _, first = next(_lines(path, place), (0, ""))
    if size := first.count(" "):
        return size
    raise RnnkitError(
        f"{place}.path",
        f"{path} holds no vectors",
        "Expected a word and its numbers, with single spaces between, on each line",
    )


def _lines(path: str, place: str) -> Iterator[tuple[int, str]]:
    """Every line and its number; word2vec's first line, which counts words and numbers, is left
    out.
    """
    try:
        with (
            open_file(Path(path).expanduser()) as raw,
            io.TextIOWrapper(cast("IO[bytes]", BoundedLines(raw)), encoding="utf-8") as file,
        ):
            for number, line in enumerate(file, start=1):
                fields = line.split()
                if fields and not (
                    number == 1 and len(fields) == 2 and all(field.isdigit() for field in fields)
                ):
                    yield number, line.rstrip()
    except UnicodeDecodeError as error:
        raise RnnkitError(
            f"{place}.path",
            f"{path} is not UTF-8 ({error.reason})",
            "Expected a text file of vectors",
        ) from None
    except (OSError, RuntimeError) as error:
        got = f"{path!r} cannot be read ({getattr(error, 'strerror', error)})"
        raise RnnkitError(f"{place}.path", got, "Expected a text file of vectors") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _vector(numbers: Sequence[str], size: int, where: str) -> np.ndarray:
    try:
        with np.errstate(over="ignore"):
            vector = np.array(numbers, np.float32)
    except ValueError as error:
        raise RnnkitError(
            where, f"not numbers: {error}", f"Expected {size} numbers after the word"
        ) from None
    if vector.size != size:
        raise RnnkitError(where, counted(vector.size, "number"), f"Expected {size} after the word")
    if not np.isfinite(vector).all():
        raise RnnkitError(
            where, "a number that is not finite", f"Expected {size} finite numbers after the word"
        )
    return vector
