"""The base of data sets of labelled texts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.formats.choose import TABLES
from rnnkit.data.formats.format import Format, Rows
from rnnkit.data.memory.rows import MemoryRows
from rnnkit.data.memory.shapes import table_with
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.read.columns import Columns
from rnnkit.data.read.files import find_file
from rnnkit.data.read.labelled import read_labelled


class LabelledDataset(Dataset):
    """The base of data sets of labelled texts."""

    example: ClassVar[str | None] = None
    """A text to predict in examples; None for the shortest text of the training set."""
    further_columns: ClassVar[Mapping[str, str]] = {"text": "text", "label": "label"}

    @property
    def several(self) -> bool:
        """Whether the task is multi-label: a text may have several labels, or none."""
        return False

    @property
    def delimiter(self) -> str:
        """The separator of several labels in one cell."""
        return "|"

    @property
    def has_features(self) -> bool:
        """Whether texts have features instead of labels."""
        return False

    @property
    def has_weights(self) -> bool:
        """Whether texts have sample weights."""
        return False

    @abstractmethod
    def load(self) -> Labelled:
        """Loads the texts of all parts of the data set.

        Raises:
            RnnkitError: If they are not available or cannot be read.
        """

    def sample(self) -> Labelled:
        """A few texts built into rnnkit, for `--smoke`."""
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
        """Reads a further file of labelled texts, with the columns `text` and `label`.

        Raises:
            RnnkitError: If it does not exist or is invalid.
        """
        file = find_file(path, "a file of texts and labels")
        return self._of_rows(self.format_of(file, TABLES).read(file))

    def read_further(self, data: object) -> Labelled:
        """Reads further labelled texts, from a file by its path or from memory.

        Raises:
            RnnkitError: If they cannot be read.
        """
        dataset = self.further
        if isinstance(data, str):
            return dataset.read(data)
        return dataset._of_rows(MemoryRows(table_with(data, dataset._names), "the table"))

    @property
    def _names(self) -> tuple[str, str]:
        """The columns of texts and labels of data without names."""
        return self.further_column("text"), self.further_column("label")

    def _of_rows(self, rows: Rows) -> Labelled:
        """Reads a further table as the part "data"."""
        examples, notes = read_labelled(rows, Columns(*self._names))
        return Labelled({"data": examples}, notes)

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The columns of the text in a table like the data set's own; several are joined."""
        return ("text",)

    @property
    def joint(self) -> str:
        """The separator of the texts of several columns."""
        return " "

    def own_format(self) -> Format | None:
        """The format of the data set's files; None if it is not read from tables."""
        return None

    @property
    def has_own_tokenizer(self) -> bool:
        """Whether the data set defines its own vocabulary."""
        return False

    def own_tokenizer(self) -> Tokenizer:
        """The tokenizer with that vocabulary."""
        raise NotImplementedError


_SAMPLE_TEXTS = (
    "a {} film",
    "the cat is {} today",
    "what a {} mouse",
    "it was {}, said the old mouse",
    "they found the bell {}",
    "all of it is {}",
)
_SAMPLE_WORDS = {"good": ("wonderful", "lovely", "clever"), "bad": ("awful", "boring", "sly")}
