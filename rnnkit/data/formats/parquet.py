"""Tables in Apache Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any, ClassVar

from rnnkit.data.formats.columnar import ColumnarFormat
from rnnkit.errors import RnnkitError

MOST_ROWS = 1024  # read at once
AT_ONCE = 100_000_000  # bytes that they have at most
HEADER = 32  # bytes of a page's header that hold its size


class Parquet(ColumnarFormat):
    """A table of typed columns, compressed."""

    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    def batches(self, file: IO[bytes]) -> Iterator[Any]:
        from pyarrow import parquet

        table = parquet.ParquetFile(file)
        most = _largest_row(file, table.metadata)
        batches: Iterator[Any] = table.iter_batches(max(1, min(MOST_ROWS, AT_ONCE // most)))
        return batches

    def sink(self, file: IO[bytes], schema: Any) -> Any:
        from pyarrow import parquet

        return parquet.ParquetWriter(file, schema)


def _largest_row(file: IO[bytes], metadata: Any) -> int:
    """About how many bytes a row has: a page of values that rows only point to may unfold for each
    of them.
    """
    most = 1
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        columns = [group.column(number) for number in range(group.num_columns)]
        size = group.total_byte_size // max(1, group.num_rows)
        most = max(most, size + sum(_dictionary_bytes(file, column) for column in columns))
    return most


def _dictionary_bytes(file: IO[bytes], column: Any) -> int:
    """The bytes of a column's values, if rows only point to them."""
    if not column.has_dictionary_page or column.physical_type != "BYTE_ARRAY":
        return 0
    file.seek(column.dictionary_page_offset)
    header = file.read(HEADER)  # Thrift's compact protocol: field 1, its kind; field 2, its size
    _, place = _number(header, 1)
    return _number(header, place + 1)[0]


def _number(content: bytes, place: int) -> tuple[int, int]:
    """A whole number of Thrift's, and the place after it."""
    value = 0
    for shift, byte in enumerate(content[place:]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value >> 1, place + shift + 1
    raise RnnkitError("", "a damaged page", "Expected the size of a page")
