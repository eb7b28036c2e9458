"""A run's answer to a text."""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from rnnkit.data.raw.labelled import places
from rnnkit.data.read.files import find_file
from rnnkit.data.read.sentences import ColumnWriter
from rnnkit.data.read.tables import (
    LINE_COLUMN,
    SUFFIXES,
    Record,
    Row,
    TableReader,
    TableWriter,
    require_columns,
    table_format,
)
from rnnkit.errors import RnnkitError, at
from rnnkit.run import find_run
from rnnkit.tasks.task import FileAnswers
from rnnkit.workflows.answer import Trained, load_trained
from rnnkit.workflows.forecast import forecast_file
from rnnkit.workflows.outputs import STANDARD, output_table, require_free

SECONDS_BETWEEN_LINES = 5


def predict(
    name: str | None, text: str, *, top: int = 5, where: str = "text", warn: Callable[[str], None]
) -> list[Any]:
    """What a run says to `text`: labels, the likeliest next symbols, the next numbers, or the text
    that it becomes.

    Args:
        name: A run's folder or name; None for the newest.
        text: What to answer.
        top: How many answers, where there is a choice.
        where: How messages call the text.
        warn: Called with a line about what is not as expected.

    Returns:
        Rows as dataclasses, best first: `label` and `probability`, `token` and `probability`,
        `step` and `forecast`, or `target` and
        `log_probability`.

    Raises:
        RnnkitError: If there is no such run, it cannot answer such a text, or `top` is not
            positive.
    """
    if top < 1:
        raise RnnkitError("top", f"found {top}", "Expected at least 1")
    trained = load_trained(find_run(name), warn)
    rows: list[Any] = trained.config.answer(
        trained.codec, trained.outputs, text, top=top, where=where, warn=warn
    )
    return rows


def predict_file(
    name: str | None,
    source: str | None,
    output: str,
    *,
    column: str | None = None,
    horizon: int | None = None,
    plot: str | None = None,
    overwrite: bool = False,
    say: Callable[[str], None],
) -> int:
    """Answers every row of a table: its columns, then the answer's. Rows stream through, in their
    order.

    A tagger reads sentences, and a run on arrays an .npz file (`Task.answer_file`). Of a forecaster
    the table is one series, and what comes after its end is written (`workflows.forecast`).

    Where the table has a column of that name, the answer's is called `predicted_label`, and so on.

    Args:
        name: A run's folder or name; None for the newest.
        source: A .csv, .tsv, .jsonl or .txt file (one text a line), also gzipped; "-" for lines of
            standard input; None for a forecaster's own.
        output: A .csv, .tsv or .jsonl file, which is whole or not there; "-" for standard output.
        column: The column of the text; the one that the run was trained on where None.
        horizon: How many steps a forecaster looks ahead; the run's own where None.
        plot: A .png of a forecast.
        overwrite: Whether a file may be replaced.
        say: Called with lines about the progress, and about rows that have no answer.

    Returns:
        How many rows were answered, or steps forecast.

    Raises:
        RnnkitError: If there is no such run, file or column, a row is not what it should be, or the
            output is there already.
    """
    if source == STANDARD and sys.stdin is None:
        raise RnnkitError("standard input", "closed", "Expected a text on each line")
    with at("--input"):
        path = None if source in (STANDARD, None) else find_file(str(source), "a table")
    is_forecast = horizon is not None or plot is not None or source is None
    trained = load_trained(
        find_run(name, ["forecasting"] if name is None and is_forecast else []), say
    )
    if trained.config.reads_series:
        if column is not None:
            raise RnnkitError(
                "--column",
                f"{trained.run}: a {trained.config.kind()} run",
                "Expected the columns of its config",
            )
        return forecast_file(
            trained, source, output, horizon=horizon, plot=plot, overwrite=overwrite, say=say
        )
    if is_forecast:
        option = "--horizon" if horizon else "--plot"
        raise RnnkitError(
            option,
            f"{trained.run}: a {trained.config.kind()} run",
            "Expected a forecasting run",
            "Name another run",
        )
    if (answers := trained.config.answer_file(trained.codec, trained.outputs, path)) is not None:
        if column is not None:
            raise RnnkitError(
                "--column",
                f"a {trained.config.kind()} run on {path or 'standard input'}",
                "Expected a table of texts",
                "Remove it",
            )
        return _write_answers(answers, output, overwrite, say)
    with at("--input"):
        kind = table_format(path) if path else "txt"
    target, written_as = output_table(output, overwrite, "csv" if kind == "txt" else kind)
    added = trained.config.answer_columns(trained.codec)
    options = trained.config.table_options()
    own_column = options.pop("text", LINE_COLUMN)
    if options.pop("kind", None) != kind:  # they are those of the table that the run was trained on
        options = {}
    wanted = column or (LINE_COLUMN if kind == "txt" else own_column)
    started = told = time.monotonic()
    answered, without, names = 0, list[str](), dict[str, str]()
    columns: Collection[str] = ()
    with TableWriter(target, written_as) as writer, contextlib.ExitStack() as stack:
        with at("--input"):
            reader = TableReader(path, kind, **options)
        chunks: Any = reader.chunks()
        stack.enter_context(contextlib.closing(chunks))
        while True:
            with at("--input"):
                if (rows := next(chunks, None)) is None:
                    break
                for row in rows[: 1 if kind != "jsonl" else None]:
                    require_columns(
                        list(row.values),
                        [wanted],
                        f"{reader.source}: row {row.number}" if kind == "jsonl" else reader.source,
                        header=reader.header and kind != "jsonl",
                    )
            names = names or _free_names(added, rows)
            records, unanswered = _answered(trained, rows, wanted, names, reader.source, say)
            if written_as != "jsonl":
                columns = columns or records[0].keys()
                _require_same_columns(rows, records, columns, reader.source)
            writer.write(records)
            answered += len(rows) - len(unanswered)
            without += unanswered
            if time.monotonic() - told > SECONDS_BETWEEN_LINES:
                told = time.monotonic()
                left = (
                    f", {reader.share:.0%} of the file,"
                    f" {(told - started) * (1 / reader.share - 1):,.0f} s left"
                    if reader.share
                    else ""
                )
                say(f"{answered + len(without):,} rows{left}")
        if not answered and not without:
            raise RnnkitError("--input", f"{reader.source} has no rows", "Expected at least one")
    if without:
        say(
            f"{reader.source}: {len(without):,} rows have no text and no answer: row"
            f" {places(without)}"
        )
    return answered


def _write_answers(
    answers: FileAnswers, output: str, overwrite: bool, say: Callable[[str], None]
) -> int:
    """Writes what a task says to a file of its own kind; how many records."""
    target = None if output == STANDARD else Path(output)
    suffix = target.suffix.lower() if target else answers.suffixes[0]
    if suffix not in answers.suffixes:
        raise RnnkitError(
            "--output",
            f"{output}: unknown kind of file {suffix!r}",
            f"Expected {', '.join(answers.suffixes)}",
        )
    require_free(target, "--output", overwrite)
    writer = (
        TableWriter(target, SUFFIXES[suffix]) if suffix in SUFFIXES else ColumnWriter(target, "tsv")
    )
    written, told = 0, time.monotonic()
    with writer, contextlib.closing(answers.chunks) as chunks:
        for records in chunks:
            writer.write(records)
            written += len(records)
            if time.monotonic() - told > SECONDS_BETWEEN_LINES:
                told = time.monotonic()
                say(f"{written:,} rows")
    return written


def _require_same_columns(
    rows: Sequence[Row], records: Sequence[Record], columns: Collection[str], source: str
) -> None:
    """A row's key that the first row lacks would be lost in a table of columns."""
    for row, record in zip(rows, records, strict=True):
        if more := [key for key in record if key not in columns]:
            got = f"{source}: row {row.number} has {more[0]!r}, which the first row lacks"
            raise RnnkitError(
                "--output",
                got,
                "Expected the same keys in each row for a table of columns",
                "Write a .jsonl file",
            )


def _free_names(added: Sequence[str], rows: Sequence[Row]) -> dict[str, str]:
    """What the answer's columns are called beside those that the table has."""
    taken = {key for row in rows for key in row.values}
    names = {}
    for key in added:
        names[key] = key
        while names[key] in taken:
            names[key] = f"predicted_{names[key]}"
    return names


def _answered(
    trained: Trained,
    rows: list[Row],
    column: str,
    names: Mapping[str, str],
    source: str,
    say: Callable[[str], None],
) -> tuple[list[Record], list[str]]:
    """Each row with its answer, and the numbers of those without one."""
    texts = []
    for row in rows:
        text = row.values[column]
        if isinstance(text, float) and math.isnan(text):
            text = None
        if text is not None and not isinstance(text, str):
            raise RnnkitError(
                "--input", f"{source}: row {row.number}: {column} is {text!r}", "Expected text"
            )
        if repeated := [name for name in names.values() if name in row.values]:
            got = (
                f"{source}: row {row.number} has {repeated[0]!r}, which no row before it has: the"
                " answer's column is called so"
            )
            raise RnnkitError(
                "--input", got, "Expected the same keys in each row", "Rename the key"
            )
        texts.append(text or "")
    answers = trained.config.answer_all(
        trained.codec, trained.outputs, [text if text.strip() else "" for text in texts], say=say
    )
    records = []
    for row, answer in zip(rows, answers, strict=True):
        records.append(
            row.values | {name: answer[key] if answer else "" for key, name in names.items()}
        )
    return records, [
        str(row.number) for row, answer in zip(rows, answers, strict=True) if answer is None
    ]
