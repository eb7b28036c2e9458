"""The rows of files in chunks that are answered together: always the same rows, so that no answer
depends on which process computes it, or on where a call was stopped.
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
    """Rows of one file that follow each other.

    Args:
        target: Where their answers go.
        path: The file.
        source: The file as messages call it.
        number: How many chunks of the file come before it.
        rows: The rows; none of a series, which is one query.
        queries: The query of each row.
        place: How messages call a row, by its number.
        share: The share of all files that has been read.
        wrong: Why the next rows of the file cannot be read, instead of rows: it is raised where
            they would be answered.
    """

    target: Target
    path: Path | None
    source: str
    number: int
    rows: Sequence[Row]
    queries: Sequence[object]
    place: Callable[[int], str]
    share: float
    wrong: Exception | None = None

    @property
    def is_full(self) -> bool:
        """Whether others may follow."""
        return len(self.queries) == ANSWERED_AT_ONCE


Chunks = Generator[Chunk, None, None]


def chunks_of(trained: Trained, targets: Sequence[Target], column: str | None) -> Chunks:
    """The chunks of all files, one file after the other.

    Args:
        trained: The run that answers.
        targets: The outputs, with the files that they answer.
        column: The column of the query in a table; the run's own if None.

    Returns:
        The chunks; the last one is what is wrong, where a file cannot be read or has no rows.
    """
    files = [(target, one) for target in targets for one in target.inputs]
    sizes = [one.size for _, one in files]
    before = 0
    for (target, one), size in zip(files, sizes, strict=True):
        of_file = _of_series if one.reader is None else _of_table
        try:
            for chunk in of_file(trained, target, one, column):
                yield replace(chunk, share=(before + chunk.share * size) / max(1, sum(sizes)))
        except Exception as error:
            yield Chunk(target, one.path, str(one.path), -1, [], [], str, 0.0, error)
            return
        before += size


def _of_table(trained: Trained, target: Target, one: Input, column: str | None) -> Iterator[Chunk]:
    """The rows of a file."""
    predictor = trained.predictor
    assert one.reader is not None
    columns = query_columns(predictor, one.reader, column)
    wanted = columns[0] if len(columns) == 1 else None  # else the predictor's own
    keys = {columns[0]: "--column"} if len(columns) == 1 else {}
    with one.reader.read(one.path) as file:
        required = RequiredColumns(file, columns, keys)
        for number in itertools.count():
            chunk = list(itertools.islice(file, ANSWERED_AT_ONCE))
            if not chunk and number:
                return
            if not chunk:
                raise RnnkitError("", f"{file.source} has no rows", "Expected at least one")
            queries = []
            for row in chunk:
                required.check(row)
                with at(file.place(row.number)):
                    queries.append(predictor.query(row.values, wanted))
            yield Chunk(
                target, one.path, file.source, number, chunk, queries, file.place, file.share
            )


def _of_series(trained: Trained, target: Target, one: Input, column: str | None) -> Iterator[Chunk]:
    """The series of a file, which is read as a whole."""
    assert isinstance(trained.predictor, Forecasts)
    source = str(one.path)
    series = read_series(trained.predictor, trained.run, source)
    yield Chunk(target, one.path, source, 0, [], [series], lambda _: source, 1.0)
