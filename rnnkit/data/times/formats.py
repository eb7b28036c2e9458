"""Guesses the format of times that cannot be parsed, for hints in error messages."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import datetime
from operator import gt, lt

from rnnkit.data.times.counts import cure_of_counts, whole_numbers
from rnnkit.errors import setting, setting_name

YEARS = range(1500, 2200)  # that numbers alone are read as
MOST_TRIED = 50  # texts of a column, far apart
_WEEK = r"\d{4}\D?(?:1[3-9]|[234]\d|5[0-3])"  # those that are not months
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_ENDING = r"\.0$|\s[A-Z]{3,5}$|\s?[+-]\d{2}:?\d{2}$|Z$"
_DATES = (
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%m-%y",
    "%m-%d-%y",
    "%y-%m-%d",
    "%y/%m/%d",
    "%y.%m.%d",
    "%d. %m. %Y",
    "%d %b %y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%d-%b-%Y",
    "%d/%b/%Y",
    "%d-%b-%y",
    "%b-%d-%Y",
    "%a %b %d %Y",
    "%a, %d %b %Y",
    "%A %d %B %Y",
    "%A, %d %B %Y",
    "%A, %B %d, %Y",
    "%Y\u5e74%m\u6708%d\u65e5",
    "%b %Y",
    "%B %Y",
    "%b-%y",
    "%m/%Y",
    "%m/%y",
    "%m-%Y",
    "%Y-%j",
    "%m.%Y",
    "%Y/%m",
    "%Y.%m",
    "%Y %b",
    "%Y-%b",
    "%Y%m%d",
    "%Y%m",
    "%y%m%d",
    "%Y%j",
    "%Y-%m-%d",
    "%Y",
)
_CLOCKS = (
    "",
    " %H:%M",
    " %H:%M:%S",
    " %H:%M:%S.%f",
    " %I:%M %p",
    " %I:%M:%S %p",
    " %I %p",
    " %H.%M",
    " %H%M",
    " %Hh%M",
    " %H",
    ", %H:%M",
    ", %H:%M:%S",
    ":%H",
    ":%H:%M:%S",
    "%H",
    "%H%M",
    "%H%M%S",
)


def why_no_time(
    texts: Sequence[str], unread: Sequence[str], written: str | None, *, is_date: bool
) -> tuple[str, str]:
    """What is expected of a column of times that could not be read, and the cure.

    Args:
        texts: All of its texts.
        unread: The texts that could not be read.
        written: The config's `time_format`.
        is_date: Whether it is a date in columns of numbers.
    """
    expected = (
        f"Expected a time written {written}"
        if written
        else "Expected a time such as 2014-02-07 14:55:00"
    )
    if is_date or len(unread) < len(texts) / 2:
        return expected, "Correct the cell" if is_date else _of_some(unread)
    if written and all(map(_is_iso, texts)):
        return expected, f"Remove {setting_name('time_format')}"
    formats, counts = fitting_formats(texts), whole_numbers(texts)
    if counts is not None and not formats and (hint := cure_of_counts(texts, counts)):
        return expected, hint
    if formats:
        return expected, "Write " + " or ".join(setting("time_format", form) for form in formats)
    are = "numbers of steps" if counts is not None else "times of day without a date"
    if counts is not None or all(re.fullmatch(_CLOCK, text) for text in texts):
        cure = setting("time", "null")
        return expected, f"Where these are {are}, write {cure}: each row is a step then"
    if len(unread) < len(texts):
        return expected, _of_some(unread)
    letters = "the letters of strptime, whose names of months are English"
    return expected, f"Say how it is written: {setting_name('time_format')} with {letters}"


def _of_some(unread: Sequence[str]) -> str:
    """The cure of a column in which some times are written otherwise."""
    if len(unread) == 1:
        return "Correct the cell"
    if all(re.fullmatch(_WEEK, text) for text in unread):
        return f"Where these are weeks, write them such as {unread[0][:4]}-W{unread[0][-2:]}"
    formats = fitting_formats(unread)
    if not formats:
        return f"Correct the {len(unread):,} cells that are written so"
    return f"Correct the {len(unread):,} cells that are written {formats[0]}: one way for all"


def fitting_formats(texts: Sequence[str]) -> list[str]:
    """The format of strptime that reads all of these texts, in the order of time if one does so;
    two where day and month may be the other way round.
    """
    spread = texts[:: max(1, len(texts) // MOST_TRIED)]
    fitting = _fitting(spread) or _with_ending(spread)
    if not fitting:
        return []
    orders = {form: _order(spread, form) for form in fitting}
    best = max(fitting, key=orders.__getitem__)
    swapped = best.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
    is_alike = swapped != best and swapped in orders and orders[swapped][0] == orders[best][0]
    return [best, swapped] if is_alike else [best]


def _fitting(texts: Sequence[str]) -> list[str]:
    """All formats that read these texts."""
    first = texts[0]
    if re.match(r"\d{1,2}:\d", first):  # the clock stands before the date
        forms = [f"{clock.lstrip(' ,:')} {date}" for clock in _CLOCKS if clock for date in _DATES]
    else:
        dates = [date for date in _DATES if _begins(first, date)]
        forms = [date + clock for date in dates for clock in (_CLOCKS if _has_day(date) else ("",))]
    return [form for form in forms if all(_fits(text, form) for text in texts)]


def _with_ending(texts: Sequence[str]) -> list[str]:
    """Formats of texts that end in an offset, or all in the same: .0 or the name of a zone."""
    matches = [re.search(_ENDING, text) for text in texts]
    endings = {match[0] if match else "" for match in matches}
    if "" in endings:
        return []
    is_offset = all(re.search(r"\d{2}$|Z$", ending) for ending in endings)
    if len(endings) > 1 and not is_offset:
        return []
    ending = min(endings)
    written = " %z"[ending[0] != " " :] if is_offset else ending
    return [form + written for form in _fitting([re.sub(_ENDING, "", text) for text in texts])]


def _order(texts: Sequence[str], form: str) -> tuple[float, float]:
    """How well a format fits: which share of neighbours it puts in one order, the earlier or the
    later first; then how near each other it puts them all, in negative seconds.
    """
    times = [datetime.strptime(text, form) for text in texts]
    pairs = list(itertools.pairwise(times))
    shares = (sum(is_so(before, after) for before, after in pairs) for is_so in (gt, lt))
    span = max(times) - min(times)
    return max(shares) / max(len(pairs), 1), -span.total_seconds()


def _has_day(form: str) -> bool:
    return "%d" in form or "%j" in form


def _begins(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError as error:
        return str(error).startswith("unconverted data remains")
    return True


def _fits(text: str, form: str) -> bool:
    try:
        time = datetime.strptime(text, form)
    except ValueError:
        return False
    if "%Y" in form and time.year not in YEARS:
        return False
    if form.endswith("%j") and not re.search(r"\d{3}$", text):
        return False
    if text.isdigit():  # digits alone mean much
        return time.strftime(form) == text
    return not re.search("%[dj]%H", form)


def _is_iso(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
