"""Data sets of pairs of texts."""

from __future__ import annotations

from abc import abstractmethod

from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.formats.choose import TABLES
from rnnkit.data.formats.format import Format
from rnnkit.data.raw.pairs import Paired, Pairs
from rnnkit.data.read.files import find_file
from rnnkit.data.read.pairs import read_pairs


class PairedDataset(Dataset):
    """A data set of pairs of texts: a source, and the target that it becomes."""

    @abstractmethod
    def load(self) -> Paired:
        """The pairs, in the data set's own parts.

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
        pairs, notes = read_pairs(self.format_of(found, TABLES).read(found), "source", "target")
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
