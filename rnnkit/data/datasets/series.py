"""The user's own time series, in a table with a row per time."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from rnnkit.config.spec import Spec
from rnnkit.data.datasets.kinds.series_table import SeriesTableDataset
from rnnkit.data.datasets.kinds.table import TableKeys
from rnnkit.data.formats.format import Rows
from rnnkit.data.raw.series import Series
from rnnkit.data.read.files import find_file
from rnnkit.data.times.step import Step
from rnnkit.errors import at


class _SeriesPath(Spec):
    path: str = Field(description="the file")


class SeriesFile(TableKeys, SeriesTableDataset, _SeriesPath):
    """A CSV file (or .tsv, .jsonl, also .gz; .parquet, .arrow, .feather) with a column to forecast
    and, where there are, further columns and a timestamp.

    Of the further columns the past is an input. Those in `known`, and the calendar, are known in
    advance: of them the future is an input too.
    """

    origin: ClassVar[str] = "your own file"

    @property
    def source(self) -> str:
        return self.path

    def load(self) -> Series:
        with at(self.config_key("path")):
            return self.require_targets(self.read(self.path))

    def read(self, path: str, step: Step | None = None) -> Series:
        return self.of_rows(lambda: self._table(path), step)

    def _table(self, path: str) -> Rows:
        file = find_file(path, "a CSV file")
        return self.table_format(file).read(file)

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return str(find_file(self.path, "a CSV file"))
