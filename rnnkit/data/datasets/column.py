"""A column of a table as running text."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from rnnkit.data.datasets.fable import FABLE
from rnnkit.data.datasets.kinds.table import TableKeys
from rnnkit.data.datasets.kinds.text import TextDataset
from rnnkit.data.formats.choose import TABLES, has_suffix
from rnnkit.data.formats.format import Format
from rnnkit.data.formats.txt import Txt
from rnnkit.data.raw.text import Corpus
from rnnkit.data.read.files import find_file
from rnnkit.data.read.running_text import running_text
from rnnkit.errors import at


class Column(TableKeys, TextDataset):
    """The texts in a column of a table (.csv, .tsv, .jsonl, .parquet, .arrow), one after the other,
    each on a line of its own.
    """

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "your own file"
    file_keys: ClassVar[tuple[str, ...]] = ("text",)
    path: str = Field(description="the table")
    text: str | int = Field(
        "text",
        description=(
            "the column of the text: its name, or its number from 0 where there is no header"
        ),
    )

    def own_format(self) -> Format:
        return self.table_format(Path(self.path))

    def load(self) -> Corpus:
        with at(self.config_key("path")):
            file = find_file(self.path, "a table with a column of texts")
            return Corpus(running_text(self.table_format(file).read(file), str(self.text)))

    def read(self, path: str) -> str:
        file = find_file(path, "a table, or a text file")
        if has_suffix(file, Txt):
            return super().read(path)
        return running_text(self.format_of(file, TABLES).read(file), str(self.text))

    def sample(self) -> Corpus:
        return Corpus(FABLE)

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return str(find_file(self.path))
