"""Names of labels, normalized by one rule for every kind of file (1, 1.0 and "1.0" are one label),
and the labels of a row: one cell, several in one cell, or one column of zeros and ones per label.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from rnnkit.data.raw.labelled import Label
from rnnkit.errors import RnnkitError, setting

SHOWN_CHARACTERS = 100
SHOWN_LABELS = 20

_WHOLE = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.0+)?")
_EXPONENT = re.compile(r"-?[1-9](?:\.[0-9]+)?e\+[0-9]{2,3}")  # as Python writes floats from 1e16 on
_BOOLEANS = {"true": "True", "TRUE": "True", "false": "False", "FALSE": "False"}
_YES_NO = {"0": False, "1": True, "false": False, "true": True}
_MISSING = ("", "nan", "NaN")
_LIST = re.compile(r"""\[(?:.*['",].*)?\]""", re.DOTALL)
_IN_A_LIST = re.compile(r"""'([^']*)'|"([^"]*)"|([^,'"]+)""")


def label_name(value: object) -> str:
    """The normalized name of a label, as predictions write it.

    A whole number is written without a decimal point and with all its digits: 1234567.0 becomes
    "1234567", whether it is a number or text. Other numbers are written with the fewest digits that
    identify them, booleans as "True" and "False"; any other text is stripped and normalized to NFC.

    Args:
        value: A cell: text, a number, a boolean, or any object with a `str`.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        is_whole = math.isfinite(value) and value.is_integer()
        return str(int(value)) if is_whole else repr(value)
    return _name_of_text(str(value).strip())


@lru_cache(4096)  # a table has few distinct labels and many rows
def _name_of_text(text: str) -> str:
    if whole := _WHOLE.fullmatch(text):
        sign, digits = whole.groups()
        return digits if digits == "0" else sign + digits
    if _EXPONENT.fullmatch(text) and repr(float(text)) == text:
        return label_name(float(text))
    if text.isascii():
        return text
    escaped = text.encode("utf-8", "backslashreplace").decode("utf-8")  # lone surrogates
    return unicodedata.normalize("NFC", escaped)


def label_key(name: str) -> str:
    """A key that is equal for names of the same label: booleans may be written as in Python, R or
    JSON, whole numbers with a decimal point.
    """
    return _BOOLEANS.get(name) or label_name(name)


def listed(names: Sequence[str]) -> str:
    """Lists the first names, and counts the rest."""
    more = f" and {len(names) - SHOWN_LABELS:,} more" if len(names) > SHOWN_LABELS else ""
    return ", ".join(map(on_one_line, names[:SHOWN_LABELS])) + more


def on_one_line(text: str) -> str:
    """The text on one line, truncated, without control characters."""
    beginning = text[: 10 * SHOWN_CHARACTERS]
    printable = "".join(character if character.isprintable() else " " for character in beginning)
    line = " ".join(printable.split())
    return line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 3] + "..."


class LabelCells:
    """Reads the label of each row; rows with equal labels share one object.

    Args:
        columns: The column of the label, or one column of zeros and ones for each label.
        delimiter: Separates several labels in one cell; None if a text has one label.
    """

    def __init__(self, columns: str | tuple[str, ...], delimiter: str | None):
        self._columns, self._delimiter = columns, delimiter
        self._of_cell: dict[str | int, Label | None] = {}  # a table has few distinct labels
        self._interned: dict[Label | None, Label | None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The columns whose cells `read` takes."""
        return (self._columns,) if isinstance(self._columns, str) else self._columns

    def read(self, *cells: Any) -> Label | None:
        """The label of a row; None if it has none.

        Args:
            cells: The cells of the columns in `names`.

        Raises:
            RnnkitError: If a cell cannot be a label.
        """
        if not isinstance(self._columns, str):
            return self._intern(_of_indicators(cells, self._columns))
        (cell,) = cells
        if type(cell) not in (str, int):  # as a dict key, True equals 1
            return self._intern(_of_cell(cell, self._columns, self._delimiter))
        if cell not in self._of_cell:
            self._of_cell[cell] = self._intern(_of_cell(cell, self._columns, self._delimiter))
        return self._of_cell[cell]

    def _intern(self, label: Label | None) -> Label | None:
        return self._interned.setdefault(label, label)


def says_nan(cell: Any) -> bool:
    """Whether a cell is the text "nan", in any case."""
    return isinstance(cell, str) and cell.strip().lower() == "nan"


def _of_cell(value: Any, column: str, delimiter: str | None) -> Label | None:
    several = delimiter is not None
    if isinstance(value, set | frozenset):  # a set in memory has no order
        value = sorted(value, key=str)
    for nested in value if several and isinstance(value, list) else [value]:
        if isinstance(nested, list | dict | bytes):
            verb = "holds" if nested is not value else "is"
            got = f"{column} {verb} a {type(nested).__name__}"
            cure = f"Where a text may have several: {setting('multi_label', True)}"
            expected = "Expected labels" if several else "Expected one label"
            is_cured = not several and isinstance(nested, list)
            hint = cure if is_cured else "Write a text or a number"
            raise RnnkitError("", got, expected, hint)
    if delimiter is not None:
        names = value if isinstance(value, list) else _split(value, delimiter)
        return tuple(dict.fromkeys(name for name in map(_plain, names) if name))
    name = _plain(value)
    return None if name is None else (name,)


def _split(value: Any, delimiter: str) -> list[str]:
    """The labels of a cell, separated by a delimiter or written as a Python, JSON or NumPy list."""
    text = _plain(value) or ""
    if not _LIST.fullmatch(text):
        return text.split(delimiter)
    return ["".join(parts) for parts in _IN_A_LIST.findall(text[1:-1])]


def _of_indicators(cells: Sequence[Any], columns: Sequence[str]) -> Label | None:
    """The columns whose cell is 1 or true; None if a cell is empty."""
    labels = []
    for column, cell in zip(columns, cells, strict=True):
        value = _plain(cell)
        if value is None:
            return None
        if value.lower() not in _YES_NO:
            got = f"column {column!r} holds {str(cell)!r}"
            raise RnnkitError("", got, "Expected 0 or 1: one column for each label")
        if _YES_NO[value.lower()]:
            labels.append(column)
    return tuple(labels)


def _plain(value: Any) -> str | None:
    """The name of the label in a cell; None if the cell is empty."""
    name = "" if value is None else label_name(value)
    return None if name in _MISSING else name
