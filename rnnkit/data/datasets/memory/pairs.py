"""Pairs of texts in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnnkit.data.datasets.kinds.paired_table import PairedTableDataset
from rnnkit.data.datasets.memory.base import ARGUMENTS, MemoryDataset
from rnnkit.data.memory.rows import MemoryRows
from rnnkit.data.memory.shapes import table_with
from rnnkit.data.memory.table import Table
from rnnkit.data.raw.pairs import Paired
from rnnkit.errors import at


class MemoryPairs(MemoryDataset, PairedTableDataset):
    """Pairs of texts in memory: a DataFrame, the lists (sources, targets), or a list of (source,
    target).
    """

    @classmethod
    def tables(cls, parts: Mapping[str, object]) -> tuple[dict[str, Table], dict[str, Any]]:
        tables = {}
        for part, data in parts.items():
            with at(ARGUMENTS[part]):
                tables[part] = table_with(data, ("source", "target"))
        return tables, {}

    @property
    def used(self) -> list[str]:
        return [str(self.source), str(self.target)]

    def load(self) -> Paired:
        paired = Paired({})
        for part, table in self.held.tables.items():
            with at(ARGUMENTS[part]):
                own = self.of_rows(part, MemoryRows(table, "the table"))
            paired = Paired(paired.parts | own.parts, paired.notes + own.notes)
        return paired

    def sample(self) -> Paired:
        return self.load()
