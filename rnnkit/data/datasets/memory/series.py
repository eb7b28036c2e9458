"""Series in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from rnnkit.config.mistakes import shown
from rnnkit.data.datasets.kinds.series_table import SeriesTableDataset
from rnnkit.data.datasets.memory.base import MemoryDataset
from rnnkit.data.formats.choose import TABLES
from rnnkit.data.memory.rows import MemoryRows
from rnnkit.data.memory.shapes import series_of
from rnnkit.data.memory.table import Table
from rnnkit.data.raw.series import Series
from rnnkit.data.read.files import find_file
from rnnkit.data.times.step import Step
from rnnkit.errors import RnnkitError, at


class MemorySeries(MemoryDataset, SeriesTableDataset):
    """A series in memory: a Series or a DataFrame, whose index may be its times; numbers in a list,
    or an array (steps,) or (steps, columns).
    """

    @classmethod
    def tables(cls, parts: Mapping[str, object]) -> tuple[dict[str, Table], dict[str, Any]]:
        for part in parts.keys() - {"train"}:
            got, expected = (
                f"found {shown(parts[part])}",
                "Expected a fraction of the series, such as 0.1",
            )
            raise RnnkitError(part, got, expected)
        with at("data"):
            table, keys = series_of(parts["train"])
        return {"train": table}, keys

    @classmethod
    def _of(cls, parts: Mapping[str, object], keys: Mapping[str, Any], keep_data: bool) -> Self:
        tables, known = cls.tables(parts)
        if "target" not in {**known, **keys}:
            names = [name for name in tables["train"] if name != known.get("time")]
            expected = f"Expected the column to forecast, or a list of them: {', '.join(names)}"
            raise RnnkitError("target", "missing", expected, f"Write `target={names[0]!r}`")
        if "time" in keys and keys["time"] is None:  # each row is a step, whatever the index has
            keys = {"time_zone": None, **keys}
        return super()._of(parts, keys, keep_data)

    @property
    def used(self) -> list[str]:
        return self._series_columns.names

    def load(self) -> Series:
        table = self.held.tables["train"]
        with at("data"):
            return self.require_targets(self.of_rows(lambda: MemoryRows(table, "the table")))

    def read(self, path: str, step: Step | None = None) -> Series:
        file = find_file(path, "a table")
        kind = self.format_of(file, TABLES)
        return self.of_rows(lambda: kind.read(file), step)

    def sample(self) -> Series:
        return self.load()
