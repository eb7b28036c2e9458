"""The shapes in which Python has data: a table, columns in a tuple, rows in a list, arrays."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from rnnkit.config.mistakes import shown
from rnnkit.data.memory.table import Column, Table, column_of, is_pandas, table_of
from rnnkit.errors import RnnkitError

NO_NUMBERS = "OUSMmV"
"""The kinds of arrays that are no numbers."""

VALUE, TIME = "value", "time"
"""The columns of a series whose data have no names."""


def table_with(data: object, names: Sequence[str]) -> Table:
    """Data as a table.

    Args:
        data: A table, a tuple with a list for each of the names, or a list with such a tuple for
            each row.
        names: The columns where the data have no names, such as ("text", "label").

    Raises:
        RnnkitError: If they are none of these.
    """
    if (table := table_of(data)) is not None:
        return table
    if isinstance(data, np.ndarray) and data.ndim == 2 and data.shape[1] == len(names):
        data = data.tolist()
    if isinstance(data, tuple) and len(data) == len(names):
        return Table(dict(zip(names, map(column_of, data), strict=True)))
    if isinstance(data, list) and data and all(_is_row(row, len(names)) for row in data):
        columns = zip(*data, strict=True)
        return Table(
            {name: column_of(list(column)) for name, column in zip(names, columns, strict=True)}
        )
    both = ", ".join(names)
    expected = f"Expected a table such as a DataFrame, the lists ({both}), or a list of ({both})"
    raise RnnkitError("", f"found {described(data)}", expected)


def described(data: object) -> str:
    """Data in a few words."""
    if isinstance(data, np.ndarray):
        return f"an array {data.shape} of {data.dtype}"
    if isinstance(data, tuple):
        return f"a tuple of {len(data)}"
    return shown(data)


def _is_row(row: object, count: int) -> bool:
    return isinstance(row, tuple | list) and len(row) == count


def texts_of(data: object) -> Table:
    """A text, several texts in a list, an array or a column, or a table, as a table.

    Raises:
        RnnkitError: If they are none of these.
    """
    if isinstance(data, str):
        return Table({"text": column_of([data])})
    table = table_of(data)
    return Table({"text": column_of(data)}) if table is None else table


def sentences_of(data: object, names: Sequence[str]) -> Table:
    """Sentences with tags as a table; as of `table_with`, or a list of sentences that are lists of
    (token, tag).

    Raises:
        RnnkitError: If they are none of these.
    """
    is_list = isinstance(data, list) and data and all(isinstance(one, list) for one in data)
    if is_list and all(_is_tagged(token) for one in data for token in one):  # type: ignore[attr-defined]
        sentences: Any = data
        data = tuple([[token[place] for token in one] for one in sentences] for place in (0, 1))
    return table_with(data, names)


def _is_tagged(token: object) -> bool:
    return isinstance(token, tuple) and len(token) == 2


def series_of(data: object) -> tuple[Table, dict[str, str]]:
    """Numbers in the order of time as a table, and the keys that are known of it: its target where
    it is one column, its times where it has them as an index.

    Args:
        data: A table, a Series, a list of numbers, or an array (steps,) or (steps, columns).
    """
    if is_pandas(data, "Series"):
        frame: Any = data
        name = VALUE if frame.name is None else str(frame.name)
        return _with_index({name: column_of(frame)}, frame.index)
    if is_pandas(data, "DataFrame"):
        frame = data
        table = table_of(frame)
        assert table is not None
        return _with_index(table, frame.index)
    if isinstance(data, np.ndarray) and data.ndim == 2:
        return Table({str(place): column_of(data[:, place]) for place in range(data.shape[1])}), {}
    table = table_of(data)
    if table is not None:
        return table, {}
    return Table({VALUE: column_of(data)}), {"target": VALUE}


def named_series(data: object, names: Mapping[str, Sequence[str]]) -> tuple[Table, str | None]:
    """Such a table with the columns of another series, and its time zone: times that are an index,
    and the numbers of a single column, need not have their names.

    Args:
        data: As of `series_of`.
        names: The other's columns of "time" and "target".

    Raises:
        RnnkitError: If the other has times and this one none.
    """
    table, known = series_of(data)
    renamed = {
        known[key]: wanted[0]
        for key, wanted in names.items()
        if key in known and len(wanted) == 1 and wanted[0] not in table
    }
    columns = {renamed.get(name, name): column for name, column in table.items()}
    times = names.get("time", ())
    if times and "time" not in known and not set(times) & columns.keys():
        expected = f"Expected them as the index, or in the column {' and '.join(map(repr, times))}"
        raise RnnkitError("", f"no times, but the columns {', '.join(columns)}", expected)
    return Table(columns), known.get("time_zone")


def _with_index(columns: Mapping[str, Column], index: Any) -> tuple[Table, dict[str, str]]:
    """Columns with the times of a pandas index, where it has times; those of a MultiIndex are
    columns like others.
    """
    keys, own = {}, dict(columns)
    if len(own) == 1:
        keys["target"] = next(iter(own))
    if is_pandas(index, "MultiIndex"):
        names = [f"level_{n}" if name is None else str(name) for n, name in enumerate(index.names)]
        levels = {name: column_of(index.get_level_values(n)) for n, name in enumerate(names)}
        return Table({**{n: one for n, one in levels.items() if n not in own}, **own}), keys
    if index.dtype == object and len(index) and isinstance(index[0], datetime.date):
        import pandas as pd

        index = pd.DatetimeIndex(index, name=index.name)
    if any(is_pandas(index, kind) for kind in ("DatetimeIndex", "PeriodIndex")):
        name = TIME if index.name is None or str(index.name) in own else str(index.name)
        times = column_of(index)
        own, keys["time"] = {name: times, **own}, name
        if times.zone is not None:
            keys["time_zone"] = times.zone
    return Table(own), keys


def arrays_of(data: object) -> dict[str, np.ndarray]:
    """Sequences of numbers with labels as the arrays of an .npz file.

    Args:
        data: (x, y), {"x": x, "y": y}, or a list of (sequence, label). x is an array (samples,
            timesteps, features) or a list of arrays (timesteps, features) of any lengths, y has a
            label for each sequence, or for each of its steps.

    Raises:
        RnnkitError: If they are none of these.
    """
    if isinstance(data, list) and data and all(_is_row(row, 2) for row in data):
        data = tuple(map(list, zip(*data, strict=True)))
    if isinstance(data, tuple) and len(data) == 2:
        data = dict(zip(("x", "y"), data, strict=True))
    if not isinstance(data, Mapping) and (table := table_of(data)) is not None:
        data = {name: column.cells for name, column in table.items()}
    if not isinstance(data, Mapping) or not {"x", "y"} <= data.keys():
        expected = "Expected (x, y): x an array (samples, timesteps, features) or a list of arrays"
        raise RnnkitError("", f"found {described(data)}", expected)
    further = {
        str(key): np.asarray(values) for key, values in data.items() if key not in ("x", "y")
    }
    sequences = _sequences(data["x"])
    return sequences | {"y": _labels(data["y"], sequences.get("lengths"))} | further


def _sequences(x: Any) -> dict[str, np.ndarray]:
    if np.ma.is_masked(x):
        raise RnnkitError("x", "a masked array", "Expected numbers without a mask")
    if isinstance(x, np.ndarray) and x.dtype != object:
        return {"x": x.copy()}
    if isinstance(x, str | bytes) or not isinstance(x, Iterable):
        raise RnnkitError("x", f"found {described(x)}", "Expected an array or a list of arrays")
    try:
        sequences = [np.asarray(sequence) for sequence in x]
    except ValueError as error:  # rows of unequal lengths
        raise RnnkitError("x", str(error), "Expected (timesteps, features)") from None
    sequences = [one[:, None] if one.ndim == 1 else one for one in sequences]
    widths = sorted({one.shape[1] if one.ndim == 2 else 0 for one in sequences})
    if len(widths) != 1 or widths == [0]:
        got = f"sequences of the shapes {', '.join(str(one.shape) for one in sequences[:3])}"
        raise RnnkitError("x", got, "Expected (timesteps, features), with the same features")
    return {"x": np.concatenate(sequences), "lengths": np.array([len(one) for one in sequences])}


def _labels(y: Any, lengths: np.ndarray | None) -> np.ndarray:
    cells = column_of(y).cells
    if cells and all(isinstance(labels, list) for labels in cells):  # of steps
        counts = [len(labels) for labels in cells]
        if lengths is not None and len(counts) == len(lengths):
            for place in np.flatnonzero(lengths != counts)[:1]:
                got = f"y[{place}] has {counts[place]} labels, x[{place}] {lengths[place]} steps"
                raise RnnkitError("", got, "Expected a label for each step")
        if len(set(counts)) > 1:
            return np.array([label for labels in cells for label in labels])
        return np.array(cells)
    return np.array(cells)


def holds_numbers(data: object) -> bool:
    """Whether data are sequences of numbers, with labels or without."""
    if isinstance(data, tuple | list) and len(data):
        return _is_numeric(data[0])  # x of (x, y), or a row
    if isinstance(data, np.ndarray):
        return data.dtype.kind not in NO_NUMBERS
    if isinstance(data, Mapping):
        return _is_numeric(data.get("x"))
    names = getattr(data, "column_names", None) or getattr(data, "columns", ())
    is_table = isinstance(names, Iterable) and list(names).count("x") == 1
    return is_table and _is_numeric(column_of(data["x"]).cells)  # type: ignore[index]


def _is_numeric(values: Any) -> bool:
    if isinstance(values, np.ndarray) and values.dtype != object:
        return values.ndim > 2 or values.dtype.kind not in NO_NUMBERS
    if isinstance(values, list | tuple | np.ndarray) or is_pandas(values, "Series"):
        first = next(iter(values), None)
        return _is_numeric(first) or (isinstance(first, int | float) and first == first)
    return False
