"""Data sets of running text."""

from __future__ import annotations

from abc import abstractmethod

from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.raw.long_text import LongText
from rnnkit.data.raw.text import Corpus


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
