"""Running text in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from rnnkit.data.datasets.kinds.text import TextDataset
from rnnkit.data.datasets.memory.base import ARGUMENTS, MemoryDataset
from rnnkit.data.memory.rows import MemoryRows
from rnnkit.data.memory.shapes import texts_of
from rnnkit.data.memory.table import Table
from rnnkit.data.raw.text import Corpus
from rnnkit.data.read.running_text import running_text
from rnnkit.errors import at


class MemoryText(MemoryDataset, TextDataset):
    """Running text in memory: a text as it is; or several, each on a line of its own, in a list or
    in a column of a table.
    """

    text: str | int = Field("text", description="the column of the texts")

    @classmethod
    def tables(cls, parts: Mapping[str, object]) -> tuple[dict[str, Table], dict[str, Any]]:
        tables = {}
        for part, data in parts.items():
            with at(ARGUMENTS[part]):
                tables[part] = texts_of(data)
        return tables, {}

    @property
    def used(self) -> list[str]:
        return [str(self.text)]

    def load(self) -> Corpus:
        texts = {}
        for part, table in self.held.tables.items():
            with at(ARGUMENTS[part]):
                whole = running_text(MemoryRows(table, "the table"), str(self.text))
            texts[part] = table[str(self.text)].cells[0] if table.rows == 1 else whole
        return Corpus(**texts)

    def sample(self) -> Corpus:
        return self.load()
