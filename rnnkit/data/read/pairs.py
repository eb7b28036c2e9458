"""Reads sources and targets from a table, and reports the rows that are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rnnkit.data.formats.format import Rows
from rnnkit.data.raw.labelled import counted_rows, places
from rnnkit.data.raw.pairs import Pairs
from rnnkit.data.read.columns import RequiredColumns, text_of
from rnnkit.errors import RnnkitError, at
from rnnkit.progress import RowsLeftOut


def read_pairs(
    rows: Rows,
    source: str,
    target: str,
    keys: Mapping[str, str] | None = None,
    kept: Mapping[str, str] | None = None,
    *,
    needs_kept: bool = True,
) -> tuple[Pairs, list[str]]:
    """Reads the rows that have a source and a target.

    Args:
        rows: The table.
        source: The column of the source.
        target: The column of the target.
        keys: The config keys that name the columns.
        kept: Further columns to keep, with their keys.
        needs_kept: Whether these are required; else their cells are None if absent.

    Returns:
        The pairs, and lines about the rows that were left out.

    Raises:
        RnnkitError: If a column is missing, a cell is not text, or no row is left.
    """
    sources: list[str] = []
    targets: list[str] = []
    numbers: list[int] = []
    columns: dict[str, list[Any]] = {column: [] for column in kept or {}}
    skipped: dict[str, list[str]] = {"without a source": [], "without a target": []}
    names = [source, target, *(columns if needs_kept else ())]
    required = RequiredColumns(rows, names, {**(kept or {}), **(keys or {})})
    with rows:
        for row in rows:
            required.check(row)
            try:
                first, second = (
                    text_of(row.values[column], column).strip() for column in (source, target)
                )
            except RnnkitError:
                with at(rows.place(row.number)):
                    raise
            if not first or not second:
                skipped["without a target" if first else "without a source"].append(str(row.number))
                continue
            sources.append(first)
            targets.append(second)
            numbers.append(row.number)
            for column, values in columns.items():
                values.append(row.values.get(column))
    notes = _left_out(rows, skipped)
    if not sources:
        got = f"{rows.source} has no row with a source and a target"
        cure = rows.format.why_no_column(rows, source) or "Is it the right file?"
        raise RnnkitError("", got, "Expected pairs", "; ".join(notes) or cure)
    place_of = rows.place
    return Pairs(sources, targets, lambda index: place_of(numbers[index]), columns), notes


def _left_out(rows: Rows, skipped: Mapping[str, Sequence[str]]) -> list[str]:
    return [
        RowsLeftOut(
            f"{rows.source}: {counted_rows(numbers)} {what} left out: row {places(numbers)}"
        )
        for what, numbers in skipped.items()
        if numbers
    ]
