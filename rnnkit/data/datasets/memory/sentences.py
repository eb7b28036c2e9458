"""Tagged sentences in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from rnnkit.data.datasets.kinds.tagged import TaggedDataset
from rnnkit.data.datasets.memory.base import ARGUMENTS, MemoryDataset
from rnnkit.data.memory.rows import MemoryRows
from rnnkit.data.memory.shapes import sentences_of
from rnnkit.data.memory.table import Table
from rnnkit.data.raw.labelled import Labelled
from rnnkit.data.read.tagged import read_tagged
from rnnkit.errors import at


class MemorySentences(MemoryDataset, TaggedDataset):
    """Tagged sentences in memory: a list of (tokens, tags), the lists (tokens, tags), a table whose
    cells are lists, or a list of sentences that are lists of (token, tag).
    """

    has_columns: ClassVar[bool] = True
    tokens: str = Field("tokens", min_length=1, description="the column of the lists of tokens")
    tags: str = Field("tags", min_length=1, description="the column of the lists of tags")
    tag_names: list[str] = Field(
        [], description="the names of tags that are whole numbers, from 0 on"
    )

    @classmethod
    def tables(cls, parts: Mapping[str, object]) -> tuple[dict[str, Table], dict[str, Any]]:
        tables = {}
        for part, data in parts.items():
            with at(ARGUMENTS[part]):
                tables[part] = sentences_of(data, ("tokens", "tags"))
        return tables, {}

    @property
    def used(self) -> list[str]:
        return [self.tokens, self.tags]

    @property
    def names_of_tags(self) -> list[str]:
        return self.tag_names

    def load(self) -> Labelled:
        parts = {}
        for part, table in self.held.tables.items():
            with at(ARGUMENTS[part]):
                rows, further = MemoryRows(table, "the table"), self.kept if part == "train" else {}
                parts[part] = read_tagged(rows, self.tokens, self.tags, further, self.tag_names)
        return Labelled(parts)

    def sample(self) -> Labelled:
        return self.load()
