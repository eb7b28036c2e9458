"""Texts with labels, or with numbers in their place, out of a table: which columns hold them, and
what becomes of rows that lack one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnkit.data.formats.format import Record, Row, Rows
from rnnkit.data.raw.label_names import label_name
from rnnkit.data.raw.labelled import Examples, Label, counted_rows, places
from rnnkit.data.read.columns import RequiredColumns
from rnnkit.data.read.number_format import NumberFormat
from rnnkit.data.read.row_numbers import features_of, weight_of
from rnnkit.errors import RnnkitError, at, setting
from rnnkit.progress import Dropped

WEIGHTLESS = "a weight of 0"
_YES_NO = {"0": False, "1": True, "false": False, "true": True}
_MISSING = ("", "nan", "NaN")
_LIST = re.compile(r"""\[(?:.*['",].*)?\]""", re.DOTALL)
_IN_A_LIST = re.compile(r"""'([^']*)'|"([^"]*)"|([^,'"]+)""")


@dataclass(frozen=True)
class Columns:
    """Where a table keeps texts and labels.

    Args:
        text: The column of the text, or several that are joined.
        label: The column of the label, or one column of zeros and ones for each label.
        delimiter: The separator of several labels in one column; None where a text has one
            label.
        features: The columns of the numbers instead of a label, where there are any:
            one number each, or a list.
        numbers: How these are written.
        keys: The key of the config that names a column, where there is one.
        kept: Further columns, with their keys.
        needs_kept: Whether these must be there; else their cells are None where they are not.
        separator: What stands between the texts of several columns.
        weight: The column that says how much a text counts in training; None where all count
            alike.
    """

    text: str | tuple[str, ...]
    label: str | tuple[str, ...]
    delimiter: str | None = None
    features: tuple[str, ...] = ()
    numbers: NumberFormat = field(default_factory=NumberFormat)
    keys: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    separator: str = " "
    weight: str | None = None
    needs_kept: bool = True

    @property
    def texts(self) -> tuple[str, ...]:
        """The columns of the text, in their order."""
        return (self.text,) if isinstance(self.text, str) else self.text

    @property
    def names(self) -> list[str]:
        """All that must be there."""
        labels = (self.label,) if isinstance(self.label, str) else self.label
        weights = () if self.weight is None else (self.weight,)
        kept = self.kept if self.needs_kept else ()
        return [*self.texts, *(self.features or labels), *weights, *kept]


@dataclass
class _Texts:
    """What was read so far."""

    kept: dict[str, list[Any]]
    skipped: dict[str, list[str]]
    texts: list[str] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    features: list[list[float]] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


def read_labelled(rows: Rows, columns: Columns) -> tuple[Examples, list[str]]:
    """Every row with a text and a label (or numbers in its place), and lines about the rows that
    were left out.

    Raises:
        RnnkitError: If a column is not there, a cell is not what it should be, or no row is left.
    """
    missing = "no features" if columns.features else "no label"
    called_nan = "the label nan, read as missing,"
    same: dict[Label | None, Label | None] = {}  # one object for all rows with a label
    skipped: dict[str, list[str]] = {"an empty text": [], missing: [], called_nan: []}
    found = _Texts({column: [] for column in columns.kept}, skipped | {WEIGHTLESS: []})
    required = RequiredColumns(rows, columns.names, {**columns.kept, **columns.keys})
    with rows:
        for row in rows:
            required.check(row)
            try:
                text = joined_text(row.values, columns.texts, columns.separator)
                features = features_of(row, columns.features, columns.numbers)
                label: Label | None = () if columns.features else _label(row, columns)
                weight = weight_of(row, columns.weight, columns.numbers)
            except RnnkitError:
                with at(rows.place(row.number)):  # not around each of a million rows
                    raise
            label = same.setdefault(label, label)
            if not text.strip() or label is None or features is None:
                why = called_nan if label is None and _says_nan(row, columns) else missing
                found.skipped[why if text.strip() else "an empty text"].append(str(row.number))
                continue
            if not weight:
                found.skipped[WEIGHTLESS].append(str(row.number))
                continue
            if columns.features and found.features:
                _require_as_many(features, found, rows, row.number)
            found.texts.append(text)
            found.labels.append(label)
            if columns.features:
                found.features.append(features)
            if columns.weight is not None:
                found.weights.append(weight)
            found.numbers.append(row.number)
            for column, values in found.kept.items():
                values.append(row.values.get(column))
    return _examples(found, rows, columns)


def _examples(found: _Texts, rows: Rows, columns: Columns) -> tuple[Examples, list[str]]:
    """What was read, and lines about it."""
    notes = list[str]()
    for what, skipped in found.skipped.items():
        line = f"{rows.source}: {counted_rows(skipped)} with {what} left out: row {places(skipped)}"
        notes += [line if what == WEIGHTLESS else Dropped(line)] if skipped else []
    if not found.texts:
        what = "features" if columns.features else "a label"
        got = f"{rows.source} has no row with a text and {what}"
        raise RnnkitError("", got, "Expected rows", "; ".join(notes))
    if columns.weight is not None:
        least, most = min(found.weights), max(found.weights)
        span = f"{rows.source}: weights from {least:g} to {most:g} ({columns.weight})"
        notes.append(f"{span}, used in the loss of training, not in scores")
    place_of, numbers = rows.place, found.numbers
    described = np.array(found.features, np.float32) if columns.features else None
    weights = None if columns.weight is None else np.array(found.weights, np.float32)

    def place(index: int) -> str:
        return place_of(numbers[index])

    return Examples(found.texts, found.labels, place, described, found.kept, weights), notes


def _require_as_many(features: list[float], found: _Texts, rows: Rows, number: int) -> None:
    if len(features) != len(found.features[0]):
        got = (
            f"{rows.source}: row {number} has {len(features):,} features, row {found.numbers[0]}"
            f" has {len(found.features[0]):,}"
        )
        raise RnnkitError("", got, "Expected the same number for every text")


def joined_text(record: Record, columns: Sequence[str], separator: str = " ") -> str:
    """The text of a row: a cell, or those of several columns that are not blank, joined.

    Args:
        record: The row, which has these columns.
        columns: The columns, in the order of the text.
        separator: What stands between their texts.

    Raises:
        RnnkitError: If a cell is not text.
    """
    if len(columns) == 1:
        return _text(record[columns[0]], columns[0])
    cells = [_text(record[column], column) for column in columns]
    return separator.join(cell for cell in cells if cell.strip())


def _text(value: Any, column: str) -> str:
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    raise RnnkitError("", f"{column} is {value!r}", "Expected text")


def _label(row: Row, columns: Columns) -> Label | None:
    """None where there is none."""
    if not isinstance(columns.label, str):
        return _ticked(row, columns.label)
    value = row.values[columns.label]
    several = columns.delimiter is not None
    if isinstance(value, set | frozenset):  # in memory; it has no order of its own
        value = sorted(value, key=str)
    for nested in value if several and isinstance(value, list) else [value]:
        if isinstance(nested, list | dict | bytes):
            verb = "holds" if nested is not value else "is"
            got = f"{columns.label} {verb} a {type(nested).__name__}"
            cure = f"Where a text may have several: {setting('multi_label', True)}"
            expected = "Expected labels" if several else "Expected one label"
            is_cured = not several and not isinstance(nested, bytes)
            raise RnnkitError("", got, expected, cure if is_cured else "")
    if columns.delimiter is not None:
        names = value if isinstance(value, list) else _several(value, columns.delimiter)
        return tuple(dict.fromkeys(name for name in map(_plain, names) if name))
    name = _plain(value)
    return None if name is None else (name,)


def _several(value: Any, delimiter: str) -> list[str]:
    """The labels of a cell: between delimiters, or in a list as Python, JSON and NumPy write it."""
    text = _plain(value) or ""
    if not _LIST.fullmatch(text):
        return text.split(delimiter)
    return ["".join(parts) for parts in _IN_A_LIST.findall(text[1:-1])]


def _says_nan(row: Row, columns: Columns) -> bool:
    """Whether the cell of the label has that word."""
    cell = row.values[columns.label] if isinstance(columns.label, str) else None
    return isinstance(cell, str) and cell.strip().lower() == "nan"


def _ticked(row: Row, columns: Sequence[str]) -> Label | None:
    """The columns that say yes; None where one is empty."""
    ticked = []
    for column in columns:
        value = _plain(row.values[column])
        if value is None:
            return None
        if value.lower() not in _YES_NO:
            got = f"column {column!r} holds {str(row.values[column])!r}"
            raise RnnkitError("", got, "Expected 0 or 1: one column for each label")
        if _YES_NO[value.lower()]:
            ticked.append(column)
    return tuple(ticked)


def _plain(value: Any) -> str | None:
    """A cell as the name of a label; None where there is none."""
    name = "" if value is None else label_name(value)
    return None if name in _MISSING else name
