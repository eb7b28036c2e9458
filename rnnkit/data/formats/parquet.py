"""Tables in Apache Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any, ClassVar

from rnnkit.data.formats.arrow_parts import longest, pyarrow
from rnnkit.data.formats.columnar import ColumnarFormat

MOST_ROWS = 4096  # read at once
AT_ONCE = 100_000_000  # bytes that they have
WHOLE_GROUP = 400_000_000  # bytes that all values of a group may have in memory
LONG_ROW = 10_000  # bytes
FEW_ROWS = 32  # of a table whose rows are short


class Parquet(ColumnarFormat):
    """A table of typed columns, compressed."""

    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    def batches(self, file: IO[bytes]) -> Iterator[Any]:
        from pyarrow import parquet

        table = parquet.ParquetFile(file)
        for group in range(table.num_row_groups):
            rows = _rows_at_once(table, group, file)
            yield from table.iter_batches(rows, row_groups=[group])

    def sink(self, file: IO[bytes], schema: Any) -> Any:
        from pyarrow import parquet

        return parquet.ParquetWriter(file, schema)


def _rows_at_once(table: Any, group: int, file: IO[bytes]) -> int:
    """How many rows of a group fit in memory, though a value that rows only point to, in the
    group's dictionary, is written out for each. A group says its size alone: damaged metadata of a
    column end the process.
    """
    about = table.metadata.row_group(group)
    mean = about.total_byte_size // max(1, about.num_rows)
    pointed_to = about.total_byte_size  # at most
    is_flat = not any(pyarrow().types.is_nested(field.type) for field in table.schema_arrow)
    if is_flat and about.total_byte_size <= WHOLE_GROUP:
        pointed_to = max(mean, _longest_pointed_to(table, group, file))
    least = 1 if mean > LONG_ROW else FEW_ROWS
    return max(least, min(MOST_ROWS, AT_ONCE // max(1, pointed_to)))


def _longest_pointed_to(table: Any, group: int, file: IO[bytes]) -> int:
    """The bytes of the longest text in the dictionaries of a group, which come with its first row
    where they are not written out.
    """
    from pyarrow import parquet

    names = table.schema_arrow.names
    named = parquet.ParquetFile(file, metadata=table.metadata, read_dictionary=names)
    for row in named.iter_batches(1, row_groups=[group]):
        row.validate(full=True)
        return max(map(longest, row.columns), default=0)
    return 0
