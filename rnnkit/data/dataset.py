"""What a data set is: a spec that brings raw examples, in parts where its authors split them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from rnnkit.config.spec import Spec
from rnnkit.data.encode.long_text import LongText
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.formats.choose import TABLES, format_of
from rnnkit.data.formats.format import Format, Rows
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.raw.pairs import Paired, Pairs
from rnnkit.data.raw.series import Series
from rnnkit.data.raw.split import Split
from rnnkit.data.read.files import find_file
from rnnkit.data.read.labelled import Columns, read_labelled
from rnnkit.data.read.pairs import read_pairs
from rnnkit.data.read.tagged import read_tagged
from rnnkit.errors import RnnkitError, at
from rnnkit.registry import name_of


@dataclass(frozen=True)
class Corpus:
    """Running text; `validation` and `test` where the data set has its own."""

    train: str
    validation: str = ""
    test: str = ""

    def split(self, shares: Split, at_space: bool) -> dict[str, str]:
        """The corpus in parts that hold text: its own where it has them, else cut by `shares`.

        Args:
            shares: The shares to hold out.
            at_space: Cut only before white space, so that no word is torn.

        Raises:
            RnnkitError: If a part that was asked for holds no text.
        """
        if self.validation or self.test:
            if not self.train.strip():
                raise RnnkitError(
                    "data.dataset", "a training part without text", "Expected a longer text"
                )
            return _filled(self)
        length = len(self.train)
        first = _cut(self.train, round(length * (1 - shares.validation - shares.test)), at_space)
        second = _cut(self.train, round(length * (1 - shares.test)), at_space)
        parts = Corpus(self.train[:first], self.train[first:second], self.train[second:])
        shares.require_text(
            [part for part, text in _filled(parts).items() if text.strip()],
            f"{length:,} characters",
        )
        return _filled(parts)


def _filled(corpus: Corpus) -> dict[str, str]:
    parts = {"train": corpus.train, "validation": corpus.validation, "test": corpus.test}
    return {part: text for part, text in parts.items() if text}


def _cut(text: str, position: int, at_space: bool) -> int:
    if at_space:
        while position < len(text) and not text[position].isspace():
            position += 1
    return position


class Dataset(Spec):
    """The base of every data set."""

    origin: ClassVar[str] = ""
    licence: ClassVar[str] = ""

    def fetch(self) -> str:
        """Brings the data to this machine where they are not here; says where they are."""
        return "comes with rnnkit: nothing to fetch"

    @classmethod
    def config_key(cls, field: str = "") -> str:
        """How a config names this data set, or a field of it: "data.dataset.csv.path"."""
        return ".".join(filter(None, ("data.dataset", name_of("dataset", cls), field)))


class TextDataset(Dataset):
    """A data set of running text."""

    @abstractmethod
    def load(self) -> Corpus | LongText:
        """The text; one that is too long for the memory as a LongText.

        Raises:
            RnnkitError: If it is not at hand or cannot be read.
        """

    @abstractmethod
    def sample(self) -> Corpus:
        """A small text in its place that comes with rnnkit, for `--smoke`."""


class SeriesDataset(Dataset):
    """A data set of numbers in the order of time."""

    @property
    def has_choices(self) -> bool:
        """Whether a target is a column of categories."""
        return False

    @property
    def unknown_columns(self) -> list[str]:
        """The columns that are neither forecast nor known in advance."""
        return []

    @abstractmethod
    def load(self) -> Series:
        """The series.

        Raises:
            RnnkitError: If it is not at hand or cannot be read.
        """

    @abstractmethod
    def sample(self) -> Series:
        """A small series in its place that comes with rnnkit, for `--smoke`."""

    def read(self, path: str) -> Series:
        """A further table with the columns of this series.

        Raises:
            RnnkitError: If it is not there or not such a table, or if this series has no columns.
        """
        raise RnnkitError(
            "",
            f"a file for the data set {name_of('dataset', type(self))}",
            "Expected a run of the data set series",
        )


class LabelledDataset(Dataset):
    """A data set of texts with labels."""

    example: ClassVar[str | None] = None
    """A text that a user might ask about; the shortest of the training part where None."""

    @property
    def several(self) -> bool:
        """Whether a text may have several labels, or none."""
        return False

    @property
    def delimiter(self) -> str:
        """What stands between several labels in one column."""
        return "|"

    @property
    def has_features(self) -> bool:
        """Whether numbers describe each text in place of a label."""
        return False

    @abstractmethod
    def load(self) -> Labelled:
        """The texts, in the parts that their authors made.

        Raises:
            RnnkitError: If they are not at hand or cannot be read.
        """

    def sample(self) -> Labelled:
        """A few texts in their place that come with rnnkit, for `--smoke`."""
        labels = {
            "good": ("glad", "kind") if self.several else ("good",),
            "bad": ("sad",) if self.several else ("bad",),
        }
        rows = [
            (text.format(word), labels[kind])
            for text in _SAMPLE_TEXTS
            for kind, words in _SAMPLE_WORDS.items()
            for word in words
        ]
        texts = [text for text, _ in rows]
        features = (
            np.array([[len(text), text.count(" ")] for text in texts], np.float32)
            if self.has_features
            else None
        )
        return Labelled(
            {
                "train": Examples(
                    texts,
                    [label for _, label in rows],
                    lambda index: f"sample: row {index + 1}",
                    features,
                )
            }
        )

    def read(self, path: str) -> Labelled:
        """A further file of labelled texts, with the columns `text` and `label`.

        Raises:
            RnnkitError: If it is not there or not such a file.
        """
        found = find_file(path, "a file of texts and labels")
        rows = format_of(found, TABLES).read(found)
        examples, notes = read_labelled(rows, Columns("text", "label"))
        return Labelled({"data": examples}, notes)

    @property
    def text_column(self) -> str:
        """The column of the text in a table like the data set's own."""
        return "text"

    def own_format(self) -> Format | None:
        """How the data set's own table is read; None where it has none."""
        return None

    @property
    def has_own_tokenizer(self) -> bool:
        """Whether the data set brings its vocabulary with it."""
        return False

    def own_tokenizer(self) -> Tokenizer:
        """The tokenizer with that vocabulary."""
        raise NotImplementedError


class TaggedDataset(Dataset):
    """A data set of sentences, cut into tokens that each have a tag: examples whose texts are
    tokens and whose labels are their tags.
    """

    @abstractmethod
    def load(self) -> Labelled:
        """The sentences, in the parts that their authors made.

        Raises:
            RnnkitError: If they are not at hand or cannot be read.
        """

    def sample(self) -> Labelled:
        """A few sentences in their place that come with rnnkit, for `--smoke`."""
        tokens = [
            tuple(sentence.format(word).split())
            for sentence in _SAMPLE_SENTENCES
            for word in _SAMPLE_NAMES
        ]
        tags = [
            tuple("B-PER" if token in _SAMPLE_NAMES else "O" for token in sentence)
            for sentence in tokens
        ]
        return Labelled({"train": Examples(tokens, tags, lambda index: f"sample: row {index + 1}")})

    def read(self, path: str) -> Labelled:
        """A further file of tagged sentences.

        Raises:
            RnnkitError: If it is not there or not such a file.
        """
        raise RnnkitError(
            "",
            f"a file for a {name_of('dataset', type(self))} data set",
            "Expected one whose sentences stand in files",
            "Use --part",
        )


PARTS = {"train": "path", "validation": "validation_path", "test": "test_path"}


class TaggedFileDataset(TaggedDataset):
    """Tagged sentences in the user's own files."""

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "the user's own file"

    path: str = Field(description="the file to train on; .gz is read as it is")
    validation_path: str | None = Field(
        None, description="a file of its own for validation; else data.split.validation is held out"
    )
    test_path: str | None = Field(None, description="a file of its own for the test")
    encoding: str = Field("utf-8", description="how the file's bytes become text")

    @abstractmethod
    def own_format(self) -> Format:
        """How the files are read."""

    def examples(self, rows: Rows) -> Examples:
        """The sentences of a file."""
        return read_tagged(rows)

    def load(self) -> Labelled:
        parts: dict[str, Examples] = {}
        for part, key in PARTS.items():
            if path := getattr(self, key):
                with at(self.config_key(key)):
                    parts |= self._part(part, path)
        return Labelled(parts)

    def read(self, path: str) -> Labelled:
        return Labelled(self._part("data", path))

    def _part(self, part: str, path: str) -> dict[str, Examples]:
        file = find_file(path, "a file of tagged sentences")
        return {part: self.examples(self.own_format().read(file))}

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return str(find_file(self.path))


class ArrayDataset(Dataset):
    """A data set of sequences of numbers, with a label for each sequence or for each of its
    steps."""

    several: ClassVar[bool] = False
    has_features: ClassVar[bool] = False
    delimiter: ClassVar[str] = "|"
    has_own_tokenizer: ClassVar[bool] = False
    scale: Literal["standard", "none"] = Field(
        "standard",
        description="mean 0 and deviation 1 on the training part, or numbers as they are",
    )

    @abstractmethod
    def load(self, *, each_step: bool) -> Labelled:
        """Examples whose texts are arrays (timesteps, features) float32 and whose labels are one,
        or one for each step.

        Raises:
            RnnkitError: If they are not at hand or cannot be read, or have no such labels.
        """

    @abstractmethod
    def sample(self, *, each_step: bool) -> Labelled:
        """A few sequences in their place that come with rnnkit, for `--smoke`."""

    @abstractmethod
    def read(self, path: str, *, each_step: bool) -> Labelled:
        """A further file of labelled sequences.

        Raises:
            RnnkitError: If it is not there or not such a file.
        """


_SAMPLE_SENTENCES = (
    "long ago {} had a bell",
    "who saw {} and the old mouse ?",
    "{} said nothing .",
    "then they asked {}",
)
_SAMPLE_NAMES = ("Tom", "Anna", "Miriam", "Felix", "Osei")
_SAMPLE_TEXTS = (
    "a {} film",
    "the cat is {} today",
    "what a {} mouse",
    "it was {}, said the old mouse",
    "they found the bell {}",
    "all of it is {}",
)
_SAMPLE_WORDS = {"good": ("wonderful", "lovely", "clever"), "bad": ("awful", "boring", "sly")}


class PairedDataset(Dataset):
    """A data set of pairs of texts: a source, and the target that it becomes."""

    @abstractmethod
    def load(self) -> Paired:
        """The pairs, in the parts that their authors made.

        Raises:
            RnnkitError: If they are not at hand or cannot be read.
        """

    def sample(self) -> Paired:
        """A few pairs in their place that come with rnnkit, for `--smoke`."""
        pairs = [
            (f"{subject} {verb}.", f"{sujet} {verbe}.")
            for subject, sujet in _SAMPLE_SUBJECTS
            for verb, verbe in _SAMPLE_VERBS
        ]
        return Paired(
            {
                "train": Pairs(
                    [source for source, _ in pairs],
                    [target for _, target in pairs],
                    lambda index: f"sample: row {index + 1}",
                )
            }
        )

    def read(self, path: str) -> Paired:
        """A further file of pairs, with the columns `source` and `target`.

        Raises:
            RnnkitError: If it is not there or not such a file.
        """
        found = find_file(path, "a file of sources and targets")
        pairs, notes = read_pairs(format_of(found, TABLES).read(found), "source", "target")
        return Paired({"data": pairs}, notes)

    @property
    def text_column(self) -> str:
        """The column of the source in a table like the data set's own."""
        return "text"

    def own_format(self) -> Format | None:
        """How the data set's own table is read; None where it has none."""
        return None


_SAMPLE_SUBJECTS = (
    ("the cat", "le chat"),
    ("the mouse", "la souris"),
    ("Tom", "Tom"),
    ("Mary", "Marie"),
)
_SAMPLE_VERBS = (
    ("sleeps", "dort"),
    ("is eating", "mange"),
    ("is here", "est ici"),
    ("left", "est parti"),
    ("runs", "court"),
    ("sings", "chante"),
)
