"""Labelled windows: when a series was known not to be as usual, as NAB writes it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from rnnkit.data.raw.series import Series
from rnnkit.data.read.files import find_file
from rnnkit.data.times.clock import shown_time
from rnnkit.data.times.texts import parse_time
from rnnkit.errors import RnnkitError, here
from rnnkit.progress import log

if TYPE_CHECKING:
    import pandas as pd

DATE = r"\d{4}-\d{2}-\d{2}"
EXPECTED = "Expected [[first, last], ...], or such a list for each series by its name"


def read_windows(path: str, source: str, series: Series) -> list[tuple[int, int]]:
    """The first and the last step of each labelled window of a series.

    Args:
        path: A JSON file: [[first, last], ...] in times; or such a list for each of many series, by
            the name of its file.
        source: The file of the series.
        series: With times.

    Raises:
        RnnkitError: If the file is not there or not such a file, or the series has no times.
    """
    if series.times is None:
        raise RnnkitError("", "a series without times", "Expected a run whose data set has `time:`")
    found = find_file(path, "a JSON file of labelled windows")
    try:
        content = json.loads(found.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            content = content[_key(content, found, source)]
        zone = series.times.tz
        spans = [_span(window, zone) for window in content]
    except (OSError, ValueError, TypeError) as error:
        raise RnnkitError(str(found), str(error), EXPECTED) from None
    windows = []
    for first, last in spans:
        if first > last:
            got = f"a window from {shown_time(first)} back to {shown_time(last)}"
            raise RnnkitError(str(found), got, EXPECTED)
        start = int(series.times.searchsorted(first))
        end = int(series.times.searchsorted(last, side="right")) - 1
        if start <= end:
            windows.append((start, end))
    if missed := len(spans) - len(windows):
        log.info(
            here(
                f"{missed} of {len(spans)} labelled windows hold no step of the series, and do not"
                " count"
            )
        )
    return windows


def _span(window: object, zone: object) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The ends of a window; a date alone, as its last end, is all of that day.

    Raises:
        ValueError: If these are not two times.
    """
    if not isinstance(window, list) or [type(end) for end in window] != [str, str]:
        raise ValueError(f"a window is {json.dumps(window)[:80]}")
    first, last = (_moment(end, zone) for end in window)
    return first, _end_of_day(last) if re.fullmatch(DATE, window[1].strip()) else last


def _end_of_day(day: pd.Timestamp) -> pd.Timestamp:
    import pandas as pd

    return day + pd.DateOffset(days=1) - pd.Timedelta(1, "us")


def _moment(text: str, zone: object) -> pd.Timestamp:
    """A time on the clock of the series; one that has an offset is converted to it."""
    time = parse_time(text)
    if zone is None:
        return time if time.tz is None else time.tz_convert("UTC").tz_localize(None)
    return time.tz_localize(zone) if time.tz is None else time.tz_convert(zone)


def _key(content: dict[str, object], file: Path, source: str) -> str:
    """The key of a series, which is the name of its file or a path that ends as its path does."""
    keys = [
        key for key in content if Path(source).match(key) or Path(source).name == Path(key).name
    ]
    if len(keys) != 1:
        got = f"{len(keys) or 'no'} lists for {source!r}"
        raise RnnkitError(str(file), got, EXPECTED)
    return keys[0]
