"""Running text out of a column of a table."""

from __future__ import annotations

import math

from rnnkit.data.formats.format import Rows
from rnnkit.data.raw.labelled import counted_rows, places
from rnnkit.data.read.columns import RequiredColumns
from rnnkit.errors import RnnkitError, here
from rnnkit.progress import log


def running_text(rows: Rows, column: str) -> str:
    """The texts of a column, each on a line of its own.

    Raises:
        RnnkitError: If the column is not there, a cell is not text, or none has any.
    """
    texts: list[str] = []
    empty: list[str] = []
    required = RequiredColumns(rows, [column], {column: "text"})
    with rows:
        for row in rows:
            required.check(row)
            text = row.values[column]
            if text is None or (isinstance(text, float) and math.isnan(text)):
                text = ""
            if not isinstance(text, str):
                got = f"{column} is {text!r}"
                raise RnnkitError(rows.place(row.number), got, "Expected text")
            if text.strip():
                texts.append(text.strip())
            else:
                empty.append(f"row {row.number}")
    if not texts:
        got = f"{rows.source} has no text in the column {column!r}"
        raise RnnkitError("", got, "Expected rows with text")
    if empty:
        count = f"{counted_rows(empty)} without text left out"
        log.warning(here(f"{rows.source}: {count}: {places(empty)}"))
    return "".join(f"{text}\n" for text in texts)
