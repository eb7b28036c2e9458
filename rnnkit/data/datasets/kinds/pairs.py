"""The base of data sets of pairs of texts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.formats.choose import TABLES
from rnnkit.data.formats.format import Format, Rows
from rnnkit.data.memory.rows import MemoryRows
from rnnkit.data.memory.shapes import table_with
from rnnkit.data.raw.pairs import Paired, Pairs
from rnnkit.data.read.files import find_file
from rnnkit.data.read.pairs import read_pairs


class PairedDataset(Dataset):
    """The base of data sets of source texts with their targets."""

    further_columns: ClassVar[Mapping[str, str]] = {"source": "source", "target": "target"}

    @abstractmethod
    def load(self) -> Paired:
        """Loads the pairs of all parts of the data set.

        Raises:
            RnnkitError: If they are not available or cannot be read.
        """

    def sample(self) -> Paired:
        """A few pairs built into rnnkit, for `--smoke`."""
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
        """Reads a further file of pairs, with the columns `source` and `target`.

        Raises:
            RnnkitError: If it does not exist or is invalid.
        """
        file = find_file(path, "a file of sources and targets")
        return self.of_rows("data", self.format_of(file, TABLES).read(file))

    def read_further(self, data: object) -> Paired:
        """Reads further pairs, from a file by its path or from memory.

        Raises:
            RnnkitError: If they cannot be read.
        """
        dataset = self.further
        if isinstance(data, str):
            return dataset.read(data)
        names = dataset.further_column("source"), dataset.further_column("target")
        return dataset.of_rows("data", MemoryRows(table_with(data, names), "the table"))

    def of_rows(self, part: str, rows: Rows) -> Paired:
        """Reads the pairs of one part."""
        source, target = self.further_column("source"), self.further_column("target")
        keys = {source: "source", target: "target"}
        pairs, notes = read_pairs(rows, source, target, keys, self.kept, needs_kept=part == "train")
        return Paired({part: pairs}, notes)

    @property
    def text_column(self) -> str:
        """The column of the source in a table like the data set's own."""
        return "text"

    def own_format(self) -> Format | None:
        """The format of the data set's files; None if it is not read from tables."""
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
