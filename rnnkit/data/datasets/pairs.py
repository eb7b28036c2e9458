"""The user's own pairs of texts: TSV, CSV and JSON lines."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from rnnkit.data.datasets.kinds.base import PARTS
from rnnkit.data.datasets.kinds.paired_table import PairedTableDataset
from rnnkit.data.datasets.kinds.table import TableKeys
from rnnkit.data.formats.choose import TABLES, format_of, has_suffix
from rnnkit.data.formats.format import Format
from rnnkit.data.formats.txt import Txt
from rnnkit.data.raw.pairs import Paired
from rnnkit.data.read.files import find_file
from rnnkit.errors import at
from rnnkit.registry import lookup


class PairsFile(TableKeys, PairedTableDataset):
    """A table with a column of sources and a column of targets, such as sentences and their
    translations.
    """

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "your own file"
    file_keys: ClassVar[tuple[str, ...]] = ("format",)
    path: str = Field(description="the file to train on; .gz is read as it is")
    validation_path: str | None = Field(
        None,
        description="a separate file for validation; otherwise data.split.validation is held out",
    )
    test_path: str | None = Field(None, description="a separate file for the test")
    format: Literal["tsv", "csv", "jsonl", "parquet", "arrow"] | None = Field(
        None,
        description=(
            "tab-separated or comma-separated columns, one JSON object per line, or columns in "
            "Parquet or Arrow; by default as the file's name says, else tsv"
        ),
    )

    def own_format(self) -> Format:
        return self.format_for(Path(self.path))

    def format_for(self, file: Path) -> Format:
        """The format of a file of pairs."""
        if self.format:
            return self.written_as(lookup("format", self.format))
        if has_suffix(file, Txt):  # as Tatoeba's fra.txt
            return self.written_as(lookup("format", "tsv"))
        return self.written_as(type(format_of(file, TABLES, otherwise="tsv")))

    def load(self) -> Paired:
        paired = Paired({})
        for part, key in PARTS.items():
            if path := getattr(self, key):
                with at(self.config_key(key)):
                    of_part = self._read(part, path)
                paired = Paired(paired.parts | of_part.parts, paired.notes + of_part.notes)
        return paired

    def read(self, path: str) -> Paired:
        return self._read("data", path)

    def _read(self, part: str, path: str) -> Paired:
        file = find_file(path, "a file of sources and targets")
        return self.of_rows(part, self.format_for(file).read(file))

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return str(find_file(self.path))
