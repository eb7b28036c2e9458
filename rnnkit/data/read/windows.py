"""Labelled anomaly windows of a series, in the format of NAB."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from rnnkit.data.raw.labelled import places
from rnnkit.data.raw.series import Series
from rnnkit.data.read.files import find_file
from rnnkit.data.times.clock import shown_time
from rnnkit.data.times.texts import parse_time
from rnnkit.errors import RnnkitError, at, here
from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.storage.reading import read_bytes
from rnnkit.storage.records import parse_json

if TYPE_CHECKING:
    import pandas as pd

DATE = r"\d{4}-\d{2}-\d{2}"
EXPECTED = "Expected [[first, last], ...], or such a list for each series by its name"
Span = tuple[int, int]
"""The first and the last step of a window."""


def read_windows(path: str, source: str, series: Series) -> list[list[Span] | None]:
    """Reads the labelled windows of each series.

    Args:
        path: A JSON file with [[first, last], ...] in times, or an object with such a list for each
            series: by its file name, or by its name in a table of several, such as "store A".
        source: The file of the series.
        series: A series with times.

    Returns:
        The windows of each series; None for a series of several that is not listed.

    Raises:
        RnnkitError: If the file is missing or invalid, or the series has no times.
    """
    if series.times is None:
        raise RnnkitError("", "a series without times", "Expected a run whose data set has `time:`")
    file = find_file(path, "a JSON file of labelled windows")
    with at(str(file)):
        try:
            content = parse_json(read_bytes(file), "", "not JSON", EXPECTED)
        except OSError as error:
            raise RnnkitError("", f"cannot be read ({error.strerror})", EXPECTED) from None
        if not series.members:
            return [_windows(_of_one(content, source, series.name), series)]
        lists = _of_each(content, series)
    windows = list[list[Span] | None]()
    for member, listed in zip(series.members, lists, strict=True):
        with at(f"{file}: {member.name}"):
            windows.append(None if listed is None else _windows(listed, member))
    return windows


def _of_one(content: object, source: str, name: str) -> object:
    """The list of a single series, by its name or by the name or path of its file."""
    if not isinstance(content, dict):
        return content
    if name and name in content:
        return content[name]
    keys = [
        key for key in content if Path(source).match(key) or Path(source).name == Path(key).name
    ]
    if len(keys) != 1:
        got = f"{counted(len(keys), 'list') if keys else 'no list'} for {source!r}"
        raise RnnkitError("", got, EXPECTED)
    return content[keys[0]]


def _of_each(content: object, series: Series) -> list[object]:
    """The list of each series of a table; None if there is none."""
    example = f"{{{json.dumps(series.members[0].name)}: [[first, last], ...], ...}}"
    expected = f"Expected a list for each series by its name: {example}"
    if not isinstance(content, dict):
        raise RnnkitError("", f"one list for {len(series.members):,} series", expected)
    lists = [content.get(member.name) for member in series.members]
    without = [name for name, listed in zip(series.names, lists, strict=True) if listed is None]
    if len(without) == len(lists):
        raise RnnkitError("", f"lists for {places(list(content))}", expected)
    if without:
        log.info(here(f"no list, and no scores, for {len(without):,} series: {places(without)}"))
    if unknown := [name for name in content if name not in series.names]:
        name = counted(len(unknown), "list names", "lists name")
        log.warning(here(f"{name} no series here: {places(unknown)}"))
    return lists


def _windows(listed: object, series: Series) -> list[Span]:
    """The windows of a list that contain a step of the series."""
    assert series.times is not None
    try:
        spans = [_span(window, series.times.tz) for window in listed]  # type: ignore[attr-defined]
    except (ValueError, TypeError) as error:
        raise RnnkitError("", str(error), EXPECTED) from None
    windows = []
    for first, last in spans:
        if first > last:
            got = f"a window from {shown_time(first)} back to {shown_time(last)}"
            raise RnnkitError("", got, EXPECTED)
        start = int(series.times.searchsorted(first))
        end = int(series.times.searchsorted(last, side="right")) - 1
        if start <= end:
            windows.append((start, end))
    if missed := len(spans) - len(windows):
        of = f"{missed} of {counted(len(spans), 'labelled window')}"
        log.info(here(f"{of} not counted: no step of the series lies there"))
    return windows


def _span(window: object, zone: object) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The first and last time of a window; a date as the last one includes the whole day.

    Raises:
        ValueError: If these are not two times.
    """
    if not isinstance(window, list) or [type(end) for end in window] != [str, str]:
        raise ValueError(f"a window is {json.dumps(window)[:80]}")
    first, last = (_time_of(end, zone) for end in window)
    return first, _end_of_day(last) if re.fullmatch(DATE, window[1].strip()) else last


def _end_of_day(day: pd.Timestamp) -> pd.Timestamp:
    import pandas as pd

    return day + pd.DateOffset(days=1) - pd.Timedelta(1, "us")


def _time_of(text: str, zone: object) -> pd.Timestamp:
    """A time in the time zone of the series; times with an offset are converted."""
    time = parse_time(text)
    if zone is None:
        return time if time.tz is None else time.tz_convert("UTC").tz_localize(None)
    return time.tz_localize(zone) if time.tz is None else time.tz_convert(zone)
