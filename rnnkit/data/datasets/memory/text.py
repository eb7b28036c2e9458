"""Running text in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from rnnkit.data.datasets.kinds.text import TextDataset
from rnnkit.data.datasets.memory.base import ARGUMENTS, MemoryDataset
from rnnkit.data.memory.rows import text_of
from rnnkit.data.memory.shapes import texts_of
from rnnkit.data.memory.table import Table
from rnnkit.data.raw.text import Corpus
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
                texts[part] = text_of(table, str(self.text))
        return Corpus(**texts)

    def sample(self) -> Corpus:
        return self.load()
