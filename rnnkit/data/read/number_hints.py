"""Guesses the notation of numbers that cannot be read, for hints in error messages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rnnkit.data.read.number_format import NumberFormat, is_read, signed
from rnnkit.errors import setting

_NOTATIONS = (
    (",", ""),
    (",", "."),
    (",", " "),
    (".", " "),
    (".", "'"),
    (".", "\u2019"),
    (",", "'"),
)
"""Pairs of decimal mark and thousands separator, except for (".", ",")."""

_WITH_UNIT = r"[+(\u2212-]?\W{0,2}\d[\d., ]*[^\d\s]{0,8}"
_MARKS = 5  # distinct texts without digits that may mark missing values, at most
_LONGEST_MARK = 8
_MULTIPLES = frozenset(
    (
        "k",
        "m",
        "b",
        "g",
        "t",
        "mn",
        "mm",
        "bn",
        "tn",
        "mio",
        "mrd",
        "thousand",
        "million",
        "billion",
    )
)
_UNITS_SHARE = 0.1  # of the cells with a unit, at least; fewer are errors


def other_hint(cells: Sequence[object], name: str, used: NumberFormat) -> str:
    """What to do about a column that is not numeric in any notation.

    Args:
        cells: The column, or some of its cells.
        name: The name of the column.
        used: The notation in which it was read.
    """
    texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
    if sum(is_read(text, used) for text in texts) > len(texts) / 2:
        return "Correct the cell, or leave it empty"
    numbers = [text for text in texts if re.fullmatch(_WITH_UNIT, text)]
    if len(numbers) > len(texts) / 2 and (units := _units(numbers)):
        shown = ", ".join(map(repr, units[:3]))
        return f"Write all of its numbers in one unit; {shown} cannot simply be dropped"
    if sum(not re.search(r"[^\W\d_]", text) for text in texts) > len(texts) / 2:
        return "Write each as one number, such as 1.5"
    return f"A column of words is not in features: {setting('categorical', [name])}"


def number_hint(cells: Sequence[object], used: NumberFormat) -> str:
    """The config keys with which every cell is a number or missing; "" if there are none.

    Args:
        cells: The column, or some of its cells.
        used: The notation in which it was read.
    """
    counts = Counter(cell.strip() for cell in cells if isinstance(cell, str))
    wrong = [text for text in counts if not is_read(text, used)]
    marks = [text for text in wrong if text[0] == "#" or not re.search(r"\d", text)]
    if len(marks) > _MARKS or any(len(mark) > _LONGEST_MARK for mark in marks):
        return ""
    words = sum(counts[mark] for mark in marks if mark.isalpha())
    if len(marks) == len(counts) or words > sum(counts.values()) / 2:  # a column of words
        return ""
    measured = [text for text in wrong if text not in marks]
    is_common = sum(counts[text] for text in measured) >= _UNITS_SHARE * sum(counts.values())
    units = _one_unit(measured, counts.keys() - set(wrong)) if is_common else ()
    with_marks = replace(used, missing=(*used.missing, *marks))
    for numbers in _other_notations(with_marks, units, measured):
        if all(is_read(text, numbers) for text in counts):
            keys = numbers.instead_of(used)  # empty if they can be read already
            return f"Say how its numbers are written: {keys}" if keys else ""
    return ""


def _units(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, map(_unit, texts))))


def _one_unit(measured: Sequence[str], others: Iterable[str]) -> tuple[str, ...]:
    """The unit of these texts if it can be dropped: not if there are several, or if it is a
    multiplier such as K that other numbers lack.
    """
    units = _units(measured)
    is_multiple = any(unit.lower() in _MULTIPLES for unit in units)
    if len(units) > 1 or (is_multiple and any(re.search("[1-9]", text) for text in others)):
        return ()
    return tuple(units)


def _unit(text: str) -> str:
    """The text before or after a number."""
    text = signed(text)
    before, after = re.match(r"[^\d.,+\u2212-]*", text), re.search(r"[^\d.,]*$", text)
    return (before and before[0].strip()) or (after[0].strip() if after else "")


def _other_notations(
    used: NumberFormat, units: tuple[str, ...], texts: Sequence[str]
) -> Iterator[NumberFormat]:
    """Other notations of numbers, the most likely ones first."""
    commas = [text for text in texts if "," in text]
    in_groups = all(re.search(r"\d,\d{3}(?:\D|$)", text) for text in commas)
    marks = [(".", ","), *_NOTATIONS] if in_groups else [*_NOTATIONS, (".", ",")]
    for unit in dict.fromkeys((used.units, (*used.units, *units))):
        for decimal, thousands in [(used.decimal, used.thousands), *marks]:
            yield replace(used, decimal=decimal, thousands=thousands, units=unit)
