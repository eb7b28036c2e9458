"""The user's own pairs of texts: TSV, CSV and JSON lines."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.data.datasets.kinds.base import PARTS
from rnnkit.data.datasets.kinds.pairs import PairedDataset
from rnnkit.data.datasets.kinds.table import TableKeys
from rnnkit.data.formats.choose import TABLES, format_of, has_suffix
from rnnkit.data.formats.format import Format
from rnnkit.data.formats.txt import Txt
from rnnkit.data.raw.pairs import Paired
from rnnkit.data.read.files import find_file
from rnnkit.data.read.pairs import read_pairs
from rnnkit.errors import at
from rnnkit.registry import lookup


class PairsFile(TableKeys, PairedDataset):
    """A table with a column of sources and a column of targets, such as sentences and their
    translations.
    """

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "the user's own file"
    has_columns: ClassVar[bool] = True
    file_keys: ClassVar[tuple[str, ...]] = ("source", "target", "format")
    path: str = Field(description="the file to train on; .gz is read as it is")
    validation_path: str | None = Field(
        None, description="a file of its own for validation; else data.split.validation is held out"
    )
    test_path: str | None = Field(None, description="a file of its own for the test")
    format: Literal["tsv", "csv", "jsonl", "parquet", "arrow"] | None = Field(
        None,
        description=(
            "tab-separated or comma-separated columns, one JSON object a line, or columns in"
            " Parquet or Arrow; unset: as the file's name says, else tsv"
        ),
    )
    source: str | int = Field(
        "source",
        description=(
            "the column of the source: its name, or its number from 0 where there is no header"
        ),
    )
    target: str | int = Field("target", description="the column of the target")

    @model_validator(mode="after")
    def _two_columns(self) -> Self:
        if str(self.source) == str(self.target):
            raise mistakes_at(
                [
                    (
                        ("target",),
                        mistake(
                            f"{self.target!r} is the column of the source too",
                            "Expected another column",
                        ),
                    )
                ]
            )
        return self

    @property
    def text_column(self) -> str:
        return str(self.source)

    def own_format(self) -> Format:
        return self.format_for(Path(self.path))

    def format_for(self, file: Path) -> Format:
        """How a file of pairs is read."""
        if self.format:
            return self.written_as(lookup("format", self.format))
        if has_suffix(file, Txt):  # as Tatoeba's fra.txt
            return self.written_as(lookup("format", "tsv"))
        return self.written_as(type(format_of(file, TABLES, otherwise="tsv")))

    def load(self) -> Paired:
        found = Paired({})
        for part, key in PARTS.items():
            if path := getattr(self, key):
                with at(self.config_key(key)):
                    read = self._read(part, path)
                found = Paired(found.parts | read.parts, found.notes + read.notes)
        return found

    def read(self, path: str) -> Paired:
        return self._read("data", path)

    def _read(self, part: str, path: str) -> Paired:
        file = find_file(path, "a file of sources and targets")
        keys = {str(self.source): "source", str(self.target): "target"}
        rows = self.format_for(file).read(file)
        pairs, notes = read_pairs(
            rows, str(self.source), str(self.target), keys, self.kept, needs_kept=part == "train"
        )
        return Paired({part: pairs}, notes)

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return str(find_file(self.path))
