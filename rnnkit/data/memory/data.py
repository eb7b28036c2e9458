"""Data in memory that a run was trained on: a registry of this process, and files in the run
folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from rnnkit.data.memory.table import Column, Table, column_of
from rnnkit.environment import require
from rnnkit.errors import RnnkitError
from rnnkit.storage import load_npz, npz_bytes, write_bytes
from rnnkit.storage.damage import blaming
from rnnkit.storage.reading import open_file

PARTS = ("train", "validation", "test")
TABLE, ARRAYS = "data{}.parquet", "data{}.npz"
"""File names in a run folder; the suffix is "" for training, else "-" and the part."""


@dataclass(frozen=True)
class MemoryData:
    """Data in memory, by part: tables, or arrays of sequences.

    Args:
        tables: The table of each part; empty for sequences of numbers.
        arrays: The arrays of each part, `x`, `y` and so on; empty for tables.
        fingerprint: A checksum of the data.
    """

    tables: Mapping[str, Table]
    arrays: Mapping[str, Mapping[str, np.ndarray]]
    fingerprint: str


_REGISTRY: WeakValueDictionary[str, MemoryData] = WeakValueDictionary()
"""Data still referenced in this process, such as by the `Run` of their training, by fingerprint."""


def register(data: MemoryData) -> MemoryData:
    """Makes data available to runs that were trained on them, as long as the result is referenced.

    Returns:
        The data that were registered first with this fingerprint.
    """
    return _REGISTRY.setdefault(data.fingerprint, data)


def find(fingerprint: str) -> MemoryData | None:
    """The registered data with a fingerprint; None if there are none."""
    return _REGISTRY.get(fingerprint)


def data_of_tables(tables: Mapping[str, Table], used: Iterable[str]) -> MemoryData:
    """Data from the tables of the parts.

    Args:
        tables: The table of each part, at least "train".
        used: The columns that are read; others do not change the fingerprint.
    """
    names, checksum = list(dict.fromkeys(used)), hashlib.sha256()
    for part, table in tables.items():
        checksum.update(f"{part}: {table.rows} rows\n".encode())
        for name in (name for name in names if name in table):
            column = table[name]
            content = _content(column)
            checksum.update(f"{part} {name} {len(column)} {len(content)}\n".encode())
            checksum.update(content)
    # unused columns stay: a message about a missing column lists all that there are
    return MemoryData(dict(tables), {}, checksum.hexdigest())


def data_of_arrays(arrays: Mapping[str, Mapping[str, np.ndarray]]) -> MemoryData:
    """Data from the arrays of the parts."""
    checksum = hashlib.sha256()
    for part, of_part in arrays.items():
        for name, array in of_part.items():
            checksum.update(f"{part} {name} {array.shape} {array.dtype.kind}\n".encode())
            checksum.update(np.ascontiguousarray(array).tobytes())
    return MemoryData({}, arrays, checksum.hexdigest())


def _content(column: Column) -> bytes:
    """The bytes of a column for its checksum, the same for a list and an array of equal numbers."""
    if column.array is None:
        cells = column.cells
        if not cells or not all(type(cell) in (int, float) for cell in cells):
            texts = [_text(cell) for cell in cells]
            whole = "".join(f"{len(text)} {text}" for text in texts)
            return whole.encode("utf-8", "surrogatepass")
    values = np.asarray(column.cells if column.array is None else column.array)
    if values.dtype.kind == "O":  # integers beyond 64 bits
        return " ".join(map(str, column.cells)).encode()
    return values.astype("datetime64[us]" if values.dtype.kind == "M" else float).tobytes()


def _text(cell: object) -> str:
    if isinstance(cell, set | frozenset):  # their order differs between processes
        cell = sorted(cell, key=str)
    return f"{type(cell).__name__} {cell}" if not isinstance(cell, str) else cell


def write_data(data: MemoryData, folder: Path, used: Iterable[str]) -> None:
    """Writes data to a run folder.

    Args:
        data: The data.
        folder: The run folder.
        used: The columns to write.

    Raises:
        RnnkitError: If a column contains values of several types.
    """
    for part, of_part in data.arrays.items():
        write_bytes(_file(folder, ARRAYS, part), npz_bytes(of_part))
    for part, table in data.tables.items():
        names = [name for name in dict.fromkeys(used) if name in table]
        content = _parquet({name: table[name] for name in names})
        write_bytes(_file(folder, TABLE, part), content)


def read_data(folder: Path, fingerprint: str) -> MemoryData | None:
    """Reads and registers the data of a run folder; None if it has none."""
    arrays = {
        part: load_npz(file) for part in PARTS if (file := _file(folder, ARRAYS, part)).is_file()
    }
    tables = {
        part: _read_parquet(file)
        for part in PARTS
        if (file := _file(folder, TABLE, part)).is_file()
    }
    return register(MemoryData(tables, arrays, fingerprint)) if arrays or tables else None


def _file(folder: Path, name: str, part: str) -> Path:
    return folder / name.format("" if part == "train" else f"-{part}")


def require_parquet() -> None:
    """Checks that the library that writes tables is installed.

    Raises:
        RnnkitError: If not, with the command that installs it.
    """
    require("pyarrow", "parquet")


def _parquet(columns: Mapping[str, Column]) -> bytes:
    require_parquet()
    import pyarrow
    from pyarrow import parquet

    arrays = []
    for name, column in columns.items():
        values: Any = column.cells if column.array is None else column.array
        try:
            arrays.append(pyarrow.array(values))
        except (pyarrow.ArrowException, TypeError, ValueError, OverflowError) as error:
            got = f"the column {name!r} cannot be kept: {error}"
            hint = "Convert it, or train with keep_data=False"
            raise RnnkitError("data", got, "Expected values of one type", hint) from None
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.table(arrays, list(columns)), sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _read_parquet(file: Path) -> Table:
    require_parquet()
    from pyarrow import parquet

    with (
        blaming(str(file), "cannot be read", "Expected the run's own data"),
        open_file(file, links=False) as opened,
    ):
        table = parquet.ParquetFile(opened).read()
    return Table({name: column_of(table[name]) for name in table.column_names})
