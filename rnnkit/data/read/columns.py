"""The columns of a table of texts and labels, and checks that required columns are present."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rnnkit.data.formats.block import Block
from rnnkit.data.formats.csv import DelimitedFormat
from rnnkit.data.formats.format import Row, Rows
from rnnkit.data.read.number_format import NumberFormat
from rnnkit.errors import RnnkitError, did_you_mean, nearest, setting

LONGEST_NAME = 40  # characters of a column's name in a message
TEXTS = ("text", "--column")
"""The keys of text columns."""


@dataclass(frozen=True)
class Columns:
    """The columns of a table that hold texts and labels.

    Args:
        text: The column of the text, or several that are joined.
        label: The column of the label, or one column of zeros and ones for each label.
        delimiter: Separates several labels in one cell; None if a text has one label.
        features: Columns of features used instead of a label, with a number or a list in each
            cell; empty if there are labels.
        numbers: The notation of numbers.
        keys: The config keys that name the columns.
        kept: Further columns to keep, with their keys.
        separator: Separates the texts of several columns.
        weight: The column of the sample weights; None for equal weights.
        needs_kept: Whether the columns in `kept` are required; else their cells are None if
            absent.
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
        """The columns of the text, in order."""
        return (self.text,) if isinstance(self.text, str) else self.text

    @property
    def names(self) -> list[str]:
        """All required columns."""
        labels = (self.label,) if isinstance(self.label, str) else self.label
        weights = () if self.weight is None else (self.weight,)
        kept = self.kept if self.needs_kept else ()
        return [*self.texts, *(self.features or labels), *weights, *kept]


class RequiredColumns:
    """Checks that the rows of a table have the required columns.

    Args:
        rows: The table.
        required: The columns.
        keys: The config keys that name the columns, such as {"text": "text"}, for hints.
    """

    def __init__(self, rows: Rows, required: Sequence[str], keys: Mapping[str, str] | None = None):
        self._rows, self._required, self._keys = rows, required, keys or {}
        self._place = rows.source  # an error in the first row concerns the whole file

    def check(self, row: Row) -> None:
        """Checks a row.

        Raises:
            RnnkitError: If it lacks a column, with the columns that it has.
        """
        for column in self._required:
            if column not in row.values:
                raise _no_column(self._rows, row, column, self._keys, self._place)
        self._place = ""

    def check_block(self, block: Block) -> None:
        """Checks the rows of a block.

        Raises:
            RnnkitError: As `check` does.
        """
        if not set(self._required) <= set(block.names):
            self.check(Row(block.numbers[0], block.first))
        self._place = ""


def text_of(value: object, column: str) -> str:
    """The text of a cell; "" if it is missing.

    Args:
        value: The cell.
        column: The name of its column.

    Raises:
        RnnkitError: If it is something else.
    """
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    hint = "Save it as text"
    if isinstance(value, list | dict):
        hint = "Join what it holds to one text"
    raise RnnkitError("", f"{column} is {value!r}", "Expected text", hint)


def _no_column(
    rows: Rows, row: Row, column: str, keys: Mapping[str, str], place: str
) -> RnnkitError:
    """The error for a missing column of a file, or of a single row if `place` is empty."""
    names = ", ".join(map(_shown, row.values))
    got = f"no column {column!r} in {place or rows.place(row.number)}"
    hint = "Add it to the row, as null where it is missing"
    if place:
        hint = _hint(rows, row, column, keys)
    return RnnkitError("", got, f"It has: {names}", hint)


def _shown(name: str) -> str:
    return repr(name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 3] + "...")


def _hint(rows: Rows, row: Row, column: str, keys: Mapping[str, str]) -> str:
    names = list(row.values)
    if cure := rows.format.why_no_column(rows, column):
        return cure
    if cure := did_you_mean(column, names):
        near = nearest(column, names, count=1)[0]
        return f"{cure} Write {setting(keys[column], near)}" if column in keys else cure
    guesses = _guesses(row, keys)
    if column not in keys or not guesses:
        return f"Rename the column to {column!r}"
    numbers = {key: names.index(name) for key, name in guesses.items()}
    is_table = isinstance(rows.format, DelimitedFormat)
    if is_table and not getattr(rows.format, "header", True):
        return f"Name the column: {_settings(numbers)}"
    hint = f"Name the column: {_settings(guesses)}"
    if is_table:
        without = {"header": False, **numbers}
        hint += f"; if the first row is not a header: {_settings(without)}"
    return hint


def _guesses(row: Row, keys: Mapping[str, str]) -> dict[str, str]:
    """A likely column for each key whose column is missing."""
    nested = [name for name, value in row.values.items() if isinstance(value, dict)]
    free = [name for name in row.values if name not in (*keys, *nested)]
    guesses = {}

    def length(name: str) -> tuple[bool, int]:
        value = row.values[name]
        return isinstance(value, str), len(str(value))

    for column, key in keys.items():
        if column not in row.values and free:
            guesses[key] = max(free, key=length) if key in TEXTS else free[0]
            free.remove(guesses[key])
    return guesses


def _settings(values: Mapping[str, object]) -> str:
    return " and ".join(setting(key, value) for key, value in values.items())
