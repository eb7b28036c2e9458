"""Tables in Apache Parquet, by pyarrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO, Any, ClassVar

from rnnkit.data.formats.format import Format, Record, Row, Writer
from rnnkit.environment import require
from rnnkit.errors import RnnkitError

READ_AT_ONCE = 8192  # rows


class Parquet(Format):
    """A table of typed columns."""

    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")
    is_text: ClassVar[bool] = False
    writes: ClassVar[bool] = True

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        arrow, parquet = _pyarrow()
        try:
            number = 1
            for batch in parquet.ParquetFile(file).iter_batches(READ_AT_ONCE):
                for record in batch.to_pylist():
                    yield Row(number, record)
                    number += 1
        except arrow.ArrowException as error:
            raise RnnkitError(source, f"not a Parquet file: {error}", "Expected one") from None

    def encoder(self, file: IO[Any]) -> Writer:
        return _ParquetWriter(file)


class _ParquetWriter:
    """Writes rows under the columns, and of the types, of the first ones."""

    def __init__(self, file: IO[bytes]):
        self._file = file
        self._arrow, self._parquet = _pyarrow()
        self._writer: Any = None

    def write(self, records: Sequence[Record]) -> None:
        """Adds rows."""
        if not records:
            return
        schema = self._writer.schema if self._writer else None
        table = self._arrow.Table.from_pylist(list(records), schema=schema)
        if self._writer is None:
            self._writer = self._parquet.ParquetWriter(self._file, table.schema)
        self._writer.write_table(table)

    def close(self) -> None:
        """Writes the footer."""
        if self._writer is None:
            self._writer = self._parquet.ParquetWriter(self._file, self._arrow.schema([]))
        self._writer.close()


def _pyarrow() -> tuple[Any, Any]:
    require("pyarrow", "parquet")
    import pyarrow
    from pyarrow import parquet

    return pyarrow, parquet
