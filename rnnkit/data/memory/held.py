"""Data that a training was given in memory: who has them, and where a run folder keeps them."""

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
"""The files of a run folder; that of another part than training is named after it."""


@dataclass(frozen=True)
class Held:
    """Data in memory.

    Args:
        tables: The tables of each part, where they are tables.
        arrays: The arrays of each part, where they are sequences of numbers: `x`, `y` and so on.
        fingerprint: What differs where they differ.
    """

    tables: Mapping[str, Table]
    arrays: Mapping[str, Mapping[str, np.ndarray]]
    fingerprint: str


_HELD: WeakValueDictionary[str, Held] = WeakValueDictionary()
"""Those that someone in this process still has, such as the `Run` of their training."""


def hold(held: Held) -> Held:
    """Makes data known to whatever reads the run that was trained on them, as long as the result is
    kept; one of the same data may be known already.
    """
    return _HELD.setdefault(held.fingerprint, held)


def held(fingerprint: str) -> Held | None:
    """The data with a fingerprint; None if nobody has them."""
    return _HELD.get(fingerprint)


def held_tables(tables: Mapping[str, Table], used: Iterable[str]) -> Held:
    """Tables, by part.

    Args:
        tables: At least that of "train".
        used: The columns that are read; of the others nothing is kept.
    """
    names, checksum, own = list(dict.fromkeys(used)), hashlib.sha256(), {}
    for part, table in tables.items():
        checksum.update(f"{part}: {table.rows} rows\n".encode())
        for name in (name for name in names if name in table):
            column = table[name]
            content = _content(column)
            checksum.update(f"{part} {name} {len(column)} {len(content)}\n".encode())
            checksum.update(content)
        # all columns stay: a message about one that is missing names those that there are
        own[part] = table
    return Held(own, {}, checksum.hexdigest())


def held_arrays(arrays: Mapping[str, Mapping[str, np.ndarray]]) -> Held:
    """Arrays, by part."""
    checksum = hashlib.sha256()
    for part, of_part in arrays.items():
        for name, array in of_part.items():
            checksum.update(f"{part} {name} {array.shape} {array.dtype.kind}\n".encode())
            checksum.update(np.ascontiguousarray(array).tobytes())
    return Held({}, arrays, checksum.hexdigest())


def _content(column: Column) -> bytes:
    """What a column holds, the same for a list and for a typed array of the same numbers."""
    if column.array is None:
        cells = column.cells
        if not cells or not all(type(cell) in (int, float) for cell in cells):
            texts = [_text(cell) for cell in cells]
            whole = "".join(f"{len(text)} {text}" for text in texts)
            return whole.encode("utf-8", "surrogatepass")
    values = np.asarray(column.cells if column.array is None else column.array)
    if values.dtype.kind == "O":  # whole numbers of any size
        return " ".join(map(str, column.cells)).encode()
    return values.astype("datetime64[us]" if values.dtype.kind == "M" else float).tobytes()


def _text(cell: object) -> str:
    if isinstance(cell, set | frozenset):  # whose order differs from process to process
        cell = sorted(cell, key=str)
    return f"{type(cell).__name__} {cell}" if not isinstance(cell, str) else cell


def keep(data: Held, folder: Path, used: Iterable[str]) -> None:
    """Writes data to a run folder.

    Args:
        data: The data.
        folder: The run folder.
        used: The columns that are read.

    Raises:
        RnnkitError: If a column holds values of several types.
    """
    for part, of_part in data.arrays.items():
        write_bytes(_file(folder, ARRAYS, part), npz_bytes(of_part))
    for part, table in data.tables.items():
        names = [name for name in dict.fromkeys(used) if name in table]
        content = _parquet({name: table[name] for name in names})
        write_bytes(_file(folder, TABLE, part), content)


def kept(folder: Path, fingerprint: str) -> Held | None:
    """The data of a run folder; None if it keeps none."""
    arrays = {
        part: load_npz(file) for part in PARTS if (file := _file(folder, ARRAYS, part)).is_file()
    }
    tables = {
        part: _read_parquet(file)
        for part in PARTS
        if (file := _file(folder, TABLE, part)).is_file()
    }
    return hold(Held(tables, arrays, fingerprint)) if arrays or tables else None


def _file(folder: Path, name: str, part: str) -> Path:
    return folder / name.format("" if part == "train" else f"-{part}")


def require_parquet() -> None:
    """What keeps a table is installed.

    Raises:
        RnnkitError: With the command that installs it.
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
