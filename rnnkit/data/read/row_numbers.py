"""Reads the features and the sample weight of a row of a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.data.read.number_format import NumberFormat
from rnnkit.data.read.number_hints import number_hint
from rnnkit.data.read.numbers import LARGEST, listed_numbers
from rnnkit.errors import RnnkitError


def features_of(
    values: Sequence[Any], columns: Sequence[str], form: NumberFormat
) -> list[float] | None:
    """The features in the cells of a row, concatenated; None if one is missing.

    Raises:
        RnnkitError: If a cell is not a finite number, or a list of them.
    """
    features: list[float] = []
    for column, value in zip(columns, values, strict=True):
        cells = value if isinstance(value, list) else listed_numbers(value, form)
        if not cells:
            return None
        for cell in cells:
            try:
                number = form.parse(cell)
            except (TypeError, ValueError):
                got = f"column {column!r} holds {cell!r}"
                hint = number_hint([cell], form)
                expected = "Expected a finite number, or a list of them"
                raise RnnkitError("", got, expected, hint) from None
            if math.isnan(number) and cell is value:
                return None
            if not abs(number) <= LARGEST or isinstance(cell, bool):
                got = f"column {column!r} holds {cell!r}"
                raise RnnkitError("", got, "Expected a finite number, or a list of them")
            features.append(number)
    return features


def weight_of(value: Any, column: str, form: NumberFormat) -> float:
    """The sample weight in a cell.

    Raises:
        RnnkitError: If it is not a number of at least 0.
    """
    try:
        number = math.nan if isinstance(value, bool) else form.parse(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= LARGEST or (number and not np.float32(number)):
        got = f"column {column!r} holds {value!r}"
        hint = number_hint([value], form)
        raise RnnkitError("", got, "Expected a weight: a number of at least 0", hint)
    return number
