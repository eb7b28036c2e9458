"""Numbers as people write them, such as 20,28, 1.020,50 and $20.28, and marks of missing ones."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from rnnkit.errors import RnnkitError, setting

MISSING = frozenset(
    {"", "na", "n/a", "nan", "-nan", "null", "none", "<na>", "#n/a", "#na", "#n/a n/a"}
)
"""What stands for a missing number, in lower case: the marks of pandas, R and Excel."""

LARGEST = 1e38  # what float32 holds
SHOWN_TO_HINTS = 10_000  # cells on both sides of one that is not a number
_SPACES = " \u00a0\u2009\u202f"  # what French and SI write between thousands
_WAYS = (
    (",", ""),
    (",", "."),
    (",", " "),
    (".", " "),
    (".", "'"),
    (".", "\u2019"),
    (",", "'"),
)
"""Other decimal marks and what stands between thousands, but for 20,280."""

_MARKS = 3  # different texts without a digit that may stand for missing numbers
_LONGEST_MARK = 8
_UNITS_SHARE = 0.1  # of the cells, from which on it is a unit that they have, and no mistake


@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of a table are written.

    Args:
        decimal: What stands before the fraction.
        thousands: What stands between groups of three digits; "" for nothing.
        missing: Further texts that stand for a missing number.
        units: Texts before or after a number that are dropped.
    """

    decimal: str = "."
    thousands: str = ""
    missing: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    def parse(self, cell: object) -> float:
        """The number in a cell; nan where it is missing.

        Raises:
            ValueError: If it holds anything else.
            TypeError: If it is not text, a number or nothing.
        """
        if cell is None:
            return math.nan
        if not isinstance(cell, str):
            number = float(cell)  # type: ignore[arg-type]
            return math.nan if number in self._sentinels else number
        if self.is_plain:
            try:
                return float(cell)
            except ValueError:
                pass  # a mark, or a mistake
        text = cell.strip()
        if text.lower() in MISSING or text in self.missing:
            return math.nan
        number = self._number(text)
        return math.nan if number in self._sentinels else number

    def _number(self, text: str) -> float:
        for unit in self.units:
            sign = text[:1] if text[:1] in "+-\u2212" else ""  # -$5
            text = sign + text.removeprefix(sign).removeprefix(unit).removesuffix(unit).strip()
        text = text.replace("\u2212", "-")
        if not self._pattern.fullmatch(text):
            raise ValueError(f"not a number: {text!r}")
        for mark in _SPACES if self.thousands == " " else self.thousands:
            text = text.replace(mark, "")
        return float(text.replace(self.decimal, "."))

    @cached_property
    def is_plain(self) -> bool:
        """Whether all that Python reads as a number is one."""
        return (self.decimal, self.thousands) == (".", "") and not self._sentinels

    @cached_property
    def _sentinels(self) -> frozenset[float]:
        """Numbers that stand for a missing one, such as -999."""
        return frozenset(float(mark) for mark in self.missing if _is_read(mark, NumberFormat()))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        whole = r"\d+"
        if self.thousands:
            mark = f"[{_SPACES}]" if self.thousands == " " else re.escape(self.thousands)
            whole = rf"(?:\d{{1,3}}(?:{mark}\d{{3}})+|\d+)"
        point = re.escape(self.decimal)
        number = rf"(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?"
        return re.compile(rf"[+-]?(?:{number}|inf(?:inity)?)", re.IGNORECASE)

    def instead_of(self, used: NumberFormat) -> str:
        """The keys that say so."""
        names = ("decimal", "thousands", "units", "missing")
        changed = [name for name in names if getattr(self, name) != getattr(used, name)]
        values = [(name, getattr(self, name)) for name in changed]
        return " and ".join(
            setting(name, list(value) if isinstance(value, tuple) else value)
            for name, value in values
        )


def read_numbers(
    cells: Sequence[object], name: str, rows: Sequence[int], source: str, used: NumberFormat
) -> np.ndarray:
    """A column of numbers: (rows,) float64, nan where one is missing.

    Args:
        cells: Its cells.
        name: Its name.
        rows: The numbers of its rows.
        source: The file.
        used: How its numbers are written.

    Raises:
        RnnkitError: If a cell is not a number, with its row.
    """
    values = _at_once(cells) if used.is_plain else None
    if values is None:
        values = np.empty(len(cells))
        for index, cell in enumerate(cells):
            try:
                values[index] = used.parse(cell)
            except (TypeError, ValueError):
                got = f"{source}: row {rows[index]}: {name} is {cell!r}"
                near = cells[max(0, index - SHOWN_TO_HINTS) : index + SHOWN_TO_HINTS]
                hint = number_hint(near, used) or _other_hint(near, name, used)
                raise RnnkitError("", got, "Expected a number, or an empty cell", hint) from None
    if len(wrong := np.flatnonzero(np.abs(values) > LARGEST)):
        got = f"{source}: row {rows[wrong[0]]}: {name} is {cells[wrong[0]]}"
        hint = "Mend the cell, or leave it empty"
        raise RnnkitError("", got, "Expected a finite number", hint)
    return values


def _at_once(cells: Sequence[Any]) -> np.ndarray | None:
    """The cells as Python reads numbers; None where one of them is something else, or missing."""
    try:
        return np.fromiter(map(float, cells), float, len(cells))
    except (TypeError, ValueError):
        return None


def listed_numbers(cell: object, used: NumberFormat) -> list[object]:
    """The numbers of a cell with one, or with several between spaces, or commas (semicolons where a
    comma is part of a number); none where it is empty.
    """
    if not isinstance(cell, str):
        return [] if cell is None else [cell]
    try:
        used.parse(cell)
    except ValueError:
        return list(
            cell.replace(";" if "," in (used.decimal, used.thousands) else ",", " ").split()
        )
    return [cell] if cell.strip() else []


def word(cell: object) -> str:
    """A category; "" where the cell is empty. None, NA and null are categories like others."""
    is_empty = cell is None or (isinstance(cell, float) and math.isnan(cell))
    return "" if is_empty else str(cell).strip()


def _other_hint(cells: Sequence[object], name: str, used: NumberFormat) -> str:
    """What to do about a column that is not of numbers, however they are written."""
    texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
    if sum(_is_read(text, used) for text in texts) > len(texts) / 2:
        return "Mend the cell, or leave it empty"
    return f"A column of words goes to {setting('categorical', [name])}"


def number_hint(cells: Sequence[object], used: NumberFormat) -> str:
    """The keys with which every cell of a column is a number or missing; "" where there are none.

    Args:
        cells: The column, or its first cells.
        used: As which they were read.
    """
    counts = Counter(cell.strip() for cell in cells if isinstance(cell, str))
    wrong = [text for text in counts if not _is_read(text, used)]
    marks = [text for text in wrong if not re.search(r"\d", text)]
    if len(marks) > _MARKS or any(len(mark) > _LONGEST_MARK for mark in marks):
        return ""
    words = sum(counts[mark] for mark in marks if mark.isalpha())
    if len(marks) == len(counts) or words > sum(counts.values()) / 2:  # a column of words
        return ""
    measured = [text for text in wrong if text not in marks]
    is_common = sum(counts[text] for text in measured) >= _UNITS_SHARE * sum(counts.values())
    units = tuple(dict.fromkeys(filter(None, map(_unit, measured)))) if is_common else ()
    found = replace(used, missing=(*used.missing, *marks))
    for numbers in _others(found, units, measured):
        if all(_is_read(text, numbers) for text in counts):
            return f"Say how its numbers are written: {numbers.instead_of(used)}"
    return ""


def _unit(text: str) -> str:
    """What stands before or after a number."""
    before, after = re.match(r"[^\d.,+\u2212-]*", text), re.search(r"[^\d.,]*$", text)
    return (before and before[0].strip()) or (after[0].strip() if after else "")


def _others(
    used: NumberFormat, units: tuple[str, ...], texts: Sequence[str]
) -> Iterator[NumberFormat]:
    """Other ways to write numbers, the likely ones first."""
    commas = [text for text in texts if "," in text]
    in_groups = all(re.search(r"\d,\d{3}(?:\D|$)", text) for text in commas)
    ways = [(".", ","), *_WAYS] if in_groups else [*_WAYS, (".", ",")]
    for dropped in dict.fromkeys((used.units, (*used.units, *units))):
        for decimal, thousands in [(used.decimal, used.thousands), *ways]:
            yield replace(used, decimal=decimal, thousands=thousands, units=dropped)


def _is_read(text: str, numbers: NumberFormat) -> bool:
    try:
        numbers.parse(text)
    except ValueError:
        return False
    return True
