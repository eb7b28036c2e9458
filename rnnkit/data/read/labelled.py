"""Texts with labels, or with numbers in their place, out of a table: which columns hold them, and
what becomes of rows that lack one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.data.raw.labelled import Examples, Label, places
from rnnkit.data.read.tables import Row, TableReader, require_columns
from rnnkit.errors import RnnkitError

_YES_NO = {"0": False, "1": True, "false": False, "true": True, "0.0": False, "1.0": True}
_MISSING = ("", "nan", "NaN")


@dataclass(frozen=True)
class Columns:
    """Where a table keeps texts and labels.

    Args:
        text: The column of the text.
        label: The column of the label, or one column of zeros and ones for each label.
        delimiter: What stands between several labels in one column; None where a text has one
            label.
        features: The columns of the numbers that stand in place of a label, where there are any:
            one number each, or a list.
    """

    text: str
    label: str | tuple[str, ...]
    delimiter: str | None = None
    features: tuple[str, ...] = ()


def read_labelled(reader: TableReader, columns: Columns) -> tuple[Examples, list[str]]:
    """Every row with a text and a label (or numbers in its place), and lines about the rows that
    were left out.

    Raises:
        RnnkitError: If a column is not there, a cell is not what it should be, or no row is left.
    """
    texts: list[str] = []
    labels: list[Label] = []
    features: list[list[float]] = []
    numbers: list[int] = []
    missing = "no features" if columns.features else "no label"
    skipped: dict[str, list[str]] = {"an empty text": [], missing: []}
    wanted = [
        columns.text,
        *(
            columns.features
            or ([columns.label] if isinstance(columns.label, str) else columns.label)
        ),
    ]
    for chunk in reader.chunks():
        for row in chunk:
            if not numbers or reader.kind == "jsonl":
                require_columns(
                    list(row.values),
                    wanted,
                    f"{reader.source}: row {row.number}" if numbers else reader.source,
                    header=reader.header,
                )
            text = _text(row, columns.text, reader.source)
            described = (
                _features(row, columns.features, reader.source)
                if columns.features
                else _label(row, columns, reader.source)
            )
            if not text.strip() or described is None:
                skipped[missing if text.strip() else "an empty text"].append(str(row.number))
                continue
            texts.append(text)
            if columns.features:
                features.append([float(number) for number in described])
                if len(features[-1]) != len(features[0]):
                    got = (
                        f"{reader.source}: row {row.number} has {len(features[-1]):,} features, row"
                        f" {numbers[0]} has {len(features[0]):,}"
                    )
                    raise RnnkitError("", got, "Expected as many for every text")
            labels.append(() if columns.features else tuple(map(str, described)))
            numbers.append(row.number)
    notes = [
        f"{reader.source}: {len(rows):,} rows with {what} left out: row {places(rows)}"
        for what, rows in skipped.items()
        if rows
    ]
    if not texts:
        what = "features" if columns.features else "a label"
        raise RnnkitError(
            "",
            f"{reader.source} has no row with a text and {what}",
            "Expected rows",
            "; ".join(notes),
        )
    source = reader.source
    return (
        Examples(
            texts,
            labels,
            lambda index: f"{source}: row {numbers[index]}",
            np.array(features, np.float32) if features else None,
        ),
        notes,
    )


def _text(row: Row, column: str, source: str) -> str:
    value = row.values[column]
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    raise RnnkitError("", f"{source}: row {row.number}: {column} is {value!r}", "Expected text")


def _label(row: Row, columns: Columns, source: str) -> Label | None:
    """None where there is none."""
    if not isinstance(columns.label, str):
        given = []
        for column in columns.label:
            value = _plain(row.values[column])
            if value is None:
                return None
            if value.lower() not in _YES_NO:
                raise RnnkitError(
                    "",
                    f"{source}: row {row.number}: column {column!r} holds {value!r}",
                    "Expected 0 or 1: one column for each label",
                )
            if _YES_NO[value.lower()]:
                given.append(column)
        return tuple(given)
    value = row.values[columns.label]
    several = columns.delimiter is not None
    for nested in value if several and isinstance(value, list) else [value]:
        if isinstance(nested, list | dict):
            got = (
                f"{source}: row {row.number}: {columns.label}"
                f" {'holds' if nested is not value else 'is'} a {type(nested).__name__}"
            )
            hint = "" if several else "Where a text may have several: `multi_label: true`"
            raise RnnkitError("", got, "Expected labels" if several else "Expected one label", hint)
    if columns.delimiter is not None:
        names = value if isinstance(value, list) else (_plain(value) or "").split(columns.delimiter)
        return tuple(dict.fromkeys(name for name in map(_plain, names) if name))
    name = _plain(value)
    return None if name is None else (name,)


def _features(row: Row, columns: Sequence[str], source: str) -> list[float] | None:
    """The numbers of all columns, one after the other; None where one is empty."""
    found: list[float] = []
    for column in columns:
        value = row.values[column]
        words = (
            value if isinstance(value, list) else (_plain(value) or "").replace(",", " ").split()
        )
        if not words:
            return None
        for word in words:
            try:
                with np.errstate(over="ignore"):
                    # what float32 cannot hold is refused as infinite
                    number = float(np.float32(float(word)))
            except (TypeError, ValueError):
                number = math.nan
            if not math.isfinite(number) or isinstance(word, bool):
                got = f"{source}: row {row.number}: column {column!r} holds {word!r}"
                raise RnnkitError("", got, "Expected a finite number, or a list of them")
            found.append(number)
    return found


def _plain(value: Any) -> str | None:
    if isinstance(value, float):
        return None if math.isnan(value) else f"{value:g}"
    text = "" if value is None else str(value).strip()
    return None if text in _MISSING else text
