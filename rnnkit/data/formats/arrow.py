"""Tables in the Apache Arrow IPC format, which is also that of Feather files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any, ClassVar

from rnnkit.data.formats.columnar import ColumnarFormat

_MAGIC = b"ARROW1"  # of a file; without it, the content is a stream, as Hugging Face data sets are


class Arrow(ColumnarFormat):
    """A table of typed columns, stored as in memory."""

    suffixes: ClassVar[tuple[str, ...]] = (".arrow", ".feather", ".arrows")

    def batches(self, file: IO[bytes]) -> Iterator[Any]:
        from pyarrow import ipc

        is_file = file.read(len(_MAGIC)) == _MAGIC
        file.seek(0)
        if not is_file:
            yield from ipc.open_stream(file)
            return
        with ipc.open_file(file) as reader:
            for number in range(reader.num_record_batches):
                yield reader.get_batch(number)

    def sink(self, file: IO[bytes], schema: Any) -> Any:
        from pyarrow import ipc

        return ipc.new_file(file, schema)
