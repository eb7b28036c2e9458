"""The user's own pairs of texts: TSV, CSV and JSON lines."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.data.datasets.kinds.base import PARTS
from rnnkit.data.datasets.kinds.pairs import PairedDataset
from rnnkit.data.formats.csv import Csv
from rnnkit.data.formats.format import Format
from rnnkit.data.formats.jsonl import JsonLines
from rnnkit.data.formats.tsv import Tsv
from rnnkit.data.raw.pairs import Paired
from rnnkit.data.read.files import find_file
from rnnkit.data.read.pairs import read_pairs
from rnnkit.errors import at


class PairsFile(PairedDataset):
    """A table with a column of sources and a column of targets, such as sentences and their
    translations.
    """

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "the user's own file"
    path: str = Field(description="the file to train on; .gz is read as it is")
    validation_path: str | None = Field(
        None, description="a file of its own for validation; else data.split.validation is held out"
    )
    test_path: str | None = Field(None, description="a file of its own for the test")
    format: Literal["tsv", "csv", "jsonl"] = Field(
        "tsv", description="tab-separated or comma-separated columns, or one JSON object a line"
    )
    source: str | int = Field(
        "source",
        description=(
            "the column of the source: its name, or its number from 0 where there is no header"
        ),
    )
    target: str | int = Field("target", description="the column of the target")
    header: bool = Field(
        True, description="whether the first row of a tsv or csv file names the columns"
    )
    quotes: bool = Field(
        False,
        description=(
            "whether double quotes enclose fields that hold separators or line ends; else they are"
            " plain characters"
        ),
    )
    encoding: str = Field("utf-8", description="how the file's bytes become text")

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
        if self.format == "jsonl":
            return JsonLines(encoding=self.encoding)
        kind = Csv if self.format == "csv" else Tsv
        return kind(encoding=self.encoding, header=self.header, quotes=self.quotes)

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
        file = find_file(path, f"a {self.format.upper()} file")
        pairs, notes = read_pairs(self.own_format().read(file), str(self.source), str(self.target))
        return Paired({part: pairs}, notes)

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return str(find_file(self.path))
