"""IMDB reviews: as keras brings them, in ids, or as raw text."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from rnnkit.config.spec import mistake, mistakes_at
from rnnkit.data.dataset import LabelledDataset
from rnnkit.data.download import RemoteFile
from rnnkit.data.examples import Examples, Labelled
from rnnkit.data.files import find_folder
from rnnkit.data.labelled_files import Columns, read_labelled
from rnnkit.data.tables import TableReader
from rnnkit.data.tokenizer import PAD, UNKNOWN, Tokenizer, indexed
from rnnkit.errors import RnnkitError

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
FLAT = "imdb_keras_encoded_reconstructed.npz"
LABELS = ("negative", "positive")

KERAS_FIRST = (PAD, "<start>", UNKNOWN, "<reserved>")  # keras' ids 0 to 3; word number r of the index has id r + 3
KERAS_SHUFFLE = 113
KERAS_FILTERS = r"[!\"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~\t\n]"


Reviews = dict[str, tuple[Sequence[Any] | np.ndarray, np.ndarray]]
"""Lists of ids, and labels 0 and 1, by part."""


class Imdb(LabelledDataset):
    """Large Movie Review Dataset (Maas et al. 2011): 25,000 reviews to train on and 25,000 to test, half of each positive.

    With `vocab_size`, words and ids are those of keras.datasets.imdb: lower case, without punctuation, by keras' word index,
    `<start>` before each review. Without, `data.tokenizer` makes a vocabulary; keras' own file has no punctuation, aclImdb has.
    """

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "keras' imdb.npz and imdb_word_index.json; or aclImdb_train.jsonl.gz and aclImdb_test.jsonl.gz in a folder"
    licence: ClassVar[str] = "published for research; the reviews belong to their authors and IMDb"
    example: ClassVar[str | None] = "what a wonderful film"
    path: str | None = Field(None, description="a folder with the reviews; found below RNNKIT_DATA or downloaded where unset")
    vocab_size: int | None = Field(10_000, ge=10, description="ids of keras' own vocabulary; null: data.tokenizer makes one")
    skip_top: int = Field(0, ge=0, description="read so many of the most frequent words of keras' vocabulary as <unk>")

    @model_validator(mode="after")
    def _skips_less_than_all(self) -> Self:
        most = 0 if self.vocab_size is None else self.vocab_size - len(KERAS_FIRST) - 1
        if self.skip_top > most:
            raise mistakes_at([(("skip_top",), mistake(f"found {self.skip_top}", f"Expected at most {most}, for a vocab_size of {self.vocab_size}"))])
        return self

    @property
    def has_own_tokenizer(self) -> bool:
        return self.vocab_size is not None

    def load(self) -> Labelled:
        folder = self._folder()
        if folder and (folder / RAW["train"]).is_file():
            parts = {part: self._raw_reviews(folder / name) for part, name in RAW.items()}
        elif folder and (folder / FLAT).is_file():
            parts = self._from_ids(_read_flat(folder / FLAT))
        else:
            parts = self._from_ids(read_keras_npz(folder / "imdb.npz" if self.path and folder else REVIEWS.locate()))
        # The order of keras.datasets.imdb, in which "the last fifth" means the same reviews as in its tutorials.
        shuffle = np.random.RandomState(KERAS_SHUFFLE)
        for part, examples in parts.items():
            order = np.arange(len(examples))
            shuffle.shuffle(order)
            parts[part] = examples.take(order)
        return Labelled(parts)

    def _folder(self) -> Path | None:
        if self.path:
            folder = find_folder(self.path, "data.dataset.imdb.path")
            names = [RAW["train"], FLAT, "imdb.npz"]
            if not any((folder / name).is_file() for name in names):
                raise RnnkitError("data.dataset.imdb.path", f"none of {', '.join(names)} in {folder}", "Expected one of them")
            return folder
        local = os.environ.get("RNNKIT_DATA")
        return Path(local) / "imdb" if local else None

    def _raw_reviews(self, path: Path) -> Examples:
        where = "data.dataset.imdb"
        examples, _ = read_labelled(TableReader(path, where, "jsonl"), Columns("text", "label"), where)
        return Examples(examples.texts, [(LABELS[int(label)],) for (label,) in examples.labels], examples.place)

    def _from_ids(self, arrays: Reviews) -> dict[str, Examples]:
        words = {rank: word for word, rank in read_word_index(self.path).items()}
        parts = {}
        for part, (reviews, labels) in arrays.items():
            texts = [" ".join(words[rank] for rank in review) for review in reviews]
            parts[part] = Examples(texts, [(LABELS[int(label)],) for label in labels], lambda index, part=part: f"{part}: review {index + 1}")  # type: ignore[misc]
        return parts

    def own_tokenizer(self) -> Tokenizer:
        by_rank = sorted((rank, word) for word, rank in read_word_index(self.path).items())
        words = [word for _, word in by_rank[: (self.vocab_size or 0) - len(KERAS_FIRST)]]
        words[: self.skip_top] = [f"<skipped {word}>" for word in words[: self.skip_top]]
        return indexed([*KERAS_FIRST, *words], KERAS_FILTERS, "<start>")

    def fetch(self) -> str:
        return f"{REVIEWS.locate()} and {WORD_INDEX.locate()}"


def read_word_index(folder: str | None) -> dict[str, int]:
    """keras' word index: word to rank by frequency, from 1."""
    path = find_folder(folder, "data.dataset.imdb.path") / WORD_INDEX.name if folder else None
    path = path if path and path.is_file() else WORD_INDEX.locate()
    index: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))
    return index


def _read_flat(path: Path) -> Reviews:
    with np.load(path, allow_pickle=False) as archive:
        return {
            part: (
                [ids.tolist() for ids in np.split(archive[f"x_{part}_flat"], np.cumsum(archive[f"x_{part}_len"])[:-1])],
                archive[f"y_{part}"],
            )
            for part in ("train", "test")
        }


def read_keras_npz(path: Path) -> Reviews:
    """The reviews in keras' imdb.npz, whose lists of ids are pickled: only arrays of lists of numbers come out of it, no code runs.

    Raises:
        RnnkitError: If it holds anything else.
    """
    found = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for name in ("x_train", "y_train", "x_test", "y_test"):
                found[name] = _read_array(archive.read(f"{name}.npy"))
        for part in ("train", "test"):
            reviews, labels = found[f"x_{part}"], found[f"y_{part}"]
            if len(reviews) != len(labels) or not all(isinstance(review, list) for review in reviews) or not set(labels.tolist()) <= {0, 1}:
                raise ValueError("reviews and labels do not fit together")
    except (OSError, KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile, pickle.UnpicklingError) as error:
        raise RnnkitError(str(path), f"not keras' imdb.npz: {error}", "Expected lists of ids and labels", "Download it again") from None
    return {part: (found[f"x_{part}"], found[f"y_{part}"]) for part in ("train", "test")}


def _read_array(content: bytes) -> np.ndarray:
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    _, _, dtype = read_header(file)
    if not dtype.hasobject:
        file.seek(0)
        return np.lib.format.read_array(file, allow_pickle=False)
    array = _ArraysOnly(file, encoding="latin1").load()
    if not isinstance(array, np.ndarray):
        raise ValueError(f"a {type(array).__name__}")
    return array


class _ArraysOnly(pickle.Unpickler):
    """Makes NumPy arrays, lists and numbers; refuses every other name that a pickle may call."""

    def find_class(self, module: str, name: str) -> Any:
        if module in ("numpy.core.multiarray", "numpy._core.multiarray") and name == "_reconstruct":
            return np._core.multiarray._reconstruct  # type: ignore[attr-defined]
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        raise pickle.UnpicklingError(f"it names {module}.{name}")
