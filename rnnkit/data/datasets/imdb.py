"""IMDB reviews, as word ids of keras or as raw text."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.data.datasets.kinds.labelled import LabelledDataset
from rnnkit.data.encode.tokenizer import PAD, UNKNOWN, Tokenizer, indexed
from rnnkit.data.formats.jsonl import JsonLines
from rnnkit.data.raw.labelled import Examples, Label, Labelled
from rnnkit.data.read.columns import Columns
from rnnkit.data.read.download import RemoteFile
from rnnkit.data.read.files import find_folder
from rnnkit.data.read.id_lists import Reviews, has_flat_arrays, read_flat, read_keras_npz
from rnnkit.data.read.labelled import read_labelled
from rnnkit.errors import RnnkitError, at
from rnnkit.storage.damage import blaming
from rnnkit.storage.reading import read_bytes

REVIEWS = RemoteFile(
    name="imdb.npz",
    url="https://storage.googleapis.com/tensorflow/tf-keras-datasets/imdb.npz",
    sha256="69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
    local_names=("imdb/imdb.npz", "imdb.npz"),
)
WORD_INDEX = RemoteFile(
    name="imdb_word_index.json",
    url="https://storage.googleapis.com/tensorflow/tf-keras-datasets/imdb_word_index.json",
    sha256="027313fe9a320280f3bf0fac5baf58c4a683cf39a7ed9c3d3d3912bde4284cf6",
    local_names=("imdb/imdb_word_index.json", "imdb_word_index.json"),
)
RAW = {"train": "aclImdb_train.jsonl.gz", "test": "aclImdb_test.jsonl.gz"}
LABELS = ("negative", "positive")

# keras' ids 0 to 3; word number r of the index has id r + 3
KERAS_FIRST = (PAD, "<start>", UNKNOWN, "<reserved>")
KERAS_SHUFFLE = 113
KERAS_FILTERS = r"[!\"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~\t\n]"

_AGAIN = "Download it again"


class Imdb(LabelledDataset):
    """Large Movie Review Dataset (Maas et al. 2011): 25,000 reviews to train on and 25,000 to test,
    half of each positive.

    With `vocab_size`, words and ids are those of keras.datasets.imdb: lower case, without
    punctuation, by keras' word index, `<start>` before each review. Without, `data.tokenizer` makes
    a vocabulary; keras' own file has no punctuation, aclImdb has.
    """

    short: ClassVar[str | None] = "path"
    brings: ClassVar[tuple[str, ...]] = ("test",)
    origin: ClassVar[str] = (
        "keras' imdb.npz and imdb_word_index.json; or aclImdb_train.jsonl.gz and"
        " aclImdb_test.jsonl.gz in a folder"
    )
    licence: ClassVar[str] = "published for research; the reviews belong to their authors and IMDb"
    example: ClassVar[str | None] = "what a wonderful film"
    path: str | None = Field(
        None,
        description="a folder with the reviews; found below RNNKIT_DATA or downloaded by default",
    )
    vocab_size: int | None = Field(
        10_000, ge=10, description="ids of keras' own vocabulary; null: data.tokenizer makes one"
    )
    skip_top: int = Field(
        0,
        ge=0,
        description="how many of the most frequent words of keras' vocabulary are read as <unk>",
    )

    @model_validator(mode="after")
    def _skips_less_than_all(self) -> Self:
        most = 0 if self.vocab_size is None else self.vocab_size - len(KERAS_FIRST) - 1
        if self.skip_top > most:
            raise mistakes_at(
                [
                    (
                        ("skip_top",),
                        mistake(
                            f"found {self.skip_top}",
                            f"Expected at most {most}, for a vocab_size of {self.vocab_size}",
                        ),
                    )
                ]
            )
        return self

    @property
    def has_own_tokenizer(self) -> bool:
        return self.vocab_size is not None

    def load(self) -> Labelled:
        source = self._source()
        if source.name == RAW["train"]:
            with at(self.config_key()):
                parts = {
                    part: self._raw_reviews(source.with_name(name)) for part, name in RAW.items()
                }
        else:
            read = read_flat if has_flat_arrays(source) else read_keras_npz
            parts = self._from_ids(read(source), source)
        # the order of keras.datasets.imdb: "the last fifth" means the same reviews as in tutorials
        shuffle = np.random.RandomState(KERAS_SHUFFLE)
        for part, examples in parts.items():
            order = np.arange(len(examples))
            shuffle.shuffle(order)
            parts[part] = examples.take(order)
        return Labelled(parts)

    def _source(self) -> Path:
        """The file with the reviews, or with the training set."""
        local = os.environ.get("RNNKIT_DATA")
        folder = _folder(self.path) if self.path else Path(local) / "imdb" if local else None
        archives = sorted(folder.glob("*.npz")) if folder else []
        flat = [file for file in archives if has_flat_arrays(file)]
        named = [folder / name for name in (RAW["train"], REVIEWS.name)] if folder else []
        raw, keras = ([file] if file.is_file() else [] for file in named) if named else ([], [])
        if found := [*raw, *flat, *keras, *(archives if self.path else [])]:
            return found[0]
        if self.path:
            got = f"neither {RAW['train']} nor an .npz file of reviews in {folder}"
            raise RnnkitError(self.config_key("path"), got, "Expected one of them")
        return REVIEWS.locate()

    def _raw_reviews(self, path: Path) -> Examples:
        examples, _ = read_labelled(JsonLines().read(path), Columns("text", "label"))
        names: dict[Label, Label] = {(str(n),): (name,) for n, name in enumerate(LABELS)}
        for index, label in enumerate(examples.labels):
            if label not in names:
                got = f"{examples.place(index)}: label is {label[0]!r}"
                raise RnnkitError("", got, "Expected 0 or 1")
        labels = [names[label] for label in examples.labels]
        return Examples(examples.texts, labels, examples.place)

    def _from_ids(self, arrays: Reviews, source: Path) -> dict[str, Examples]:
        words = {rank: word for word, rank in read_word_index(self.path).items()}
        parts = {}
        for part, (reviews, labels) in arrays.items():
            try:
                texts = [" ".join(words[rank] for rank in review) for review in reviews]
            except KeyError as error:
                raise RnnkitError(
                    str(source),
                    f"it has a word of number {error}",
                    "Expected numbers of the word index",
                    _AGAIN,
                ) from None
            parts[part] = Examples(
                texts,
                [(LABELS[int(label)],) for label in labels],
                lambda index, part=part: f"{part}: review {index + 1}",  # type: ignore[misc]
            )
        return parts

    def own_tokenizer(self) -> Tokenizer:
        index = read_word_index(self.path)
        by_rank = sorted(index, key=index.__getitem__)
        words = by_rank[: (self.vocab_size or 0) - len(KERAS_FIRST)]
        words[: self.skip_top] = [f"<skipped {word}>" for word in words[: self.skip_top]]
        return keras_index(words)

    def fetch(self) -> str:
        source = self._source()
        return (
            str(source)
            if source.name == RAW["train"] and not self.has_own_tokenizer
            else f"{source} and {_word_index_file(self.path)}"
        )


def keras_index(words: Sequence[str]) -> Tokenizer:
    """A tokenizer whose vocabulary is keras' special ids followed by these words."""
    return indexed([*KERAS_FIRST, *words], KERAS_FILTERS, "<start>")


def read_word_index(folder: str | None) -> dict[str, int]:
    """Reads keras' word index, from each word to its frequency rank, from 1.

    Raises:
        RnnkitError: If it is not available, or damaged.
    """
    path = _word_index_file(folder)
    expected = "Expected each word with its number"
    with blaming(str(path), "not keras' word index", expected, _AGAIN):
        index: dict[str, int] = json.loads(read_bytes(path))
        if sorted(index.values()) != list(range(1, len(index) + 1)):
            raise ValueError("its numbers are not 1, 2, 3 and so on")
    return index


def _word_index_file(folder: str | None) -> Path:
    path = _folder(folder) / WORD_INDEX.name if folder else None
    return path if path and path.is_file() else WORD_INDEX.locate()


def _folder(path: str) -> Path:
    with at(Imdb.config_key("path")):
        return find_folder(path)
