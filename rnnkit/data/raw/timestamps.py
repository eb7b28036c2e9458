"""Timestamps of the rows of a table, so that the newest can be held out."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from rnnkit.data.read.number_format import MISSING
from rnnkit.data.times.formats import matching_formats
from rnnkit.errors import RnnkitError, setting


def is_missing(value: Any) -> bool:
    """Whether a cell is empty."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, str) and not value.strip())


def timestamps(
    values: Sequence[Any], time_format: str | None, place: Callable[[int], str]
) -> np.ndarray:
    """Numbers that order the rows by time, (rows,) float64; NaN where a cell is empty.

    Args:
        values: (rows,) the cells: ISO 8601 texts, dates, or numbers such as years and Unix times.
        time_format: The strptime format of texts that are not ISO 8601; None for ISO 8601.
        place: Names the origin of the row at an index.

    Raises:
        RnnkitError: For the first cell that is not a time.
    """
    cells = {row: value for row, value in enumerate(values) if not _is_empty(value)}
    read: Callable[[Any], float] = _seconds if time_format is None else _formatted(time_format)
    if time_format is None and all(_is_number(value) for value in cells.values()):
        read = float
    times = np.full(len(values), np.nan)
    for row, value in cells.items():
        try:
            times[row] = read(value)
        except (TypeError, ValueError):
            raise _not_a_time(row, cells, time_format, place) from None
    return times


def newest(times: np.ndarray, shares: Mapping[str, float]) -> dict[str, np.ndarray]:
    """Holds out the newest rows: the last ones as test, those before them as validation.

    Rows of the same time stay in one part; rows without a time are trained on.

    Args:
        times: (rows,) numbers that order the rows by time; NaN for none.
        shares: Parts to hold out and their shares; the rest is "train".

    Returns:
        The row indices of each part, ascending.
    """
    order = np.argsort(times, kind="stable")  # NaN last
    order = order[: np.count_nonzero(~np.isnan(times))]
    changes = np.flatnonzero(np.diff(times[order]) > 0) + 1
    parts: dict[str, np.ndarray] = {}
    end = len(order)
    for part in sorted(shares):
        begin = end - round(shares[part] * len(order))
        if begin < end:
            earlier = changes[changes < end]
            begin = int(earlier[np.abs(earlier - begin).argmin()]) if len(earlier) else end
        parts[part], end = np.sort(order[begin:end]), begin
    held_out = np.concatenate([np.empty(0, np.int64), *parts.values()])
    train = np.setdiff1d(np.arange(len(times)), held_out)
    return {"train": train} | {part: parts[part] for part in shares}


def _is_empty(value: Any) -> bool:
    """Whether a cell is empty, or holds a mark of missing values such as NaN or null."""
    return is_missing(value) or (isinstance(value, str) and value.strip().lower() in MISSING)


def _is_number(value: Any) -> bool:
    try:
        return not isinstance(value, date | np.datetime64) and math.isfinite(float(value))
    except (TypeError, ValueError):
        return False


def _seconds(value: Any) -> float:
    """Seconds since 1970; a time without a zone is read as UTC."""
    if isinstance(value, np.datetime64):
        return float(value.astype("datetime64[us]").astype(np.int64)) / 1e6
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        text = str(value).strip()
        value = datetime.fromisoformat(f"{text}-01" if text.count("-") == 1 else text)
    aware: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.timestamp()


def _formatted(time_format: str) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        return _seconds(datetime.strptime(str(value).strip(), time_format))

    return read


def _not_a_time(
    row: int, cells: Mapping[int, Any], time_format: str | None, place: Callable[[int], str]
) -> RnnkitError:
    expected = "Expected a time such as 2024-02-07 14:55" if time_format is None else ""
    got = f"{place(row)}: {cells[row]!r} is not a time"
    got += f" that is written {time_format}" if time_format is not None else ""
    texts = [text for value in cells.values() if re.search(r"\d", text := str(value).strip())]
    fitting = matching_formats(texts) if texts else []
    # rows need not be in the order of time, which would tell day and month apart
    formats = dict.fromkeys([*fitting, *map(_swapped, fitting)])
    fitting = [form for form in formats if _count_read(texts, form) == len(texts)] or fitting
    if time_format in fitting or _count_read(texts, time_format) > len(texts) / 2:
        fitting, hint = [], "Correct the row"
    else:
        hint = "Correct the row, or say in data.split.time_format how the times are written"
    named = " or ".join(setting("data.split.time_format", form) for form in fitting)
    return RnnkitError("data.split.time", got, expected, f"Write {named}" if named else hint)


def _swapped(form: str) -> str:
    """The format with day and month swapped."""
    return form.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")


def _count_read(texts: Sequence[str], time_format: str | None) -> int:
    """Counts the texts that are times in this format."""
    read: Callable[[Any], float] = _seconds if time_format is None else _formatted(time_format)
    count = 0
    for text in texts:
        with contextlib.suppress(ValueError):
            read(text)
            count += 1
    return count
