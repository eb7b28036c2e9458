"""Tables in Apache Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any, ClassVar

from rnnkit.data.formats.columnar import ColumnarFormat

READ_AT_ONCE = 8192  # rows


class Parquet(ColumnarFormat):
    """A table of typed columns, compressed."""

    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    def batches(self, file: IO[bytes]) -> Iterator[Any]:
        from pyarrow import parquet

        batches: Iterator[Any] = parquet.ParquetFile(file).iter_batches(READ_AT_ONCE)
        return batches

    def sink(self, file: IO[bytes], schema: Any) -> Any:
        from pyarrow import parquet

        return parquet.ParquetWriter(file, schema)
