"""Input files of `rnnkit predict`: their format, and the columns that the model reads."""

from __future__ import annotations

import sys
from pathlib import Path

from rnnkit.data.formats.choose import format_of, with_keys
from rnnkit.data.formats.format import Format, Rows
from rnnkit.data.formats.txt import COLUMN, Txt
from rnnkit.data.read.files import find_file
from rnnkit.errors import RnnkitError, at
from rnnkit.platform.shell import quote
from rnnkit.registry import lookup
from rnnkit.tasks.capabilities import GeneratesFromCondition
from rnnkit.tasks.predictor import Predictor
from rnnkit.workflows.outputs import STANDARD
from rnnkit.workflows.trained import Trained


def require_reads(trained: Trained) -> None:
    """Refuses a run that cannot read an input file.

    Raises:
        RnnkitError: If the run generates from a seed or a condition instead.
    """
    if trained.predictor.reads:
        return
    is_conditioned = isinstance(trained.predictor, GeneratesFromCondition)
    way = "--condition LABEL" if is_conditioned else "--seed TEXT"
    got = f"{trained.run}: a {trained.task.kind()} run"
    hint = f"Ask it with `rnnkit generate {quote(str(trained.run))} {way}`"
    raise RnnkitError("--input", got, "Expected a run that answers files", hint)


def open_file(
    trained: Trained, source: str, column: str | None = None
) -> tuple[Rows, tuple[str, ...]]:
    """The records of an input file, and the columns that the model reads.

    Arguments and errors are those of `predict_file`.
    """
    require_reads(trained)
    path, reader = input_of(trained, source)
    return reader.read(path), query_columns(trained.predictor, reader, column)


def input_of(trained: Trained, source: str) -> tuple[Path | None, Format]:
    """The path of an input file, None for standard input, and the file's format.

    Raises:
        RnnkitError: If there is no such file, or the run does not read its format.
    """
    predictor, dataset = trained.predictor, trained.task.dataset
    reads, otherwise = predictor.reads, predictor.otherwise
    if source == STANDARD:
        if sys.stdin is None:
            expected, hint = "Expected a text on each line", "Name a file, or give them by a pipe"
            raise RnnkitError("standard input", "closed", expected, hint)
        kind = lookup("format", "txt" if "txt" in reads else reads[0])()
        return None, with_keys(kind, dataset.format_keys if dataset else {})
    with at("--input"):
        path = find_file(source, "a file to answer")
        if dataset is None:
            return path, format_of(path, reads, otherwise=otherwise).without_answers()
        kind = dataset.further.format_of(path, reads, otherwise=otherwise)
        return path, kind.without_answers()


def query_columns(predictor: Predictor, reader: Format, column: str | None) -> tuple[str, ...]:
    """The columns that the model reads: the one that the user named; the only one of a text file;
    otherwise those of the training data.
    """
    if column is not None:
        return (column,)
    is_text_file = isinstance(reader, Txt) and predictor.input_columns
    return (COLUMN,) if is_text_file else predictor.input_columns
