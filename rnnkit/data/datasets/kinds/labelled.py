"""Data sets of texts with labels."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.formats.choose import TABLES
from rnnkit.data.formats.format import Format
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.read.files import find_file
from rnnkit.data.read.labelled import Columns, read_labelled


class LabelledDataset(Dataset):
    """A data set of texts with labels."""

    example: ClassVar[str | None] = None
    """A text that a user might ask about; the shortest of the training set where None."""

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
        rows = self.format_of(found, TABLES).read(found)
        examples, notes = read_labelled(rows, Columns("text", "label"))
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
        """How the data set's own table is read; None where it has none."""
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
