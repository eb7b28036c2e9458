"""Tables in Apache Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any, ClassVar

from rnnkit.data.formats.columnar import ColumnarFormat

MOST_ROWS = 1024  # read at once
AT_ONCE = 100_000_000  # bytes that they have
LONG_ROW = 10_000  # bytes
FEW_ROWS = 32  # of a table whose rows are short


class Parquet(ColumnarFormat):
    """A table of typed columns, compressed."""

    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    def batches(self, file: IO[bytes]) -> Iterator[Any]:
        from pyarrow import parquet

        table = parquet.ParquetFile(file)
        batches: Iterator[Any] = table.iter_batches(_rows_at_once(table.metadata))
        return batches

    def sink(self, file: IO[bytes], schema: Any) -> Any:
        from pyarrow import parquet

        return parquet.ParquetWriter(file, schema)


def _rows_at_once(metadata: Any) -> int:
    """How many rows fit in memory, though a value that rows only point to is written out for each.
    A row group says its size alone: damaged metadata of a column end the process.
    """
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    most = max((group.total_byte_size for group in groups), default=0)
    longest = max((group.total_byte_size // max(1, group.num_rows) for group in groups), default=0)
    least = 1 if longest > LONG_ROW else FEW_ROWS
    return max(least, min(MOST_ROWS, AT_ONCE // max(1, most)))
