"""Times written as numbers: counts since 1970, and day numbers of spreadsheets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.data.times.clock import DAY, SECOND
from rnnkit.errors import setting

if TYPE_CHECKING:
    import pandas as pd

UNIX = {"unix": SECOND, "unix_ms": 1000, "unix_us": 1, "unix_ns": 1 / 1000}
LATEST = 2.0**53  # microseconds since 1970, the year 2255: float64 is exact up to it
EXCEL = "excel"
EXCEL_EPOCH = np.datetime64("1899-12-30", "us")
UNITS = {  # each with the digits of its integers since 1973
    "unix": ("seconds since 1970", {9, 10}),
    "unix_ms": ("milliseconds since 1970", {12, 13}),
    "unix_us": ("microseconds since 1970", {15, 16}),
    "unix_ns": ("nanoseconds since 1970", {18, 19}),
}
EXCEL_DAYS = range(10_000, 100_000)  # 1927 to 2173


def parse_counts(texts: Sequence[str], unit: str) -> pd.DatetimeIndex:
    """Times from counts since 1970 in a unit of UNIX, or from the day numbers of Excel."""
    import pandas as pd

    column = pd.Series(texts, dtype=object)
    if unit == EXCEL:
        column = column.str.replace(",", ".")  # a decimal mark
    counts = pd.to_numeric(column, errors="coerce").to_numpy(float)
    if unit == EXCEL:  # to the second: its fractions of a day are not exact
        micros = np.round(counts * DAY / SECOND) * SECOND
    elif unit == "unix_ns" and column.str.fullmatch(r"-?\d{1,18}|1\d{18}").all():
        micros = (column.astype("int64").to_numpy() // 1000).astype(float)
    else:
        micros = np.round(counts * UNIX[unit])
    micros[~(np.abs(micros) < LATEST)] = np.nan
    elapsed = pd.to_timedelta(pd.Series(micros), unit="us").to_numpy().astype("timedelta64[us]")
    epoch = EXCEL_EPOCH if unit == EXCEL else np.datetime64("1970-01-01", "us")
    return pd.DatetimeIndex(epoch + elapsed)


def parse_numbers(texts: Sequence[str]) -> list[float] | None:
    """The texts as numbers; None if one is not a number."""
    try:
        return [float(text) for text in texts]
    except ValueError:
        return None


def count_format_hint(texts: Sequence[str], numbers: Sequence[float]) -> str:
    """A hint with the `time_format` that reads a column of numbers as times; "" if none fits.

    Args:
        texts: The cells of a column.
        numbers: The same cells as numbers.
    """
    if name := _unit_by_digits(texts):
        return f"Write {setting('time_format', name)} where these are {UNITS[name][0]}"
    if min(numbers) >= EXCEL_DAYS[0] and max(numbers) <= EXCEL_DAYS[-1]:
        return f"Write {setting('time_format', 'excel')} where these are days of a spreadsheet"
    return ""


def _unit_by_digits(texts: Sequence[str]) -> str:
    """The unit of counts since 1970, guessed by their number of digits; "" if none fits all."""
    digits = {len(text.lstrip("-").partition(".")[0]) for text in texts}
    return next((name for name, (_, lengths) in UNITS.items() if digits <= lengths), "")


def unit_warning(texts: Sequence[str], time_format: str | None) -> str:
    """A remark about counts since 1970 that seem to have another unit than the config says."""
    name = _unit_by_digits(texts) if time_format in UNITS else ""
    if time_format is None or name in ("", time_format):
        return ""
    return (
        f"times such as {texts[0]} are read as {UNITS[time_format][0]}; where they are"
        f" {UNITS[name][0]}, write {setting('time_format', name)}"
    )
