"""The user's own tables of texts and labels: CSV, TSV and JSON lines."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from rnnkit.config.spec import Spec
from rnnkit.data.datasets.kinds.base import PARTS
from rnnkit.data.datasets.kinds.labelled_table import LabelledTableDataset
from rnnkit.data.datasets.kinds.table import TableKeys
from rnnkit.data.formats.choose import TABLES, has_suffix, with_keys
from rnnkit.data.formats.csv import Separator
from rnnkit.data.formats.format import Format
from rnnkit.data.formats.txt import Txt
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.read.files import find_file
from rnnkit.data.read.labelled import read_labelled
from rnnkit.errors import at
from rnnkit.registry import lookup

Kind = Literal["csv", "tsv", "jsonl", "parquet", "arrow"]


class TrainingFiles(Spec):
    """The files of a data set, one for each part."""

    path: str = Field(description="the file to train on; .gz is read as it is")
    validation_path: str | None = Field(
        None,
        description="a separate file for validation; otherwise data.split.validation is held out",
    )
    test_path: str | None = Field(None, description="a separate file for the test")


class _Table(LabelledTableDataset, TrainingFiles):
    """The base of tables in files."""

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "your own file"
    kind: ClassVar[Kind]

    def own_format(self) -> Format:
        """The format of the data set's own files."""
        keys = TableKeys.model_fields.keys() & type(self).model_fields.keys()
        return with_keys(lookup("format", self.kind)(), {key: getattr(self, key) for key in keys})

    def load(self) -> Labelled:
        parts: dict[str, Examples] = {}
        notes = self.remarks()
        for part, key in PARTS.items():
            if path := getattr(self, key):
                with at(self.config_key(key)):
                    file = find_file(path, f"a {self.kind.upper()} file")
                    rows = self.own_format().read(file)
                    parts[part], left_out = read_labelled(rows, self.columns_of(part))
                notes += left_out
        return Labelled(parts, notes)

    def read(self, path: str) -> Labelled:
        file, kind = find_file(path, "a table of texts and labels"), self.own_format()
        if not has_suffix(file, Txt):
            kind = self.format_of(file, TABLES, otherwise=self.kind)
        return self._of_rows(kind.read(file))

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return str(find_file(self.path))


class Csv(TableKeys, _Table):
    """A CSV file with a column of texts and a column of labels."""

    kind: ClassVar[Kind] = "csv"
    separator: Separator = Field(",", description="between fields: , ; | tab or whitespace")
    quotes: bool = Field(
        True,
        description=(
            "whether double quotes enclose fields that hold separators or line ends; else they are"
            " plain characters"
        ),
    )


class Tsv(TableKeys, _Table):
    """A file of tab-separated columns, with texts and labels."""

    kind: ClassVar[Kind] = "tsv"
    separator: Separator = Field("tab", description="between fields: tab , ; | or whitespace")
    quotes: bool = Field(
        False,
        description=(
            "whether double quotes enclose fields that hold tabs or line ends; else they are plain"
            " characters"
        ),
    )


class JsonLines(_Table):
    """A file with one JSON object per line, with a text and a label."""

    kind: ClassVar[Kind] = "jsonl"
    encoding: str = Field("utf-8", description="the file's character encoding")


class Parquet(_Table):
    """A Parquet file with a column of texts and a column of labels."""

    kind: ClassVar[Kind] = "parquet"


class Arrow(_Table):
    """An Arrow or Feather file with a column of texts and a column of labels."""

    kind: ClassVar[Kind] = "arrow"
