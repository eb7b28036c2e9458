"""How a label is written, by one rule for every kind of file: 1, 1.0 and "1.0" are one label."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

SHOWN_CHARACTERS = 100
SHOWN_LABELS = 20

_WHOLE = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.0+)?")
_EXPONENT = re.compile(r"-?[1-9](?:\.[0-9]+)?e\+[0-9]{2,3}")  # as Python writes floats from 1e16 on
_BOOLEANS = {"true": "True", "TRUE": "True", "false": "False", "FALSE": "False"}


def label_name(value: object) -> str:
    """The name of a label, as answers write it.

    A whole number is written as one, in all its digits: 1234567.0 is "1234567", be it a number or
    the text of a cell. Other numbers keep the digits that tell them apart, a truth value is "True"
    or "False", and any other text stays as it is, in Unicode's composed form (NFC) and without
    space around it.

    Args:
        value: A cell: text, a number, a truth value, anything with a text of its own.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        is_whole = math.isfinite(value) and value.is_integer()
        return str(int(value)) if is_whole else repr(value)
    return _name_of_text(str(value).strip())


@lru_cache(4096)  # a table has few labels and many rows
def _name_of_text(text: str) -> str:
    if whole := _WHOLE.fullmatch(text):
        sign, digits = whole.groups()
        return digits if digits == "0" else sign + digits
    if _EXPONENT.fullmatch(text) and repr(float(text)) == text:
        return label_name(float(text))
    if text.isascii():
        return text
    escaped = text.encode("utf-8", "backslashreplace").decode("utf-8")  # half a surrogate pair
    return unicodedata.normalize("NFC", escaped)


def label_key(name: str) -> str:
    """What names have in common that mean the same label: a truth value may be written as Python,
    R or JSON write it, a whole number with a decimal point.
    """
    return _BOOLEANS.get(name) or label_name(name)


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - SHOWN_LABELS:,} more" if len(names) > SHOWN_LABELS else ""
    return ", ".join(map(on_one_line, names[:SHOWN_LABELS])) + more


def on_one_line(text: str) -> str:
    """A text on one line, without what a terminal would take for a command."""
    beginning = text[: 10 * SHOWN_CHARACTERS]
    printable = "".join(character if character.isprintable() else " " for character in beginning)
    line = " ".join(printable.split())
    return line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 3] + "..."
