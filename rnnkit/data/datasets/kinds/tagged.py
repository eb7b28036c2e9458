"""The base of data sets of sentences with a tag for each token."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from rnnkit.data.datasets.kinds.base import PARTS, Dataset
from rnnkit.data.formats.format import Format, Rows
from rnnkit.data.formats.jsonl import JsonLines
from rnnkit.data.formats.sentences import DOCUMENT, MARKS_OF_DOCUMENTS, SentenceFormat
from rnnkit.data.memory.rows import MemoryRows
from rnnkit.data.memory.shapes import sentences_of
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.read.files import find_file
from rnnkit.data.read.sentence_ends import cure_of_one_sentence
from rnnkit.data.read.tagged import read_tagged
from rnnkit.errors import RnnkitError, at

SENTENCES = ("jsonl", "conll", "conllu", "tagged_csv", "tagged_lines")
"""The formats of tagged sentences."""

LONGEST_SENTENCE = 30  # tokens of a single sentence, beyond which blank lines seem to be missing


class TaggedDataset(Dataset):
    """The base of data sets of tagged sentences: texts are tokens, labels are their tags."""

    further_columns: ClassVar[Mapping[str, str]] = {"tokens": "tokens", "tags": "tags"}

    @abstractmethod
    def load(self) -> Labelled:
        """Loads the sentences of all parts of the data set.

        Raises:
            RnnkitError: If they are not available or cannot be read.
        """

    @property
    def keys(self) -> tuple[str, str]:
        """The keys of the lists of tokens and of tags in JSON Lines."""
        return self.further_column("tokens"), self.further_column("tags")

    @property
    def names_of_tags(self) -> list[str]:
        """The names of integer tags, from 0."""
        return []

    def sample(self) -> Labelled:
        """A few sentences built into rnnkit, for `--smoke`."""
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
        """Reads a further file of tagged sentences.

        Raises:
            RnnkitError: If it does not exist or is invalid.
        """
        file = find_file(path, "a file of tagged sentences")
        kind = self.format_of(file, SENTENCES)
        keys = self.keys if isinstance(kind, JsonLines) else ("tokens", "tags")
        return Labelled({"data": read_tagged(kind.read(file), *keys, None, self.names_of_tags)})

    def read_further(self, data: object) -> Labelled:
        """Reads further tagged sentences, from a file by its path or from memory.

        Raises:
            RnnkitError: If they cannot be read.
        """
        dataset = self.further
        if isinstance(data, str):
            return dataset.read(data)
        rows = MemoryRows(sentences_of(data, dataset.keys), "the table")
        return Labelled({"data": read_tagged(rows, *dataset.keys, None, dataset.names_of_tags)})


class TaggedFileDataset(TaggedDataset):
    """Tagged sentences in your own files."""

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "your own file"
    file_keys: ClassVar[tuple[str, ...]] = (
        *("encoding", "word", "tag", "comments", "separator", "sentence", "columns"),
        *("column", "tokens", "tags", "tag_names"),
    )

    path: str = Field(description="the file to train on; .gz is read as it is")
    validation_path: str | None = Field(
        None,
        description="a separate file for validation; otherwise data.split.validation is held out",
    )
    test_path: str | None = Field(None, description="a separate file for the test")
    encoding: str = Field("utf-8", description="the file's character encoding")

    @abstractmethod
    def own_format(self) -> Format:
        """The format of the files."""

    def examples(self, rows: Rows) -> Examples:
        """Reads the sentences of a file."""
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
        dataset = self if part == "train" else self.keeping({})
        kind = dataset.own_format()
        examples = dataset.examples(kind.read(file))
        is_one = len(examples) == 1 and len(examples.texts[0]) > LONGEST_SENTENCE
        if part == "train" and is_one and isinstance(kind, SentenceFormat):
            got = f"{file} is one sentence of {len(examples.texts[0]):,} tokens"
            hint = cure_of_one_sentence(file, kind, examples.texts[0])
            raise RnnkitError("", got, "Expected a blank line after each sentence", hint)
        return {part: examples}

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return str(find_file(self.path))


class SentenceFileDataset(TaggedFileDataset):
    """Files of sentences separated by blank lines, optionally grouped in documents."""

    groups: ClassVar[tuple[str, ...]] = (DOCUMENT,)

    def examples(self, rows: Rows) -> Examples:
        examples = read_tagged(rows, further=self.kept)
        if self.kept and not any(examples.columns[DOCUMENT]):
            expected = f"Expected {MARKS_OF_DOCUMENTS} where each begins"
            got = f"{rows.source} marks no documents"
            raise RnnkitError("", got, expected, "Remove `data.split.group`")
        return examples


_SAMPLE_SENTENCES = (
    "long ago {} had a bell",
    "who saw {} and the old mouse ?",
    "{} said nothing .",
    "then they asked {}",
)
_SAMPLE_NAMES = ("Tom", "Anna", "Miriam", "Felix", "Osei")
