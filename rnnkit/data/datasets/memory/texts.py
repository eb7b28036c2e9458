"""Labelled texts in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnnkit.data.datasets.kinds.labelled_table import LabelledTableDataset
from rnnkit.data.datasets.memory.base import ARGUMENTS, MemoryDataset
from rnnkit.data.memory.rows import MemoryRows
from rnnkit.data.memory.shapes import table_with
from rnnkit.data.memory.table import Table
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.read.labelled import read_labelled
from rnnkit.errors import at


class MemoryTexts(MemoryDataset, LabelledTableDataset):
    """Texts and labels in memory: a DataFrame, the lists (texts, labels), or a list of (text,
    label).
    """

    @classmethod
    def tables(cls, parts: Mapping[str, object]) -> tuple[dict[str, Table], dict[str, Any]]:
        tables = {}
        for part, data in parts.items():
            with at(ARGUMENTS[part]):
                tables[part] = table_with(data, ("text", "label"))
        return tables, {}

    @property
    def used(self) -> list[str]:
        return [*self.columns.names, *([] if self.weight is None else [str(self.weight)])]

    def load(self) -> Labelled:
        parts: dict[str, Examples] = {}
        notes = self.remarks()
        for part, table in self.held.tables.items():
            with at(ARGUMENTS[part]):
                rows = MemoryRows(table, "the table")
                parts[part], left_out = read_labelled(rows, self.columns_of(part))
            notes += left_out
        return Labelled(parts, notes)

    def sample(self) -> Labelled:
        return self.load()
