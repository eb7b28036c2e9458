"""Notations of numbers in a table, such as 20,28, 1.020,50 and $20.28, and of missing values."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rnnkit.errors import setting

MISSING = frozenset(
    {"", "na", "n/a", "nan", "-nan", "null", "none", "<na>", "#n/a", "#na", "#n/a n/a"}
)
"""Marks of missing values of pandas, R and Excel, in lower case."""

_SPACES = " \u00a0\u2009\u202f"  # thousands separators of French and SI


@dataclass(frozen=True)
class NumberFormat:
    """The notation of the numbers of a table.

    Args:
        decimal: The decimal mark.
        thousands: The thousands separator; "" for none.
        missing: Further marks of missing values.
        units: Texts before or after a number that are dropped.
    """

    decimal: str = "."
    thousands: str = ""
    missing: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    def parse(self, cell: object) -> float:
        """The number in a cell; NaN if it is missing.

        Raises:
            ValueError: If the text is not a number.
            TypeError: If the cell is neither text nor a number nor None.
        """
        if cell is None:
            return math.nan
        if not isinstance(cell, str):
            try:
                number = float(cell)  # type: ignore[arg-type]
            except OverflowError as error:  # a whole number of more than 308 digits
                raise ValueError(str(error)) from None
            return math.nan if number in self.sentinels else number
        if self.is_plain:
            try:
                return float(cell)
            except ValueError:
                pass  # a mark of missing values, or an error
        text = cell.strip()
        if text.lower() in MISSING or text in self.missing:
            return math.nan
        number = self._number(text)
        return math.nan if number in self.sentinels else number

    def as_python_writes(self, cells: Sequence[str]) -> list[str] | None:
        """Rewrites many cells at once in Python's notation, "nan" if missing; None if one is not a
        number, or needs `parse`.

        Raises:
            TypeError: If a cell is not text.
        """
        marks = {*MISSING, *self.missing}
        text = "\n".join("nan" if cell in marks else cell for cell in cells)
        if not self._lines.fullmatch(text):
            return None
        for mark in (*self._apart, *self._between):
            text = text.replace(mark, "")
        lines = text.replace(self.decimal, ".").split("\n")
        return lines if len(lines) == len(cells) else None

    def _number(self, text: str) -> float:
        text = signed(text)
        for unit in self.units:
            sign = text[:1] if text[:1] in "+-\u2212" else ""  # -$5
            text = sign + text.removeprefix(sign).removeprefix(unit).removesuffix(unit).strip()
        text = text.replace("\u2212", "-")
        if not self._pattern.fullmatch(text):
            raise ValueError(f"not a number: {text!r}")
        for mark in self._between:
            text = text.replace(mark, "")
        return float(text.replace(self.decimal, "."))

    @cached_property
    def is_plain(self) -> bool:
        """Whether every text that Python reads as a number is that number."""
        return (self.decimal, self.thousands) == (".", "") and not self.sentinels

    @cached_property
    def sentinels(self) -> frozenset[float]:
        """Numbers that mark missing values, such as -999."""
        plain = NumberFormat()
        return frozenset(plain.parse(mark) for mark in self.missing if is_read(mark, plain))

    @property
    def _between(self) -> str:
        """The characters that separate thousands."""
        return _SPACES if self.thousands == " " else self.thousands

    @cached_property
    def _written(self) -> str:
        """The pattern of a number without a sign."""
        whole = r"\d+"
        if self.thousands:
            mark = f"[{_SPACES}]" if self.thousands == " " else re.escape(self.thousands)
            groups = rf"\d{{1,3}}(?:{mark}\d{{3}})+"
            if self.thousands == ",":  # 12,34,567 in India
                groups += r"|\d{1,2}(?:,\d{2})+,\d{3}"
            whole = rf"(?:{groups}|\d+)"
        point = re.escape(self.decimal)
        return rf"(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?"

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"[+-]?(?:{self._written}|inf(?:inity)?)", re.IGNORECASE)

    @property
    def _apart(self) -> list[str]:
        """The units without characters that may be part of a number."""
        return [unit for unit in self.units if not re.search(r"[\d\s.,'+\u2019-]|[eEna]", unit)]

    @cached_property
    def _lines(self) -> re.Pattern[str]:
        """The pattern of lines with a number each, with or without a unit."""
        before, after = "", ""
        if self._apart:
            unit = "|".join(map(re.escape, self._apart))
            before, after = f"(?:{unit})?", f"(?: ?(?:{unit}))?"
        line = f"(?:nan|[+-]?{before}{self._written}{after})"
        return re.compile(rf"{line}(?:\n{line})*+")

    def instead_of(self, used: NumberFormat) -> str:
        """The config keys that choose this notation instead of the one used."""
        names = ("decimal", "thousands", "units", "missing")
        changed = [name for name in names if getattr(self, name) != getattr(used, name)]
        values = [(name, getattr(self, name)) for name in changed]
        return " and ".join(
            setting(name, list(value) if isinstance(value, tuple) else value)
            for name, value in values
        )


def signed(text: str) -> str:
    """Moves a trailing minus, or the parentheses of accounting, to a leading minus."""
    if text[:1] == "(" and text[-1:] == ")":
        return f"-{text[1:-1].strip()}"
    return f"-{text[:-1].strip()}" if text[1:] and text[-1] in "-\u2212" else text


def is_read(text: str, numbers: NumberFormat) -> bool:
    """Whether a text is a number in this notation."""
    try:
        numbers.parse(text)
    except ValueError:
        return False
    return True
