"""Data sets of texts with labels."""

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
    """A data set of texts with labels."""

    example: ClassVar[str | None] = None
    """A text that a user might ask about; the shortest of the training set if None."""
    further_columns: ClassVar[Mapping[str, str]] = {"text": "text", "label": "label"}

    @property
    def several(self) -> bool:
        """Whether a text may have several labels, or none."""
        return False

    @property
    def delimiter(self) -> str:
        """The separator of several labels in one column."""
        return "|"

    @property
    def has_features(self) -> bool:
        """Whether numbers describe each text in place of a label."""
        return False

    @property
    def has_weights(self) -> bool:
        """Whether each text says how much it counts in training."""
        return False

    @abstractmethod
    def load(self) -> Labelled:
        """The texts, in the data set's own parts.

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
        return self._of_rows(self.format_of(found, TABLES).read(found))

    def read_further(self, data: object) -> Labelled:
        """A further file by its path, or texts and labels in memory.

        Raises:
            RnnkitError: If they cannot be read.
        """
        dataset = self.further
        if isinstance(data, str):
            return dataset.read(data)
        return dataset._of_rows(MemoryRows(table_with(data, dataset._names), "the table"))

    @property
    def _names(self) -> tuple[str, str]:
        """The columns of texts and labels that have no names."""
        return self.further_column("text"), self.further_column("label")

    def _of_rows(self, rows: Rows) -> Labelled:
        """A further table, as the part "data"."""
        examples, notes = read_labelled(rows, Columns(*self._names))
        return Labelled({"data": examples}, notes)

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The columns of the text in a table like the data set's own, joined where there are
        several.
        """
        return ("text",)

    @property
    def joint(self) -> str:
        """What stands between the texts of several columns."""
        return " "

    def own_format(self) -> Format | None:
        """How the data set's own table is read; None if it has none."""
        return None

    @property
    def has_own_tokenizer(self) -> bool:
        """Whether the data set brings its vocabulary with it."""
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
