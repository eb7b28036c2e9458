"""Tables in memory from any library, which is imported only if its own objects are passed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rnnkit.config.mistakes import shown
from rnnkit.environment import is_installed
from rnnkit.errors import RnnkitError

TYPED = "iufM"
"""The kinds of arrays that are numbers or times."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Args:
        read: Returns the cells as Python objects, (rows,); None where one is missing.
        array: The column as numbers or times, (rows,); None for other types.
        zone: The name of the time zone of its times; None if there is none.
    """

    read: Callable[[], list[Any]]
    array: np.ndarray | None = None
    zone: str | None = None

    @cached_property
    def cells(self) -> list[Any]:
        """The cells, converted once; cells with several values become lists."""
        return [_plain(cell) for cell in self.read()]

    def __len__(self) -> int:
        return len(self.cells) if self.array is None else len(self.array)


class Table(Mapping[str, Column]):
    """Columns of equal length by name, in order.

    Args:
        columns: At least one column.

    Raises:
        RnnkitError: If their lengths differ.
    """

    def __init__(self, columns: Mapping[str, Column]):
        self._columns = dict(columns)
        lengths = {name: len(column) for name, column in self._columns.items()}
        if len(set(lengths.values())) > 1:
            got = ", ".join(f"{length:,} of {name}" for name, length in lengths.items())
            raise RnnkitError("", got, "Expected the same number of each")
        self.rows = next(iter(lengths.values()), 0)

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def _plain(cell: Any) -> Any:
    if isinstance(cell, np.ndarray):
        return cell.tolist()
    return list(cell) if isinstance(cell, list | tuple) else cell


def is_pandas(data: object, kind: str) -> bool:
    """Whether an object is of a pandas class, such as "DataFrame" or "Series"."""
    return any(
        base.__name__ == kind and base.__module__.partition(".")[0] == "pandas"
        for base in type(data).__mro__
    )


def table_of(data: object) -> Table | None:
    """Converts data to a table; returns None if they are not tabular.

    Args:
        data: A DataFrame of pandas or of a library with the interchange protocol (polars); a table
            of pyarrow, a `datasets.Dataset`; a mapping of columns, or a list of mappings.

    Raises:
        RnnkitError: If two columns have the same name, or lengths differ.
    """
    if is_pandas(data, "DataFrame"):
        return _of_pandas(data)
    if isinstance(data, Mapping):
        return _of_mapping(data)
    if type(data).__name__ == "LazyFrame":  # of polars
        return table_of(data.collect())  # type: ignore[attr-defined]
    if isinstance(data, type):  # a class has the methods of its instances
        return None
    if isinstance(data, np.ndarray) and data.dtype.names:
        return _named(data.dtype.names, [column_of(data[name]) for name in data.dtype.names])
    names = getattr(data, "column_names", None)
    if isinstance(names, list) and hasattr(data, "__getitem__"):  # pyarrow, datasets
        _require_distinct(names)
        features = getattr(data, "features", None) or {}
        return _named(names, [_with_names(data[name], features.get(name)) for name in names])
    if isinstance(data, list) and data and all(isinstance(row, Mapping) for row in data):
        names = list(dict.fromkeys(name for row in data for name in row))
        return _named(names, [column_of([row.get(name) for row in data]) for name in names])
    if hasattr(data, "__arrow_c_stream__") and hasattr(data, "columns") and is_installed("pyarrow"):
        import pyarrow

        return table_of(pyarrow.table(data))
    if hasattr(data, "__dataframe__"):
        import pandas as pd

        return _of_pandas(pd.api.interchange.from_dataframe(data))
    return None


def _of_mapping(data: Mapping[Any, Any]) -> Table:
    for name, values in data.items():
        if isinstance(values, str | bytes) or not isinstance(values, Iterable):
            got = f"a mapping, whose {name!r} is {shown(values)}"
            raise RnnkitError("", got, "Expected a list, an array or a column")
    return _named([*data], [column_of(values) for values in data.values()])


def _named(names: Sequence[object], columns: Sequence[Column]) -> Table:
    _require_distinct(names)
    return Table(dict(zip(map(_name, names), columns, strict=True)))


def _with_names(values: Any, feature: Any) -> Column:
    """A column with class numbers replaced by the names that a `datasets.Dataset` has for them."""
    column = column_of(values)
    inner = getattr(feature, "feature", feature)
    names = getattr(inner, "names", None)
    if not isinstance(names, list):
        return column

    def named(cell: Any) -> Any:
        if isinstance(cell, list):
            return [named(item) for item in cell]
        return names[cell] if type(cell) is int and 0 <= cell < len(names) else None

    return Column(lambda: [named(cell) for cell in column.cells])


def _name(name: object) -> str:
    """The name of a column without surrounding white space, as in files."""
    return str(name).strip()


def _require_distinct(names: Sequence[object]) -> None:
    texts = [_name(name) for name in names]
    if repeated := [name for name in texts if texts.count(name) > 1]:
        raise RnnkitError("", f"two columns {repeated[0]!r}", "Expected each name once")


def _of_pandas(frame: Any) -> Table:
    names = list(frame.columns)
    return _named(names, [column_of(frame.iloc[:, place]) for place in range(len(names))])


def column_of(values: Any) -> Column:
    """Converts a list, an array, or a column of any library to a column.

    Raises:
        RnnkitError: If it is none of these.
    """
    if is_pandas(values, "Series") or is_pandas(values, "Index"):
        return _of_series(values)
    if isinstance(values, np.ndarray) and values.ndim:
        return _of_array(values.copy())
    if hasattr(values, "to_pylist"):  # pyarrow
        return _of_arrow(values)
    is_other = isinstance(values, str | bytes | Mapping | np.ndarray) or hasattr(values, "columns")
    if is_other or not isinstance(values, Iterable):
        raise RnnkitError("", f"found {shown(values)}", "Expected a list, an array or a column")
    if isinstance(values, set | frozenset):
        raise RnnkitError("", "found a set, which has no order", "Expected a list")
    cells = list(values)
    return Column(lambda: cells)


def _of_array(values: np.ndarray) -> Column:
    is_masked = np.ma.isMaskedArray(values) and values.ndim == 1  # `tolist` gives None there
    typed = values.ndim == 1 and values.dtype.kind in TYPED and not is_masked
    return Column(values.tolist if values.ndim == 1 else lambda: list(values), _if(typed, values))


def _of_series(series: Any) -> Column:
    kind = getattr(series.dtype, "kind", "O")
    zone = getattr(series.dtype, "tz", None)
    is_typed = isinstance(series.dtype, np.dtype) and kind in TYPED
    if is_typed:  # later changes by the user must not matter
        series = series.copy()
    if str(series.dtype).startswith("period"):
        return _of_series(
            series.dt.to_timestamp() if hasattr(series, "dt") else series.to_timestamp()
        )

    def cells() -> list[Any]:
        present = series.notna()
        return [
            value if is_present else None
            for value, is_present in zip(series.tolist(), present.tolist(), strict=True)
        ]

    return Column(cells, _if(is_typed, series.to_numpy), None if zone is None else _zone(zone))


def _zone(zone: object) -> str:
    """The name of a time zone, "+02:00" of an offset."""
    return re.sub(r"^(?:UTC|GMT)(?=[+-])", "", str(zone))


def _of_arrow(column: Any) -> Column:
    from rnnkit.data.formats.columnar import typed_array

    zone = getattr(column.type, "tz", None)
    return Column(column.to_pylist, typed_array(column), zone)


def _if(typed: bool, values: Any) -> np.ndarray | None:
    if not typed:
        return None
    array: np.ndarray = values() if callable(values) else values
    return array
