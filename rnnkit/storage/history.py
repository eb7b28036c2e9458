"""history.csv: a row of numbers for each epoch, checked before it is used."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted
from rnnkit.storage.damage import blaming
from rnnkit.storage.reading import read_bytes

HISTORY_BYTES = 64_000_000
MOST_COLUMNS = 1000
LONGEST_NAME = 200  # characters
LONGEST_SHOWN = 40
EPOCH = "epoch"
REQUIRED = (EPOCH, "loss", "seconds")

_NUMBER = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?(?:e[+-]?\d{1,4})?|inf)|nan", re.I | re.A)

Row = Mapping[str, float]


@dataclass(frozen=True)
class History:
    """The epochs of a training.

    Args:
        epochs: Their numbers, from 1 on.
        columns: (epochs,) for each score; nan if an epoch lacks it.
    """

    epochs: Sequence[int]
    columns: Mapping[str, Sequence[float]]


def history_text(rows: Sequence[Row]) -> str:
    """The content of history.csv."""
    text = io.StringIO()
    columns = dict.fromkeys(column for row in rows for column in row)
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read_history(path: Path, hint: str) -> History:
    """The epochs in a run's history.csv.

    Args:
        path: The file.
        hint: What to do if it is damaged.

    Raises:
        RnnkitError: If it is missing, damaged, incomplete, or another table.
    """
    expected = f"Expected a row of numbers for each epoch, {', '.join(REQUIRED)} among them"
    if not path.exists() and not path.is_symlink():
        raise RnnkitError(str(path), "no such file", expected, hint)
    with blaming(str(path), "damaged", expected, hint):
        table = _table(read_bytes(path, HISTORY_BYTES, links=False).decode("utf-8"))
        rows = list(_rows(table))
        if not rows:
            raise ValueError("no epochs")
        require_epochs(rows)
    columns = {
        name: [row.get(name, math.nan) for row in rows] for name in table[0] if name != EPOCH
    }
    return History(range(1, len(rows) + 1), columns)


def _table(text: str) -> list[list[str]]:
    """The header and the rows of a complete file."""
    if not text.endswith("\n"):
        raise ValueError("its last line does not end: it is half of one" if text else "empty")
    table = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    names = table[0]
    if len(names) > MOST_COLUMNS or any(not 0 < len(name) <= LONGEST_NAME for name in names):
        raise ValueError("row 1 does not name its columns")
    if len(set(names)) < len(names):
        raise ValueError("row 1 names a column twice")
    for number, fields in enumerate(table[1:], 2):
        if len(fields) != len(names):
            raise ValueError(f"row {number} has {counted(len(fields), 'field')}, not {len(names)}")
    return table


def _rows(table: Sequence[Sequence[str]]) -> Iterator[Row]:
    for number, fields in enumerate(table[1:], 2):
        if wrong := [field for field in fields if field and not _NUMBER.fullmatch(field)]:
            raise ValueError(
                f"row {number} holds {wrong[0][:LONGEST_SHOWN]!r}, which is not a number"
            )
        cells = zip(table[0], fields, strict=True)
        yield {name: float(field) for name, field in cells if field}


def require_epochs(rows: Sequence[Row]) -> None:
    """Checks that epochs are numbered consecutively from 1, each with its loss and its seconds.

    Raises:
        ValueError: If they are not; the caller names the file.
    """
    for number, row in enumerate(rows, 1):
        if lacks := [name for name in REQUIRED if name not in row]:
            raise ValueError(f"epoch {number} has no {lacks[0]!r}")
        if row[EPOCH] != number:
            raise ValueError(f"epoch {row[EPOCH]:g} stands where epoch {number} belongs")
        if not math.isfinite(row["loss"]) or not 0 <= row["seconds"] < math.inf:
            raise ValueError(f"epoch {number} has a loss or seconds that no training has")
