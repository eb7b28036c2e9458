"""Turns the data of a request into queries of a predictor, and answers into rows for JSON, by the
same functions as for files and Python.
"""

from __future__ import annotations

from collections.abc import Sequence

from rnnkit.data.formats.format import Record
from rnnkit.data.formats.txt import COLUMN
from rnnkit.data.raw.series import Series
from rnnkit.errors import RnnkitError, at
from rnnkit.serve.limits import Limits, require_at_most
from rnnkit.tasks.answers import (
    forecast_each,
    forecast_records_of,
    nothing_in,
    query_of,
    remark_on_top,
)
from rnnkit.tasks.capabilities import Forecasts
from rnnkit.tasks.predictor import Predictor

Rows = list[Record]
"""The rows of one answer."""


def queries_of(predictor: Predictor, data: object, limits: Limits) -> list[object]:
    """The queries of a text, of a record, or of a list of them.

    Raises:
        RnnkitError: With the place, if one cannot be read.
    """
    with at("data"):
        if not isinstance(data, list):
            return [_single_query(predictor, data, limits)]
        if not data:
            raise RnnkitError("", "an empty list", "Expected at least one text")
        require_at_most(limits, "texts", "", len(data), "texts")
    queries = []
    for index, item in enumerate(data):
        with at(f"data[{index}]"):
            if isinstance(item, str):
                require_at_most(limits, "characters", "", len(item), "characters")
            if isinstance(item, dict):
                queries.append(_of_record(predictor, item, limits))
            else:
                queries.append(query_of(predictor, item))
    return queries


def _single_query(predictor: Predictor, item: object, limits: Limits) -> object:
    """A single query, with remarks on what it holds but is not read."""
    if isinstance(item, dict):
        return _of_record(predictor, item, limits)
    if not isinstance(item, str):
        found = "nothing" if item is None else str(item)[:100]
        raise RnnkitError("", f"found {found}", "Expected a text, a record, or a list of them")
    require_at_most(limits, "characters", "", len(item), "characters")
    return predictor.parse(item)


def _of_record(predictor: Predictor, record: Record, limits: Limits) -> object:
    """The query of a record with the columns of the run's table, or with a "text"."""
    if not predictor.reads:
        raise RnnkitError("", "an object", "Expected a text")
    for value in record.values():
        if isinstance(value, str):
            require_at_most(limits, "characters", "", len(value), "characters")
    columns = predictor.input_columns
    if columns and not set(columns) <= record.keys():
        if COLUMN not in record:
            missing = next(name for name in columns if name not in record)
            expected = f"It has: {', '.join(record)}"[:1000]
            raise RnnkitError("", f"no column {missing!r}", expected)
        return query_of(predictor, record[COLUMN])
    return predictor.query(record)


def rows_of(
    predictor: Predictor, queries: Sequence[object], answers: Sequence[object], top: int | None
) -> list[Rows | None]:
    """The answer to each query as rows; None if there is nothing to answer."""
    rows = [
        None
        if answer is None
        else predictor.records(query, answer)
        if top is None
        else [dict(vars(row)) for row in predictor.answers(query, answer, top)]
        for query, answer in zip(queries, answers, strict=True)
    ]
    if top is not None:
        with at("top"):
            remark_on_top(top, [len(answer) for answer in rows if answer is not None])
    return rows


def require_answer(rows: Sequence[Rows | None], data: object) -> None:
    """Refuses a single text without an answer.

    Raises:
        RnnkitError: If it has none.
    """
    if not isinstance(data, list) and rows == [None]:
        with at("data"):
            raise nothing_in(str(data)[:100])


def forecast_of(
    predictor: Forecasts, data: object, horizon: int | None, limits: Limits
) -> list[Rows]:
    """The forecast of a series, or of each of several, as rows.

    Args:
        predictor: A predictor that forecasts.
        data: Numbers, rows, or columns.
        horizon: Steps ahead; the run's own if None.
        limits: The limits of the server.

    Raises:
        RnnkitError: If the series cannot be read, or none can be forecast.
    """
    assert isinstance(predictor, Predictor)
    with at("horizon"):
        steps = predictor.steps_ahead(horizon)
        require_at_most(limits, "tokens", "", steps, "steps")
    with at("data"):
        answers = forecast_each(predictor, _series(predictor, data), steps)
        return [forecast_records_of(predictor, [answer]) for answer in answers]


def _series(predictor: Forecasts, data: object) -> Series:
    """A series from the request; a text holds numbers, and is never the path of a file."""
    assert isinstance(predictor, Predictor)
    if isinstance(data, list) and data and all(type(number) in (int, float) for number in data):
        data = " ".join(map(str, data))
    if isinstance(data, str):
        try:
            return predictor.parse(data)
        except RnnkitError as error:
            error.hint = error.hint and "Send a list of rows, or lists by their columns"
            raise
    if not isinstance(data, list | dict):
        found = "nothing" if data is None else str(data)[:100]
        raise RnnkitError("", f"found {found}", "Expected numbers, rows or columns")
    return predictor.series(data)
