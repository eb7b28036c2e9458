"""Reads running text from a column of a table."""

from __future__ import annotations

from rnnkit.data.formats.format import Rows
from rnnkit.data.raw.labelled import counted_rows, places
from rnnkit.data.read.columns import RequiredColumns, text_of
from rnnkit.errors import RnnkitError, at, here
from rnnkit.progress import log


def running_text(rows: Rows, column: str) -> str:
    """Joins the texts of a column, one per line.

    Raises:
        RnnkitError: If the column is missing, a cell is not text, or all cells are empty.
    """
    texts: list[str] = []
    empty: list[str] = []
    required = RequiredColumns(rows, [column], {column: "text"})
    with rows:
        for row in rows:
            required.check(row)
            try:
                text = text_of(row.values[column], column)
            except RnnkitError:
                with at(rows.place(row.number)):
                    raise
            if text.strip():
                texts.append(text.strip())
            else:
                empty.append(f"row {row.number}")
    if not texts:
        got = f"{rows.source} has no text in the column {column!r}"
        cure = rows.format.why_no_column(rows, column) or "Is it the right column?"
        raise RnnkitError("", got, "Expected rows with text", cure)
    if empty:
        count = f"{counted_rows(empty)} without text left out"
        log.warning(here(f"{rows.source}: {count}: {places(empty)}"))
    return "".join(f"{text}\n" for text in texts)
