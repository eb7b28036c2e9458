"""A run's answers: to a text, or to each record of a file."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from rnnkit.data.formats.choose import with_keys
from rnnkit.data.formats.format import Format, Record, Row, Rows, Writer
from rnnkit.data.raw.labelled import places
from rnnkit.data.read.columns import with_columns
from rnnkit.errors import RnnkitError, at
from rnnkit.progress import Progress, log
from rnnkit.tasks.answers import ANSWERED_AT_ONCE, answer_text, require_rows
from rnnkit.tasks.capabilities import Forecasts
from rnnkit.tasks.predictor import Answers, Predictor
from rnnkit.tasks.task import task_of
from rnnkit.workflows.answer_files import input_of, query_columns, require_reads
from rnnkit.workflows.forecast import forecast
from rnnkit.workflows.outputs import output_format
from rnnkit.workflows.trained import Trained, find_trained, load_trained

PROBABILITY_DIGITS = 6


def predict(name: str | None, text: str, *, top: int = 5) -> Answers:
    """A run's answer to `text`: labels, the most probable next tokens, tags, a translation, or the
    next numbers.

    Args:
        name: A run's folder or name; None for the newest.
        text: What to answer.
        top: How many rows, where there is a choice.

    Returns:
        Rows as dataclasses, best first: `label` and `probability`, `token` and `probability`,
        `step` and `forecast`, or `target` and `log_probability`.

    Raises:
        RnnkitError: If there is no such run, it cannot answer such a text, or `top` is not
            positive.
    """
    require_rows(top)
    predictor = load_trained(find_trained(name)).predictor
    with at("--text"):
        return answer_text(predictor, text, top)


def predict_file(
    name: str | None,
    source: str,
    output: str,
    *,
    column: str | None = None,
    overwrite: bool = False,
) -> int:
    """Answers every record of a file; records stream through, in their order.

    Where the table has a column of that name, the answer's is called `predicted_label`, and so on.
    Of a forecaster the file is one series, and what comes after its end is written.

    Args:
        name: A run's folder or name; None for the newest.
        source: A file of a kind that the run reads; "-" for lines of standard input.
        output: A file of a kind that the run writes, complete or absent; "-" for standard
            output.
        column: The column of the query; the one that the run was trained on where None.
        overwrite: Whether a file may be replaced.

    Returns:
        How many records were answered.

    Raises:
        RnnkitError: If there is no such run, file or column, a record is malformed, or
            the output exists already.
    """
    run = find_trained(name)
    if issubclass(task_of(run).predictor_class(), Forecasts):
        if column is not None:
            got = f"{run}: a run that {Forecasts.does}"
            raise RnnkitError("--column", got, "Expected the columns of its config", "Remove it")
        return forecast(str(run), source, output, overwrite=overwrite)
    return answer_file(load_trained(run), source, output, column=column, overwrite=overwrite)


def answer_file(
    trained: Trained, source: str, output: str, *, column: str | None, overwrite: bool
) -> int:
    """What `predict_file` does, of a run that is open."""
    predictor, run = trained.predictor, trained.run
    require_reads(trained)
    if column is not None and not predictor.input_columns:
        got = f"{run}: a {trained.task.kind()} run whose records have no columns"
        raise RnnkitError("--column", got, "Expected a run that answers a table", "Remove it")
    path, reader = input_of(trained, source)
    # the table's own way to write, with names for what is added; else the records' usual format
    usual = with_keys(reader, {"header": True, "skip_rows": 0}) if predictor.columns else None
    target, writer = output_format(output, predictor.writes, overwrite, otherwise=usual)
    progress = Progress("rows")
    with _writing(writer, target) as file, at("--input"), reader.read(path) as rows:
        answers = _FileAnswers(predictor, query_columns(predictor, reader, column), rows)
        while chunk := list(itertools.islice(answers.rows, ANSWERED_AT_ONCE)):
            file.write(list(answers.records(chunk)))
            progress.advance(len(chunk), rows.share)
        answers.report()
    return answers.answered


@contextlib.contextmanager
def _writing(kind: Format, target: Path | None) -> Iterator[Writer]:
    """An open file; that it cannot be opened is a mistake in --output."""
    with contextlib.ExitStack() as stack:
        with at("--output"):
            file = stack.enter_context(kind.writer(target))
        yield file


class _FileAnswers:
    """Answers chunks of a file's rows, and remembers those without an answer.

    Args:
        predictor: The predictor.
        columns: The columns of the query; none where a record is a query as a whole.
        rows: The open file.
    """

    def __init__(self, predictor: Predictor, columns: tuple[str, ...], rows: Rows):
        self.answered = 0
        self.rows: Iterator[Row] = rows
        if columns:
            keys = {columns[0]: "--column"} if len(columns) == 1 else {}
            self.rows = with_columns(rows, columns, keys)
        self._predictor, self._file = predictor, rows
        self._column = columns[0] if len(columns) == 1 else None  # else the predictor's own
        self._unanswered: list[str] = []
        self._names: dict[str, str] = {}

    def records(self, rows: Sequence[Row]) -> Iterator[Record]:
        """What is written for these rows."""
        predictor, queries = self._predictor, []
        for row in rows:
            with at(self._file.place(row.number)):
                queries.append(predictor.query(row.values, self._column))
        self._names = self._names or self._free_names(rows)
        for row, query, answer in zip(rows, queries, predictor.predict(queries), strict=True):
            if answer is None:
                self._unanswered.append(str(row.number))
            else:
                self.answered += 1
            if not predictor.columns:
                if answer is None:
                    yield from predictor.unanswered(query)
                else:
                    yield from map(self._rounded, predictor.records(query, answer))
                continue
            self._require_free(row)
            cells = {}
            if answer is not None:
                cells = self._rounded(predictor.records(query, answer)[0])
            yield row.values | {name: cells.get(key, "") for key, name in self._names.items()}

    def _rounded(self, record: Record) -> Record:
        names = self._predictor.probability_columns
        return record | {name: round(record[name], PROBABILITY_DIGITS) for name in names}

    def report(self) -> None:
        """Says which rows have no answer.

        Raises:
            RnnkitError: If there were no rows.
        """
        source = self._file.source
        if not self.answered and not self._unanswered:
            raise RnnkitError("", f"{source} has no rows", "Expected at least one")
        if self._unanswered:
            rows, count = places(self._unanswered), len(self._unanswered)
            are = "row is" if count == 1 else "rows are"
            log.warning(f"{source}: {count:,} {are} empty and not answered: row {rows}")

    def _free_names(self, rows: Sequence[Row]) -> dict[str, str]:
        """What the answer's columns are called next to those that the table has."""
        taken = {key for row in rows for key in row.values}
        names = {}
        for key in self._predictor.columns:
            names[key] = key
            while names[key] in taken:
                names[key] = f"predicted_{names[key]}"
        return names

    def _require_free(self, row: Row) -> None:
        if repeated := [name for name in self._names.values() if name in row.values]:
            place = self._file.place(row.number)
            got = (
                f"it has {repeated[0]!r}, the name of the answer's column, which no row before has"
            )
            raise RnnkitError(place, got, "Expected the same keys in each row", "Rename the key")
