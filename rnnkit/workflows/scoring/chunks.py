"""Reads files in chunks of rows that are answered together.

A chunk always has the same rows, so that no answer depends on the process that computes it, or on
where a call was stopped.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rnnkit.data.formats.format import Row
from rnnkit.data.read.columns import RequiredColumns
from rnnkit.errors import RnnkitError, at
from rnnkit.tasks.answers import ANSWERED_AT_ONCE
from rnnkit.tasks.capabilities import Forecasts
from rnnkit.workflows.answer_files import query_columns
from rnnkit.workflows.scoring.inputs import Input
from rnnkit.workflows.scoring.targets import Target
from rnnkit.workflows.series import read_series
from rnnkit.workflows.trained import Trained


@dataclass(frozen=True)
class Chunk:
    """Consecutive rows of one file.

    Args:
        target: The output of their answers.
        path: The file; None for standard input.
        source: The name of the file in messages.
        number: The number of the chunk in its file, from 0.
        rows: The rows; empty for a series, which is one query.
        queries: The query of each row.
        place: The name of a row in messages, by its number.
        share: The fraction of all files that has been read.
        error: The error of reading the next rows, raised instead of answering them.
    """

    target: Target
    path: Path | None
    source: str
    number: int
    rows: Sequence[Row]
    queries: Sequence[object]
    place: Callable[[int], str]
    share: float
    error: Exception | None = None

    @property
    def is_full(self) -> bool:
        """Whether it has the maximal number of rows, so that others can follow."""
        return len(self.queries) == ANSWERED_AT_ONCE


Chunks = Generator[Chunk, None, None]


def chunks_of(trained: Trained, targets: Sequence[Target], column: str | None) -> Chunks:
    """The chunks of all files, one file after the other.

    Args:
        trained: The run that answers.
        targets: The outputs, with their input files.
        column: The column of the query in a table; None for that of the run.

    Returns:
        The chunks; the last one holds the error if a file cannot be read or has no rows.
    """
    files = [(target, file) for target in targets for file in target.inputs]
    sizes = [file.size for _, file in files]
    size_before = 0
    for (target, file), size in zip(files, sizes, strict=True):
        read_chunks = _series_chunks if file.reader is None else _table_chunks
        try:
            for chunk in read_chunks(trained, target, file, column):
                size_read = size_before + chunk.share * size
                yield replace(chunk, share=size_read / max(1, sum(sizes)))
        except Exception as error:
            yield Chunk(target, file.path, str(file.path), -1, [], [], str, 0.0, error)
            return
        size_before += size


def _table_chunks(
    trained: Trained, target: Target, file: Input, column: str | None
) -> Iterator[Chunk]:
    """The chunks of a file whose rows are queries."""
    predictor = trained.predictor
    assert file.reader is not None
    columns = query_columns(predictor, file.reader, column)
    query_column = columns[0] if len(columns) == 1 else None  # else the predictor's own
    keys = {columns[0]: "--column"} if len(columns) == 1 else {}
    with file.reader.read(file.path) as table:
        required = RequiredColumns(table, columns, keys)
        for number in itertools.count():
            rows = list(itertools.islice(table, ANSWERED_AT_ONCE))
            if not rows and number:
                return
            if not rows:
                raise RnnkitError("", f"{table.source} has no rows", "Expected at least one")
            queries = []
            for row in rows:
                required.check(row)
                with at(table.place(row.number)):
                    queries.append(predictor.query(row.values, query_column))
            yield Chunk(
                target, file.path, table.source, number, rows, queries, table.place, table.share
            )


def _series_chunks(
    trained: Trained, target: Target, file: Input, column: str | None
) -> Iterator[Chunk]:
    """The one chunk of a file that is a series."""
    assert isinstance(trained.predictor, Forecasts)
    source = str(file.path)
    series = read_series(trained.predictor, trained.run, source)
    yield Chunk(target, file.path, source, 0, [], [series], lambda _: source, 1.0)
