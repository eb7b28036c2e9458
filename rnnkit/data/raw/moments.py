"""When the rows of a table happened, so that the newest can be held out."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from rnnkit.data.read.number_format import MISSING
from rnnkit.data.times.formats import fitting_formats
from rnnkit.errors import RnnkitError, setting


def is_missing(value: Any) -> bool:
    """Whether a cell holds nothing."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, str) and not value.strip())


def moments(
    values: Sequence[Any], time_format: str | None, place: Callable[[int], str]
) -> np.ndarray:
    """Numbers in the order of time, (rows,) float64; NaN where a cell is empty.

    Args:
        values: The cells: ISO 8601 texts, dates, or numbers such as years and Unix times.
        time_format: How else texts are written, as strptime says it.
        place: Where the row at an index comes from.

    Raises:
        RnnkitError: With the first row whose cell is none of these.
    """
    cells = {row: value for row, value in enumerate(values) if not _is_mark(value)}
    read: Callable[[Any], float] = _seconds if time_format is None else _formatted(time_format)
    if time_format is None and all(_is_number(value) for value in cells.values()):
        read = float
    found = np.full(len(values), np.nan)
    for row, value in cells.items():
        try:
            found[row] = read(value)
        except (TypeError, ValueError):
            raise _no_time(row, cells, time_format, place) from None
    return found


def newest(times: np.ndarray, shares: Mapping[str, float]) -> dict[str, np.ndarray]:
    """The rows of each part, ascending: the newest are the test, those before them validation. Rows
    of one time stay in one part, and rows without a time in training.

    Args:
        times: (rows,) numbers in the order of time; NaN for none.
        shares: Parts to hold out and their shares; the rest is "train".
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


def _is_mark(value: Any) -> bool:
    """Whether a cell holds nothing, or what stands for it, such as NaN or null."""
    return is_missing(value) or (isinstance(value, str) and value.strip().lower() in MISSING)


def _is_number(value: Any) -> bool:
    try:
        return not isinstance(value, date | np.datetime64) and math.isfinite(float(value))
    except (TypeError, ValueError):
        return False


def _seconds(value: Any) -> float:
    """Seconds since 1970, of a time without a zone as of UTC."""
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


def _no_time(
    row: int, cells: Mapping[int, Any], time_format: str | None, place: Callable[[int], str]
) -> RnnkitError:
    expected = "Expected a time such as 2024-02-07 14:55" if time_format is None else ""
    got = f"{place(row)}: {cells[row]!r} is not a time"
    got += f" that is written {time_format}" if time_format is not None else ""
    texts = [text for value in cells.values() if re.search(r"\d", text := str(value).strip())]
    fitting = fitting_formats(texts) if texts else []
    ways = dict.fromkeys([*fitting, *map(_swapped, fitting)])  # rows are in no order of time
    fitting = [written for written in ways if _read_by(texts, written) == len(texts)] or fitting
    if time_format in fitting or _read_by(texts, time_format) > len(texts) / 2:
        fitting, hint = [], "Correct the row"
    else:
        hint = "Correct the row, or say in data.split.time_format how the times are written"
    named = " or ".join(setting("data.split.time_format", written) for written in fitting)
    return RnnkitError("data.split.time", got, expected, f"Write {named}" if named else hint)


def _swapped(written: str) -> str:
    """The same with day and month the other way round."""
    return written.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")


def _read_by(texts: Sequence[str], time_format: str | None) -> int:
    """How many of these texts are times that are written so."""
    read: Callable[[Any], float] = _seconds if time_format is None else _formatted(time_format)
    count = 0
    for text in texts:
        with contextlib.suppress(ValueError):
            read(text)
            count += 1
    return count
