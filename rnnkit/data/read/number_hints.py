"""How the numbers of a column seem to be written, where they cannot be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rnnkit.data.read.number_format import NumberFormat, is_read, signed
from rnnkit.errors import setting

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

_WITH_UNIT = r"[+(\u2212-]?\W{0,2}\d[\d., ]*[^\d\s]{0,8}"
_MARKS = 5  # different texts without a number that may stand for missing numbers
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
_UNITS_SHARE = 0.1  # of the cells, from which on it is a unit that they have, and no mistake


def other_hint(cells: Sequence[object], name: str, used: NumberFormat) -> str:
    """What to do about a column that is not of numbers, however they are written."""
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
    """The keys with which every cell of a column is a number or missing; "" if there are none.

    Args:
        cells: The column, or its first cells.
        used: As which they were read.
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
    found = replace(used, missing=(*used.missing, *marks))
    for numbers in _others(found, units, measured):
        if all(is_read(text, numbers) for text in counts):
            keys = numbers.instead_of(used)  # none if they are read as they are
            return f"Say how its numbers are written: {keys}" if keys else ""
    return ""


def _units(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, map(_unit, texts))))


def _one_unit(measured: Sequence[str], others: Iterable[str]) -> tuple[str, ...]:
    """The unit of these texts; none if there are several, or where it is a multiple such as K
    and others do not have it: then it cannot be dropped.
    """
    units = _units(measured)
    is_multiple = any(unit.lower() in _MULTIPLES for unit in units)
    if len(units) > 1 or (is_multiple and any(re.search("[1-9]", text) for text in others)):
        return ()
    return tuple(units)


def _unit(text: str) -> str:
    """What stands before or after a number."""
    text = signed(text)
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
