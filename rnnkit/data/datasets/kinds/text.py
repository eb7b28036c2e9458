"""The base of data sets of running text."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.formats.choose import with_keys
from rnnkit.data.formats.format import Format
from rnnkit.data.formats.txt import Txt
from rnnkit.data.memory.rows import text_of
from rnnkit.data.memory.shapes import texts_of
from rnnkit.data.raw.long_text import LongText
from rnnkit.data.raw.text import Corpus
from rnnkit.data.read.files import find_file, read_text


class TextDataset(Dataset):
    """The base of data sets of running text."""

    further_columns: ClassVar[Mapping[str, str]] = {"text": "text"}

    @abstractmethod
    def load(self) -> Corpus | LongText:
        """Loads the text, as a LongText if it is large.

        Raises:
            RnnkitError: If it is not available or cannot be read.
        """

    def read(self, path: str) -> str:
        """Reads a further text.

        Raises:
            RnnkitError: If it does not exist or cannot be read.
        """
        kind = with_keys(self.own_format(), self.format_keys)
        return read_text(find_file(path), kind.text_encoding)

    def read_further(self, data: object) -> str:
        """Reads a further text, from a file by its path or from memory.

        Raises:
            RnnkitError: If they cannot be read.
        """
        dataset = self.further
        if isinstance(data, str):
            return dataset.read(data)
        return text_of(texts_of(data), dataset.further_column("text"))

    def own_format(self) -> Format:
        return Txt()

    @abstractmethod
    def sample(self) -> Corpus:
        """A small text built into rnnkit, for `--smoke`."""
