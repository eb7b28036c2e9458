"""A predictor's answers to the queries of a person or a program."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from rnnkit.config.mistakes import shown
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.data.formats.format import Record, Rows
from rnnkit.data.formats.txt import COLUMN
from rnnkit.data.raw.series import Series
from rnnkit.data.read.columns import RequiredColumns
from rnnkit.errors import RnnkitError, at, here
from rnnkit.progress import log
from rnnkit.storage.reading import require_row
from rnnkit.tasks.capabilities import Forecast, Forecasts
from rnnkit.tasks.predictor import Answers, Predictor

ANSWERED_AT_ONCE = 8192
USUAL_TOP = 5

Answer = TypeVar("Answer")


def require_rows(top: int) -> None:
    """Refuses a number of rows below 1."""
    if top < 1:
        raise RnnkitError("top", f"found {top}", "Expected at least 1")


def answer_text(predictor: Predictor, text: str, top: int = USUAL_TOP) -> Answers:
    """A predictor's answer to a text, with remarks on parts of the text that it does not read.

    Raises:
        RnnkitError: If it cannot answer the text.
    """
    require_row(text)
    query = predictor.parse(text)
    (answer,) = predictor.predict([query])
    if answer is None:
        raise nothing_in(text)
    answers = predictor.answers(query, answer, top)
    if top != USUAL_TOP:
        remark_on_top(top, [len(answers)])
    return answers


def remark_on_top(top: int, rows: Iterable[int]) -> None:
    """Warns if no answer has as many rows as were requested.

    Args:
        top: The number of rows requested.
        rows: The number of rows of each answer.
    """
    most = max(rows, default=top)
    why = "there are no others" if most < top else "it is not a choice"
    if most != top:
        log.warning(here(f"the answer has {most} rows, not {top}: {why}"))


@dataclass(frozen=True)
class Answered:
    """The answers to several queries.

    Args:
        records: Their records, in the order of the queries.
        of: The index of the query that each record belongs to.
        unanswered: The indices of queries with nothing to read; each has one empty record.
    """

    records: list[Record]
    of: list[int]
    unanswered: list[int]

    @property
    def rows(self) -> Iterable[int]:
        """The number of rows of each answer; empty if nothing was answered."""
        return Counter(self.of).values() if len(self.of) > len(self.unanswered) else ()


def answer_queries(predictor: Predictor, queries: Sequence[object], top: int | None) -> Answered:
    """A predictor's answers.

    Args:
        predictor: The predictor.
        queries: As `query_of` or `queries_of_rows` reads them.
        top: The number of rows per answer, best first, if there is a choice; None for the records
            that are written to files.
    """
    records: list[Record] = []
    of: list[int] = []
    unanswered: list[int] = []
    for start in range(0, len(queries), ANSWERED_AT_ONCE):
        chunk = queries[start : start + ANSWERED_AT_ONCE]
        answers = zip(chunk, predictor.predict(chunk), strict=True)
        for index, (query, answer) in enumerate(answers, start):
            if answer is None:
                unanswered.append(index)
                rows: list[Record] = [{}]
            elif top is None:
                rows = predictor.records(query, answer)
            else:
                rows = [dict(vars(row)) for row in predictor.answers(query, answer, top)]
            records += rows
            of += [index] * len(rows)
    return Answered(records, of, unanswered)


def query_of(predictor: Predictor, item: object) -> object:
    """The query of a text, a list of tokens, or a sequence of numbers.

    Raises:
        RnnkitError: If the predictor does not answer this type.
    """
    require_row(item)
    if isinstance(item, np.ndarray):
        return predictor.query({"x": _steps(predictor, item)})
    if isinstance(item, list | tuple) and isinstance(predictor.codec, ArrayCodec):
        return predictor.query({"x": predictor.codec.steps_of({"x": item})})
    if isinstance(item, list | tuple) and "conllu" in predictor.reads:
        return predictor.query({"tokens": list(item)})
    if item is None or (isinstance(item, float) and math.isnan(item)):
        item = ""
    if not isinstance(item, str):
        raise RnnkitError("", f"found {shown(item)}", "Expected text")
    if predictor.input_columns:
        return predictor.query({COLUMN: item}, COLUMN)
    return predictor.parse(item)


def queries_of_rows(
    predictor: Predictor, rows: Rows, columns: tuple[str, ...]
) -> tuple[list[object], list[int]]:
    """The queries of a table or of another file, and the number of each row.

    Args:
        predictor: The predictor.
        rows: The open file.
        columns: The columns of the query; empty if a whole record is a query.

    Raises:
        RnnkitError: With the row, if it cannot be read.
    """
    keys = {columns[0]: "--column"} if len(columns) == 1 else {}
    column = columns[0] if len(columns) == 1 else None  # else the predictor's own
    queries, numbers = list[object](), list[int]()
    required = RequiredColumns(rows, columns, keys)
    with rows:
        for row in rows:
            required.check(row)
            with at(rows.place(row.number)):
                queries.append(predictor.query(row.values, column))
            numbers.append(row.number)
    return queries, numbers


def _steps(predictor: Predictor, values: np.ndarray) -> np.ndarray:
    codec = predictor.codec
    if not isinstance(codec, ArrayCodec):
        raise RnnkitError("", f"an array of {values.dtype}", "Expected text, or a list of texts")
    return codec.steps(values)


def nothing_in(text: object) -> RnnkitError:
    """The error for a query without an answer."""
    return RnnkitError("", f"nothing to read in {text!r}", "Expected at least one token")


def answers_of_each(
    series: Series, answer: Callable[[int, Series], Answer], otherwise: str
) -> list[Answer]:
    """The answer for a single series, or for each of several, with a warning for each that has
    none.

    Args:
        series: One series, or several.
        answer: Computes an answer from the index of a series and the series.
        otherwise: The warning about a series without an answer: "not judged".

    Raises:
        RnnkitError: If none has an answer.
    """
    answers: list[Answer] = []
    errors: list[RnnkitError] = []
    for index, member in enumerate(series.each):
        try:
            with at(member.name if series.members else ""):
                answers.append(answer(index, member))
        except RnnkitError as error:
            errors.append(error)
    if not answers:
        raise errors[0]
    for reason in errors:
        log.warning(here(f"{otherwise}: {reason}"))
    return answers


def forecast_each(
    predictor: Forecasts, series: Series, steps: int
) -> list[tuple[Series, Forecast]]:
    """The forecast of each series, with a warning for each that cannot be forecast.

    Raises:
        RnnkitError: If none can be forecast.
    """
    return answers_of_each(
        series, lambda _, member: (member, predictor.forecast(member, steps)), "no forecast"
    )


def forecast_records_of(
    predictor: Predictor, answers: Sequence[tuple[Series, Forecast]]
) -> list[Record]:
    """The rows of the forecast of each series, with the keys of the series."""
    return [
        {**member.keys, **record}
        for member, ahead in answers
        for record in predictor.records(member, ahead)
    ]
