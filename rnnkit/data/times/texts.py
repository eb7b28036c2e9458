"""Parses the times of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit.data.times.clock import DAY, SECOND
from rnnkit.data.times.counts import another_unit
from rnnkit.data.times.formats import why_no_time
from rnnkit.data.times.fractions import finer_row
from rnnkit.data.times.offsets import matching, without_offsets
from rnnkit.data.times.periods import parse_otherwise
from rnnkit.data.times.zones import find_zone, localized, zone_of
from rnnkit.errors import RnnkitError, setting

if TYPE_CHECKING:
    import pandas as pd

UNIX = {"unix": SECOND, "unix_ms": 1000, "unix_us": 1, "unix_ns": 1 / 1000}
LATEST = 2.0**53  # microseconds from 1970, the year 2255: float64 holds them, and none is meant
EXCEL = "excel"
EXCEL_EPOCH = np.datetime64("1899-12-30", "us")
_PARTS = ("year", "month", "day", "hour", "minute", "second")

MICROS = "datetime64[us]"
FIRST, LAST = np.datetime64("0001-01-02", "us"), np.datetime64("9999-12-30", "us")
Column = Sequence[Any] | np.ndarray
"""Cells of a table; an array of datetime64 where its file has them as times."""


@dataclass(frozen=True)
class TimeColumns:
    """Which columns of a table are its times, and how they are written.

    Args:
        names: Columns whose texts together are a time; those of a date in numbers (year, month,
            day, hour, minute, second), or texts such as a date and an hour.
        written: As strptime says it, or unix, unix_ms, excel; ISO 8601 if None.
        zone: The name of a time zone; None for the one of the texts.
    """

    names: tuple[str, ...]
    written: str | None = None
    zone: str | None = None


def read_times(
    columns: TimeColumns, cells: Sequence[Column], rows: Sequence[int] | np.ndarray, source: str
) -> tuple[pd.DatetimeIndex, list[str]]:
    """The times of each row, and lines about what was guessed.

    Args:
        columns: As in the class.
        cells: The cells of each of the columns, (rows,); an array where the file has them as times.
        rows: (rows,) the file's row of each.
        source: What messages call the file.

    Raises:
        RnnkitError: With file and row, if a cell is not a time.
    """
    import pandas as pd

    names = [name.lower() for name in columns.names]
    in_numbers = len(names) > 1 and {"year", "month"} <= set(names)
    if in_numbers and (other := [name for name in names if name not in _PARTS]):
        expected = f"Expected {', '.join(_PARTS)}; or one column"
        raise RnnkitError("", f"time names {other[0]!r}", expected)
    offsets, typed, texts = None, cells[0], list[str]()
    if isinstance(typed, np.ndarray) and len(cells) == 1 and columns.written is None:
        readings = pd.DatetimeIndex(typed.astype(MICROS))
    elif in_numbers:
        readings = _of_numbers(names, [cells_of(column) for column in cells])
    else:
        texts = _texts(cells)
        readings, offsets = _of_texts(texts, columns.written)
    readings = _dated(readings)
    zone = None if columns.zone is None else find_zone(columns.zone)
    times, note = _in_zone(readings, offsets, zone)
    if (wrong := np.flatnonzero(times.isna())).size:
        first, texts = int(wrong[0]), texts or _texts(cells)
        got = f"{source}: row {rows[first]}: {' '.join(columns.names)} is {texts[first]!r}"
        if not readings.isna()[first]:
            got += f", which the clock of {columns.zone} skips, or shows twice"
            utc = setting("time_zone", "UTC")
            hint = f"Correct the cell; for a clock that is never changed: {utc}"
            raise RnnkitError("", got, "Expected a time that exists once", hint)
        unread = [texts[index] for index in wrong.tolist()]
        expected, hint = why_no_time(texts, unread, columns.written, is_date=in_numbers)
        raise RnnkitError("", got, expected, hint)
    row = None if in_numbers else finer_row(times, texts or typed, columns.written == "unix_ns")
    if row is not None:
        got = f"{source}: row {rows[row]} comes less than a microsecond after the row before"
        hint = f"Where each row is a step, write {setting('time', 'null')}"
        raise RnnkitError("", got, "Expected steps of at least a microsecond", hint)
    doubt = another_unit(texts, columns.written)
    return times, [f"{source}: {line}" for line in (note, doubt) if line]


def cells_of(column: Column) -> Sequence[Any]:
    """The cells of a column as Python has them."""
    if isinstance(column, np.ndarray):
        cells: list[Any] = column.astype(MICROS).tolist()
        return cells
    return column


def _texts(cells: Sequence[Column]) -> list[str]:
    """The text of each row, joined from the cells of its time columns."""
    columns = [[str(cell).strip() for cell in cells_of(column)] for column in cells]
    return columns[0] if len(columns) == 1 else list(map(" ".join, zip(*columns, strict=True)))


def parse_time(text: str) -> pd.Timestamp:
    """A time as ISO 8601 writes it.

    Raises:
        ValueError: If it is not written so.
    """
    readings, offsets = _of_texts([text], None)
    times, _ = _in_zone(_dated(readings), offsets, None)
    if times.isna().any():
        raise ValueError(f"{text!r} is not a time such as 2014-02-07 14:55:00")
    return times[0]


def _dated(readings: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The readings within Python's range of years in any zone; pandas reads "-01-09" as year -1."""
    return readings.where((readings > FIRST) & (readings < LAST))


def _in_zone(
    readings: pd.DatetimeIndex, offsets: np.ndarray | None, zone: tzinfo | None
) -> tuple[pd.DatetimeIndex, str]:
    """What the texts say, as times of a zone, and a line where that is guessed.

    Args:
        readings: (times,) NaT where a text is not a time.
        offsets: Minutes from UTC; None if the texts have none.
        zone: The one that the config names.
    """
    if offsets is None:
        return readings if zone is None else localized(readings, zone), ""
    shifts = np.where(readings.isna(), 0, offsets).astype("timedelta64[m]")
    moments, note = (readings - shifts).tz_localize("UTC"), ""
    if zone is None and not readings.isna().any():
        zone, note = zone_of(moments, offsets)
    return moments.tz_convert(zone or UTC), note


def _of_numbers(names: Sequence[str], cells: Sequence[Sequence[Any]]) -> pd.DatetimeIndex:
    """Times whose year, month and so on stand in columns of their own; NaT where they do not."""
    import pandas as pd

    parts = {
        name: pd.to_numeric(pd.Series([str(cell).strip() for cell in column]), errors="coerce")
        for name, column in zip(names, cells, strict=True)
    }
    if "day" not in parts:
        parts["day"] = pd.Series(np.ones(len(cells[0])))
    times = pd.to_datetime(pd.DataFrame(parts), errors="coerce")
    return pd.DatetimeIndex(times).as_unit("us")


def _of_texts(
    texts: Sequence[str], written: str | None
) -> tuple[pd.DatetimeIndex, np.ndarray | None]:
    """What the texts say, NaT if it is not a time, and their offsets from UTC in minutes; None
    where they have none.
    """
    import pandas as pd

    if written in UNIX or written == EXCEL:
        return _of_counts(texts, written), np.zeros(len(texts), int) if written in UNIX else None
    if written is not None and "%z" in written.lower():
        return _with_written_zone(texts, written)
    if written is not None:
        parsed = pd.to_datetime(pd.Series(texts, dtype=object), format=written, errors="coerce")
        return _only_times(parsed, texts, r"\d"), None
    bare, has_offset, offsets = without_offsets(texts)
    column = pd.Series(bare, dtype=object)
    parsed = pd.to_datetime(column, format="ISO8601", errors="coerce")
    times = _only_times(parsed, bare, r"\d\D+\d|^\d{6,}$")  # a year alone is a number
    if times.isna().any():
        values = times.to_numpy().astype(MICROS).copy()
        for index in np.flatnonzero(times.isna()):
            values[index] = parse_otherwise(bare[int(index)])
        times = pd.DatetimeIndex(values)
    if not has_offset.any():
        return times, None
    if not has_offset.all():
        times = times.where(has_offset)  # a text without offset among those with one
    return times, offsets


def _only_times(times: pd.Series, texts: Sequence[str], is_time: str) -> pd.DatetimeIndex:
    """Without what pandas reads into "now" and its like: those whose texts match."""
    import pandas as pd

    return pd.DatetimeIndex(times.where(matching(texts, is_time))).as_unit("us")


def _of_counts(texts: Sequence[str], written: str) -> pd.DatetimeIndex:
    """Unix seconds, or Excel's days, which count from the end of 1899."""
    import pandas as pd

    column = pd.Series(texts, dtype=object)
    if written == EXCEL:
        column = column.str.replace(",", ".")  # a decimal mark
    counts = pd.to_numeric(column, errors="coerce").to_numpy(float)
    if written == EXCEL:  # to the second: its fractions of a day are not exact
        micros = np.round(counts * DAY / SECOND) * SECOND
    elif written == "unix_ns" and column.str.fullmatch(r"-?\d{1,18}|1\d{18}").all():
        micros = (column.astype("int64").to_numpy() // 1000).astype(float)
    else:
        micros = np.round(counts * UNIX[written])
    micros[~(np.abs(micros) < LATEST)] = np.nan
    lengths = pd.to_timedelta(pd.Series(micros), unit="us").to_numpy().astype("timedelta64[us]")
    start = EXCEL_EPOCH if written == EXCEL else np.datetime64("1970-01-01", "us")
    return pd.DatetimeIndex(start + lengths)


def _with_written_zone(
    texts: Sequence[str], written: str
) -> tuple[pd.DatetimeIndex, np.ndarray | None]:
    """Times written in a format with an offset or the name of a zone."""
    import pandas as pd

    readings = np.full(len(texts), "NaT", "datetime64[us]")
    offsets, has_offset = np.zeros(len(texts), int), False
    for index, text in enumerate(texts):
        try:
            time = datetime.strptime(text, written)
        except ValueError:
            continue
        shift = time.utcoffset()
        if shift is not None:
            offsets[index], has_offset = int(shift / timedelta(minutes=1)), True
        readings[index] = np.datetime64(time.replace(tzinfo=None), "us")
    return pd.DatetimeIndex(readings), offsets if has_offset else None
