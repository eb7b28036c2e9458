"""The columns of a table: those of texts and labels, those that it must have, and their cells of
text.
"""

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
"""The keys of columns of running text."""


@dataclass(frozen=True)
class Columns:
    """Where a table keeps texts and labels.

    Args:
        text: The column of the text, or several that are joined.
        label: The column of the label, or one column of zeros and ones for each label.
        delimiter: The separator of several labels in one column; None if a text has one
            label.
        features: The columns of the numbers instead of a label, where there are any:
            one number each, or a list.
        numbers: How these are written.
        keys: The key of the config that names a column, where there is one.
        kept: Further columns, with their keys.
        needs_kept: Whether these must be there; else their cells are None if they are not.
        separator: What stands between the texts of several columns.
        weight: The column that says how much a text counts in training; None if all count
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


class RequiredColumns:
    """The columns that every row of a table must have.

    Args:
        rows: The table.
        wanted: The columns.
        keys: By which key the user names a column, such as {"text": "text"}; those that no key
            names are missing.
    """

    def __init__(self, rows: Rows, wanted: Sequence[str], keys: Mapping[str, str] | None = None):
        self._rows, self._wanted, self._keys = rows, wanted, keys or {}
        self._place = rows.source  # the first row speaks for the file

    def check(self, row: Row) -> None:
        """Refuses a row that lacks one.

        Raises:
            RnnkitError: With the columns that there are.
        """
        for column in self._wanted:
            if column not in row.values:
                raise _no_column(self._rows, row, column, self._keys, self._place)
        self._place = ""

    def check_block(self, block: Block) -> None:
        """The same for many rows at a time, which have the same columns.

        Raises:
            RnnkitError: As `check` does.
        """
        if not set(self._wanted) <= set(block.names):
            self.check(Row(block.numbers[0], block.first))
        self._place = ""


def text_of(value: object, column: str) -> str:
    """A cell as text; "" if it is missing.

    Args:
        value: The cell.
        column: The name of its column.

    Raises:
        RnnkitError: If it is neither.
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
    """The error for a row without a column.

    Args:
        place: What lacks it; "" if it is the row.
    """
    named = ", ".join(map(_shown, row.values))
    got = f"no column {column!r} in {place or rows.place(row.number)}"
    hint = "Add it to the row, as null where it is missing"
    if place:
        hint = _hint(rows, row, column, keys)
    return RnnkitError("", got, f"It has: {named}", hint)


def _shown(name: str) -> str:
    return repr(name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 3] + "...")


def _hint(rows: Rows, row: Row, column: str, keys: Mapping[str, str]) -> str:
    there = list(row.values)
    if cure := rows.format.why_no_column(rows, column):
        return cure
    if cure := did_you_mean(column, there):
        near = nearest(column, there, count=1)[0]
        return f"{cure} Write {setting(keys[column], near)}" if column in keys else cure
    guesses = _guesses(row, keys)
    if column not in keys or not guesses:
        return f"Rename the column to {column!r}"
    numbers = {key: there.index(name) for key, name in guesses.items()}
    is_table = isinstance(rows.format, DelimitedFormat)
    if is_table and not getattr(rows.format, "header", True):
        return f"Name the column: {_settings(numbers)}"
    hint = f"Name the column: {_settings(guesses)}"
    if is_table:
        without = {"header": False, **numbers}
        hint += f"; if the first row is not a header: {_settings(without)}"
    return hint


def _guesses(row: Row, keys: Mapping[str, str]) -> dict[str, str]:
    """A column for each key that names one which is not there."""
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
