"""Turns the data of `Run.predict` into queries of a predictor."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit.config.mistakes import shown
from rnnkit.data.memory.rows import MemoryRows
from rnnkit.data.memory.table import column_of, table_of
from rnnkit.errors import RnnkitError, at
from rnnkit.tasks.answers import queries_of_rows, query_of
from rnnkit.workflows.answer_files import open_file

if TYPE_CHECKING:
    from rnnkit.tasks.predictor import Predictor
    from rnnkit.workflows.trained import Trained

ACCEPTED = (
    "a text, a list of texts, of token lists or of arrays, a Series, a DataFrame, an array, or"
    " the pathlib.Path of a file"
)
"""The types of data that a run answers, in words."""


@dataclass(frozen=True)
class Queries:
    """The queries in some data.

    Args:
        queries: The queries of the predictor.
        texts: The text of each; None if they are not texts.
        index: The label of each in the frame of answers; None for 0, 1, 2, ...
        is_single: Whether the data are a single query, not a list.
    """

    queries: Sequence[object]
    texts: Sequence[str] | None
    index: Any = None
    is_single: bool = False


def queries_of(trained: Trained, data: Any, column: str | None = None) -> Queries:
    """The queries of a text, a list, a Series, an array, a table or a file.

    Raises:
        RnnkitError: If it is none of these, or the run cannot answer it; in a list, with its index.
    """
    predictor = trained.predictor
    if (isinstance(data, str) and column is None) or is_sequence(data):
        with at("data"):
            query = query_of(predictor, data)
        return Queries([query], [data] if isinstance(data, str) else None, is_single=True)
    if isinstance(data, os.PathLike):
        rows, columns = open_file(trained, os.fspath(data), column)
        with at("data"):
            queries, numbers = queries_of_rows(predictor, rows, columns)
        is_table = bool(predictor.columns)
        return Queries(queries, _texts(queries), index=None if is_table else numbers)
    index = data.index if hasattr(data, "iloc") else None
    with at("data"):
        if (table := table_of(data)) is not None:
            columns = predictor.input_columns if column is None else (column,)
            queries, _ = queries_of_rows(predictor, MemoryRows(table, "the table"), columns)
            return Queries(queries, _texts(queries), index)
    if column is not None:
        expected = "Expected a table, or the pathlib.Path of a file"
        raise RnnkitError("column", f"{column!r}, but the data have no columns", expected)
    items = _items(data)
    return Queries(_queries(predictor, items), _texts(items), index)


def _items(data: Any) -> list[Any]:
    """The items of a list, an iterator, a column or an array (samples, timesteps, features).

    Raises:
        RnnkitError: If it is none of these.
    """
    is_column = getattr(data, "ndim", None) == 1
    is_list = isinstance(data, list | tuple | Iterator) or hasattr(data, "to_list")
    is_list |= isinstance(data, Sequence) and not isinstance(data, bytes | bytearray | memoryview)
    is_array = isinstance(data, np.ndarray) and data.dtype.kind in "buif" and data.ndim == 3
    if hasattr(data, "isna") and not hasattr(data, "iloc"):  # an array of pandas
        import pandas as pd

        data = pd.Series(data)
    if hasattr(data, "iloc") or hasattr(data, "to_pylist"):  # a Series, an array of pyarrow
        return column_of(data).cells
    if is_column or is_array or is_list:
        return list(data)
    raise RnnkitError("data", f"found {shown(data)}", f"Expected {ACCEPTED}")


def _queries(predictor: Predictor, items: Sequence[Any]) -> list[object]:
    queries = []
    for index, item in enumerate(items):
        with at(f"data[{index}]"):
            queries.append(query_of(predictor, item))
    return queries


def _texts(items: Sequence[object]) -> Sequence[str] | None:
    texts = [item for item in items if isinstance(item, str)]
    has_others = any(isinstance(item, list | tuple | np.ndarray) for item in items)
    if has_others or not texts:
        return None
    return [item if isinstance(item, str) else "" for item in items]


def is_sequence(value: Any) -> bool:
    """Whether a value is a sequence of numbers: an array (timesteps, features) or (timesteps,)."""
    is_array = isinstance(value, np.ndarray)
    return is_array and value.dtype.kind in "buif" and value.ndim in (1, 2)
