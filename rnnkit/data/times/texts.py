"""Parses the times of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit.data.times.counts import EXCEL, UNIX, parse_counts, unit_warning
from rnnkit.data.times.formats import parse_failure
from rnnkit.data.times.nanoseconds import row_within_microsecond
from rnnkit.data.times.offsets import matching, without_offsets
from rnnkit.data.times.periods import parse_period
from rnnkit.data.times.zones import find_zone, localized, zone_of
from rnnkit.errors import RnnkitError, setting

if TYPE_CHECKING:
    import pandas as pd

_PARTS = ("year", "month", "day", "hour", "minute", "second")

MICROS = "datetime64[us]"
FIRST, LAST = np.datetime64("0001-01-02", "us"), np.datetime64("9999-12-30", "us")
Column = Sequence[Any] | np.ndarray
"""The cells of a column; a datetime64 array if the file stores times."""


@dataclass(frozen=True)
class TimeColumns:
    """The time columns of a table, and their format.

    Args:
        names: One column, several whose texts together are a time, such as a date and an hour, or
            columns of numbers named year, month, day, hour, minute and second.
        time_format: A strptime format, or unix, unix_ms, unix_us, unix_ns or excel; ISO 8601 if
            None.
        zone: The name of a time zone; None for that of the texts.
    """

    names: tuple[str, ...]
    time_format: str | None = None
    zone: str | None = None


def read_times(
    columns: TimeColumns, cells: Sequence[Column], rows: Sequence[int] | np.ndarray, source: str
) -> tuple[pd.DatetimeIndex, list[str]]:
    """Parses the time of each row.

    Args:
        columns: The time columns.
        cells: (rows,) for each of the columns.
        rows: (rows,) the row numbers in the file.
        source: The name of the file in messages.

    Returns:
        (rows,) the times, and remarks about guesses.

    Raises:
        RnnkitError: With file and row, if a cell is not a time, or two rows are less than a
            microsecond apart.
    """
    import pandas as pd

    names = [name.lower() for name in columns.names]
    is_date = len(names) > 1 and {"year", "month"} <= set(names)
    if is_date and (other := [name for name in names if name not in _PARTS]):
        expected = f"Expected {', '.join(_PARTS)}; or one column"
        raise RnnkitError("", f"time names {other[0]!r}", expected)
    offsets, column, texts = None, cells[0], list[str]()
    if isinstance(column, np.ndarray) and len(cells) == 1 and columns.time_format is None:
        readings = pd.DatetimeIndex(column.astype(MICROS))
    elif is_date:
        readings = _parse_date_columns(names, [cells_of(column) for column in cells])
    else:
        texts = _joined_texts(cells)
        readings, offsets = _parse_texts(texts, columns.time_format)
    readings = _in_range(readings)
    zone = None if columns.zone is None else find_zone(columns.zone)
    times, guess = _in_zone(readings, offsets, zone)
    if (unparsed := np.flatnonzero(times.isna())).size:
        first, texts = int(unparsed[0]), texts or _joined_texts(cells)
        got = f"{source}: row {rows[first]}: {' '.join(columns.names)} is {texts[first]!r}"
        if not readings.isna()[first]:
            got += f", which the clock of {columns.zone} skips, or shows twice"
            utc = setting("time_zone", "UTC")
            hint = f"Correct the cell; for a clock that is never changed: {utc}"
            raise RnnkitError("", got, "Expected a time that exists once", hint)
        unread = [texts[index] for index in unparsed.tolist()]
        expected, hint = parse_failure(texts, unread, columns.time_format, is_date=is_date)
        raise RnnkitError("", got, expected, hint)
    in_nanoseconds = columns.time_format == "unix_ns"
    row = None if is_date else row_within_microsecond(times, texts or column, in_nanoseconds)
    if row is not None:
        got = f"{source}: row {rows[row]} comes less than a microsecond after the row before"
        hint = f"Where each row is a step, write {setting('time', 'null')}"
        raise RnnkitError("", got, "Expected steps of at least a microsecond", hint)
    warning = unit_warning(texts, columns.time_format)
    return times, [f"{source}: {remark}" for remark in (guess, warning) if remark]


def cells_of(column: Column) -> Sequence[Any]:
    """The cells of a column as Python objects."""
    if isinstance(column, np.ndarray):
        cells: list[Any] = column.astype(MICROS).tolist()
        return cells
    return column


def _joined_texts(cells: Sequence[Column]) -> list[str]:
    """The text of each row, joined from the cells of its time columns."""
    columns = [[str(cell).strip() for cell in cells_of(column)] for column in cells]
    return columns[0] if len(columns) == 1 else list(map(" ".join, zip(*columns, strict=True)))


def parse_time(text: str) -> pd.Timestamp:
    """Parses a time in ISO 8601.

    Raises:
        ValueError: If the text is not such a time.
    """
    readings, offsets = _parse_texts([text], None)
    times, _ = _in_zone(_in_range(readings), offsets, None)
    if times.isna().any():
        raise ValueError(f"{text!r} is not a time such as 2014-02-07 14:55:00")
    return times[0]


def _in_range(readings: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The readings, NaT if outside Python's range of years; pandas parses "-01-09" as year -1."""
    return readings.where((readings > FIRST) & (readings < LAST))


def _in_zone(
    readings: pd.DatetimeIndex, offsets: np.ndarray | None, zone: tzinfo | None
) -> tuple[pd.DatetimeIndex, str]:
    """The times in a time zone, and a remark if the zone is a guess.

    Args:
        readings: (times,) local times as written, NaT for a text that is not a time.
        offsets: (times,) minutes from UTC; None if the texts have none.
        zone: The time zone of the config.
    """
    if offsets is None:
        return readings if zone is None else localized(readings, zone), ""
    shifts = np.where(readings.isna(), 0, offsets).astype("timedelta64[m]")
    moments, guess = (readings - shifts).tz_localize("UTC"), ""
    if zone is None and not readings.isna().any():
        zone, guess = zone_of(moments, offsets)
    return moments.tz_convert(zone or UTC), guess


def _parse_date_columns(names: Sequence[str], cells: Sequence[Sequence[Any]]) -> pd.DatetimeIndex:
    """Times whose year, month and so on have columns of their own; NaT if they form no date."""
    import pandas as pd

    parts = {
        name: pd.to_numeric(pd.Series([str(cell).strip() for cell in column]), errors="coerce")
        for name, column in zip(names, cells, strict=True)
    }
    if "day" not in parts:
        parts["day"] = pd.Series(np.ones(len(cells[0])))
    times = pd.to_datetime(pd.DataFrame(parts), errors="coerce")
    return pd.DatetimeIndex(times).as_unit("us")


def _parse_texts(
    texts: Sequence[str], time_format: str | None
) -> tuple[pd.DatetimeIndex, np.ndarray | None]:
    """The local times of texts, NaT for other texts, and their offsets from UTC in minutes; None
    if the texts have no offsets.
    """
    import pandas as pd

    if time_format in UNIX:
        return parse_counts(texts, time_format), np.zeros(len(texts), int)
    if time_format == EXCEL:
        return parse_counts(texts, time_format), None
    if time_format is not None and "%z" in time_format.lower():
        return _parse_with_zone(texts, time_format)
    if time_format is not None:
        parsed = pd.to_datetime(pd.Series(texts, dtype=object), format=time_format, errors="coerce")
        return _only_times(parsed, texts, r"\d"), None
    bare, has_offset, offsets = without_offsets(texts)
    column = pd.Series(bare, dtype=object)
    parsed = pd.to_datetime(column, format="ISO8601", errors="coerce")
    times = _only_times(parsed, bare, r"\d\D+\d|^\d{6,}$")  # a year alone is a number
    if times.isna().any():
        values = times.to_numpy().astype(MICROS).copy()
        for index in np.flatnonzero(times.isna()):
            values[index] = parse_period(bare[int(index)])
        times = pd.DatetimeIndex(values)
    if not has_offset.any():
        return times, None
    if not has_offset.all():
        times = times.where(has_offset)  # among texts with an offset, one without is refused
    return times, offsets


def _only_times(times: pd.Series, texts: Sequence[str], is_time: str) -> pd.DatetimeIndex:
    """The times whose texts match a pattern, else NaT: pandas also parses "now" and its like."""
    import pandas as pd

    return pd.DatetimeIndex(times.where(matching(texts, is_time))).as_unit("us")


def _parse_with_zone(
    texts: Sequence[str], time_format: str
) -> tuple[pd.DatetimeIndex, np.ndarray | None]:
    """Local times and offsets of texts in a strptime format with %z or %Z."""
    import pandas as pd

    readings = np.full(len(texts), "NaT", "datetime64[us]")
    offsets, has_offset = np.zeros(len(texts), int), False
    for index, text in enumerate(texts):
        try:
            time = datetime.strptime(text, time_format)
        except ValueError:
            continue
        shift = time.utcoffset()
        if shift is not None:
            offsets[index], has_offset = int(shift / timedelta(minutes=1)), True
        readings[index] = np.datetime64(time.replace(tzinfo=None), "us")
    return pd.DatetimeIndex(readings), offsets if has_offset else None
