"""The base of formats with typed columns, read and written by pyarrow."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any, ClassVar

from rnnkit.data.formats.arrow_parts import parts_of, pyarrow, require_texts
from rnnkit.data.formats.block import Block
from rnnkit.data.formats.format import Format, Record, Row, Writer
from rnnkit.data.formats.read_errors import file_hint
from rnnkit.data.formats.text import encodable
from rnnkit.errors import RnnkitError
from rnnkit.storage.damage import reason

if TYPE_CHECKING:
    import numpy as np


class ColumnarFormat(Format):
    """A table of typed columns."""

    is_text: ClassVar[bool] = False
    writes: ClassVar[bool] = True

    @abstractmethod
    def batches(self, file: IO[bytes]) -> Iterator[Any]:
        """The record batches of an open file."""

    @abstractmethod
    def sink(self, file: IO[bytes], schema: Any) -> Any:
        """A pyarrow writer for tables of a schema."""

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        for block in self.column_blocks(file, source):
            columns = [block.cells(name) for name in block.names]
            for number, values in zip(block.numbers, zip(*columns, strict=True), strict=True):
                yield Row(number, dict(zip(block.names, values, strict=True)))

    def column_blocks(self, file: IO[bytes], source: str) -> Iterator[Block]:
        arrow = pyarrow()
        end = 1
        try:
            for batch in self.batches(file):
                batch.validate(full=True)  # else damaged offsets make pyarrow read out of bounds
                names = batch.schema.names
                if repeated := [name for name in names if names.count(name) > 1]:
                    got, hint = f"two columns {repeated[0]!r}", "Rename one of them"
                    raise RnnkitError(source, got, "Expected each name once", hint)
                for part in parts_of(batch):
                    numbers = range(end, end + part.num_rows)
                    end = numbers.stop
                    require_texts(part, lambda number: self.place(source, number), numbers)
                    yield _ArrowBlock(numbers, dict(zip(names, part.columns, strict=True)))
        except (arrow.ArrowException, OSError) as error:
            kind = type(self).__name__
            got = f"not a complete {kind} file: {reason(error)}"
            raise RnnkitError(source, got, "Expected a whole one", file_hint(file, kind)) from None

    def encoder(self, file: IO[Any]) -> Writer:
        return _ColumnWriter(self, file)


class _ArrowBlock(Block):
    """Rows of an Arrow table, whose columns are converted on access."""

    def cells(self, name: str) -> Sequence[Any]:
        cells: list[Any] = _as_text(self._columns[name]).to_pylist()
        return cells

    def array(self, name: str) -> np.ndarray | None:
        return typed_array(self._columns[name])


def typed_array(column: Any) -> np.ndarray | None:
    """A pyarrow column as an array of numbers or times, (rows,); None for other types."""
    types, kind = pyarrow().types, column.type
    is_time = types.is_date32(kind) or (types.is_timestamp(kind) and kind.tz is None)
    is_whole = (types.is_integer(kind) or is_time) and not column.null_count
    if is_whole or types.is_float32(kind) or types.is_float64(kind):
        values: np.ndarray = column.to_numpy(zero_copy_only=False)
        return values
    return None


class _ColumnWriter:
    """Writes rows with the columns and types of the first rows."""

    def __init__(self, kind: ColumnarFormat, file: IO[bytes]):
        self._kind, self._file, self._arrow = kind, file, pyarrow()
        self._schema: Any = None
        self._sink: Any = None

    def write(self, records: Sequence[Record]) -> None:
        """Adds rows.

        Raises:
            RnnkitError: If a value does not have the type of its column.
        """
        if not records:
            return
        names = self._schema.names if self._schema else list(records[0])
        arrays = [self._array([record.get(name) for record in records], name) for name in names]
        table = self._arrow.Table.from_arrays(arrays, names=names)
        if self._sink is None:
            self._schema, self._sink = table.schema, self._kind.sink(self._file, table.schema)
        self._sink.write_table(table)

    def _array(self, values: list[Any], name: str) -> Any:
        """A column; an empty text in a numeric column becomes a missing value."""
        arrow, kind = self._arrow, self._schema.field(name).type if self._schema else None
        is_typed = kind or any(value not in ("", None) for value in values)
        if any(isinstance(value, str) and value for value in values):
            values = [encodable(value) if isinstance(value, str) else value for value in values]
        elif is_typed and kind != arrow.string():
            values = [None if value == "" else value for value in values]
        try:
            array = arrow.array(values, kind)
        except (arrow.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise RnnkitError(
                "",
                f"the column {name!r} cannot be written: {error}",
                "Expected values of one type",
                "Write a .jsonl file, which holds values of any type",
            ) from None
        # only missing values so far: texts may follow
        return array.cast(arrow.string()) if arrow.types.is_null(array.type) else array

    def close(self) -> None:
        """Writes the footer."""
        if self._sink is None:
            self._sink = self._kind.sink(self._file, self._arrow.schema([]))
        self._sink.close()


def _as_text(column: Any) -> Any:
    """Casts a binary column to text if it is UTF-8: some programs write texts as binary."""
    types = pyarrow().types
    if not (types.is_binary(column.type) or types.is_large_binary(column.type)):
        return column
    try:
        return column.cast("large_string")
    except ValueError:  # ArrowInvalid: not text
        return column
