"""How the numbers of a table are written, such as 20,28, 1.020,50 and $20.28, and marks of missing
ones.
"""

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
"""What stands for a missing number, in lower case: the marks of pandas, R and Excel."""

_SPACES = " \u00a0\u2009\u202f"  # what French and SI write between thousands


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
            try:
                number = float(cell)  # type: ignore[arg-type]
            except OverflowError as error:  # a whole number of more than 308 digits
                raise ValueError(str(error)) from None
            return math.nan if number in self.sentinels else number
        if self.is_plain:
            try:
                return float(cell)
            except ValueError:
                pass  # a mark, or a mistake
        text = cell.strip()
        if text.lower() in MISSING or text in self.missing:
            return math.nan
        number = self._number(text)
        return math.nan if number in self.sentinels else number

    def as_python_writes(self, cells: Sequence[str]) -> list[str] | None:
        """Many cells at once, each as Python reads a number; "nan" where one is missing. None
        where one is not a number, or is one that `parse` alone reads.

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
        """Whether all that Python reads as a number is one."""
        return (self.decimal, self.thousands) == (".", "") and not self.sentinels

    @cached_property
    def sentinels(self) -> frozenset[float]:
        """Numbers that stand for a missing one, such as -999."""
        plain = NumberFormat()
        return frozenset(plain.parse(mark) for mark in self.missing if is_read(mark, plain))

    @property
    def _between(self) -> str:
        """The characters that stand between thousands."""
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
        """The units that hold nothing of a number."""
        return [unit for unit in self.units if not re.search(r"[\d\s.,'+\u2019-]|[eEna]", unit)]

    @cached_property
    def _lines(self) -> re.Pattern[str]:
        """Lines with a number each, and with a unit."""
        before, after = "", ""
        if self._apart:
            unit = "|".join(map(re.escape, self._apart))
            before, after = f"(?:{unit})?", f"(?: ?(?:{unit}))?"
        line = f"(?:nan|[+-]?{before}{self._written}{after})"
        return re.compile(rf"{line}(?:\n{line})*+")

    def instead_of(self, used: NumberFormat) -> str:
        """The keys that say so."""
        names = ("decimal", "thousands", "units", "missing")
        changed = [name for name in names if getattr(self, name) != getattr(used, name)]
        values = [(name, getattr(self, name)) for name in changed]
        return " and ".join(
            setting(name, list(value) if isinstance(value, tuple) else value)
            for name, value in values
        )


def signed(text: str) -> str:
    """A number with its minus before it, where it stands after it or is a pair of brackets, as in
    accounts.
    """
    if text[:1] == "(" and text[-1:] == ")":
        return f"-{text[1:-1].strip()}"
    return f"-{text[:-1].strip()}" if text[1:] and text[-1] in "-\u2212" else text


def is_read(text: str, numbers: NumberFormat) -> bool:
    try:
        numbers.parse(text)
    except ValueError:
        return False
    return True
