"""Converts data passed in Python to tables: tables, tuples of columns, lists of rows, series."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rnnkit.config.mistakes import shown
from rnnkit.data.memory.table import Column, Table, column_of, is_pandas, table_of
from rnnkit.errors import RnnkitError

_PATH = re.compile(r"\S+\.(csv|tsv|jsonl|json|parquet|arrow|txt|npz|conllu?)(\.gz)?")
_ISO = re.compile(r"\d{4}-\d{2}(-\d{2}([T ]\d{2}:\d{2}.*)?)?")

VALUE, TIME = "value", "time"
"""The column names of a series without names."""


def table_with(data: object, names: Sequence[str]) -> Table:
    """Converts data to a table.

    Args:
        data: A table, a tuple of columns, or a list of rows (tuples).
        names: The columns of data without names, such as ("text", "label").

    Raises:
        RnnkitError: If they are none of these.
    """
    if (table := table_of(data)) is not None:
        return table
    if isinstance(data, np.ndarray) and data.ndim == 2 and data.shape[1] == len(names):
        data = data.tolist()
    if isinstance(data, tuple) and len(data) == len(names):
        return Table(dict(zip(names, map(column_of, data), strict=True)))
    if isinstance(data, list) and data and all(is_row(row, len(names)) for row in data):
        columns = zip(*data, strict=True)
        return Table(
            {name: column_of(list(column)) for name, column in zip(names, columns, strict=True)}
        )
    both = ", ".join(names)
    expected = f"Expected a table such as a DataFrame, the lists ({both}), or a list of ({both})"
    hint = "A file is named in the config: `data.dataset`" if is_path(data) else ""
    raise RnnkitError("", f"found {described(data)}", expected, hint)


def is_path(data: object) -> bool:
    """Whether data are a path, or a text that looks like one."""
    return isinstance(data, os.PathLike) or (isinstance(data, str) and bool(_PATH.fullmatch(data)))


def described(data: object) -> str:
    """Describes data in a few words, for messages."""
    if isinstance(data, np.ndarray):
        return f"an array {data.shape} of {data.dtype}"
    if isinstance(data, tuple):
        return f"a tuple of {len(data)}"
    return shown(data)


def is_row(row: object, count: int) -> bool:
    """Whether a value is a row with `count` cells."""
    return isinstance(row, tuple | list) and len(row) == count


def texts_of(data: object) -> Table:
    """Converts a text, several texts in a list, array or column, or a table, to a table.

    Raises:
        RnnkitError: If they are none of these.
    """
    if isinstance(data, str):
        return Table({"text": column_of([data])})
    table = table_of(data)
    return Table({"text": column_of(data)}) if table is None else table


def sentences_of(data: object, names: Sequence[str]) -> Table:
    """Converts tagged sentences to a table.

    Args:
        data: As in `table_with`, or a list of sentences that are lists of (token, tag).
        names: The columns of data without names.

    Raises:
        RnnkitError: If they are none of these.
    """
    is_list = (
        isinstance(data, list) and data and all(isinstance(sentence, list) for sentence in data)
    )
    if is_list and all(_is_tagged(token) for sentence in data for token in sentence):  # type: ignore[attr-defined]
        sentences: Any = data
        data = tuple([[pair[side] for pair in pairs] for pairs in sentences] for side in (0, 1))
    return table_with(data, names)


def _is_tagged(token: object) -> bool:
    return isinstance(token, tuple) and len(token) == 2


def series_of(data: object) -> tuple[Table, dict[str, str]]:
    """Converts a time series to a table.

    Args:
        data: A table, a Series, a list of numbers, or an array (steps,) or (steps, columns).

    Returns:
        The table, and the config keys that follow from the data: "target" if there is one column,
        "time" if the index has times.
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
    if len(getattr(data, "shape", ())) > 2 or hasattr(data, "toarray"):
        got = described(data) if isinstance(data, np.ndarray) else f"a {type(data).__name__}"
        raise RnnkitError("", f"found {got}", "Expected (steps,) or (steps, columns)")
    if isinstance(data, np.ndarray) and data.ndim == 2:
        return Table({str(place): column_of(data[:, place]) for place in range(data.shape[1])}), {}
    table = table_of(data)
    if table is not None:
        return table, {}
    return Table({VALUE: column_of(data)}), {"target": VALUE}


def named_series(data: object, names: Mapping[str, Sequence[str]]) -> tuple[Table, str | None]:
    """Converts a time series to a table with the column names of a trained one; times in an index,
    and a single column, may have other names.

    Args:
        data: As in `series_of`.
        names: The columns "time" and "target" of the trained series.

    Returns:
        The table, and the name of its time zone.

    Raises:
        RnnkitError: If the trained series has times and this one does not.
    """
    table, known = series_of(data)
    renamed = {
        known[key]: columns[0]
        for key, columns in names.items()
        if key in known and len(columns) == 1 and columns[0] not in table
    }
    columns = {renamed.get(name, name): column for name, column in table.items()}
    times = names.get("time", ())
    if times and "time" not in known and not set(times) & columns.keys():
        expected = f"Expected them in the column {' and '.join(map(repr, times))}, or as the index"
        raise RnnkitError("", f"no times, but the columns {', '.join(columns)}", expected)
    return Table(columns), known.get("time_zone")


def _with_index(columns: Mapping[str, Column], index: Any) -> tuple[Table, dict[str, str]]:
    """Adds the times of a pandas index as a column, or the levels of a MultiIndex as columns."""
    keys, own = {}, dict(columns)
    if len(own) == 1:
        keys["target"] = next(iter(own))
    if is_pandas(index, "MultiIndex"):
        names = [f"level_{n}" if name is None else str(name) for n, name in enumerate(index.names)]
        levels = {name: column_of(index.get_level_values(n)) for n, name in enumerate(names)}
        return Table(
            {**{name: level for name, level in levels.items() if name not in own}, **own}
        ), keys
    if index.dtype == object and len(index) and isinstance(index[0], datetime.date):
        import pandas as pd

        index = pd.DatetimeIndex(index, name=index.name)
    is_written = len(index) and all(isinstance(t, str) and _ISO.fullmatch(t) for t in index)
    kinds = ("DatetimeIndex", "PeriodIndex")
    if is_written or any(is_pandas(index, kind) for kind in kinds):
        name = TIME if index.name is None or str(index.name) in own else str(index.name)
        times = column_of(index)
        own, keys["time"] = {name: times, **own}, name
        if times.zone is not None:
            keys["time_zone"] = times.zone
    return Table(own), keys
