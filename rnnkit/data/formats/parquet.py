"""Tables in Apache Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any, ClassVar

from rnnkit.data.formats.arrow_parts import longest, pyarrow
from rnnkit.data.formats.columnar import ColumnarFormat

MOST_ROWS = 4096  # read at once
AT_ONCE = 100_000_000  # bytes read at once
WHOLE_GROUP = 400_000_000  # bytes of a row group whose dictionaries may be read into memory
LONG_ROW = 10_000  # bytes
FEW_ROWS = 32  # read at once at least, if rows are short


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
    """The number of rows of a group that fit in memory, where each dictionary-encoded value is
    written out for every row.

    Only the size of the group is read: damaged metadata of a column would crash the process.
    """
    metadata = table.metadata.row_group(group)
    mean = metadata.total_byte_size // max(1, metadata.num_rows)
    longest_row = metadata.total_byte_size  # an upper bound
    is_flat = not any(pyarrow().types.is_nested(field.type) for field in table.schema_arrow)
    if is_flat and metadata.total_byte_size <= WHOLE_GROUP:
        longest_row = max(mean, _longest_in_dictionaries(table, group, file))
    least = 1 if mean > LONG_ROW else FEW_ROWS
    return max(least, min(MOST_ROWS, AT_ONCE // max(1, longest_row)))


def _longest_in_dictionaries(table: Any, group: int, file: IO[bytes]) -> int:
    """The bytes of the longest text in the dictionaries of a group, read with its first row."""
    from pyarrow import parquet

    names = table.schema_arrow.names
    encoded = parquet.ParquetFile(file, metadata=table.metadata, read_dictionary=names)
    for row in encoded.iter_batches(1, row_groups=[group]):
        row.validate(full=True)
        return max(map(longest, row.columns), default=0)
    return 0
