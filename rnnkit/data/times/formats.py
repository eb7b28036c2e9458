"""How the times of a table may be written, where they are not what was expected."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import datetime
from operator import gt, lt

from rnnkit.errors import setting, setting_name

NAMED = {  # with the digits that their whole numbers have since 1973
    "unix": ("seconds since 1970", {9, 10}),
    "unix_ms": ("milliseconds since 1970", {12, 13}),
    "unix_us": ("microseconds since 1970", {15, 16}),
    "unix_ns": ("nanoseconds since 1970", {18, 19}),
}
YEARS = range(1500, 2200)  # that numbers alone are read as
EXCEL_DAYS = range(10_000, 100_000)  # 1927 to 2173
MOST_TRIED = 50  # texts of a column, far apart
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
        texts: Its texts, those that could be read among them.
        unread: Those that could not be.
        written: The config's `time_format`.
        is_date: Whether it is a date in columns of numbers.
    """
    expected = (
        f"Expected a time written {written}"
        if written
        else "Expected a time such as 2014-02-07 14:55:00"
    )
    if is_date or len(unread) < len(texts) / 2:
        return expected, "Mend the cell" if is_date else _of_some(unread)
    if written and all(map(_is_iso, texts)):
        return expected, f"Remove {setting_name('time_format')}"
    formats, counts = fitting_formats(texts), _whole_numbers(texts)
    if counts is not None and not formats and (hint := _of_numbers(texts, counts)):
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
    formats = fitting_formats(unread) if len(unread) > 1 else []
    if not formats:
        return "Mend the cell"
    return f"Mend the {len(unread):,} cells that are written {formats[0]}: one way for all"


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
    if text.isdigit():  # digits alone mean much
        return time.strftime(form) == text
    return not re.search("%[dj]%H", form)


def _is_iso(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _whole_numbers(texts: Sequence[str]) -> list[float] | None:
    try:
        return [float(text) for text in texts]
    except ValueError:
        return None


def _of_numbers(texts: Sequence[str], numbers: Sequence[float]) -> str:
    if name := _by_digits(texts):
        return f"Write {setting('time_format', name)} where these are {NAMED[name][0]}"
    if _between(numbers, EXCEL_DAYS):
        return f"Write {setting('time_format', 'excel')} where these are days of a spreadsheet"
    return ""


def _by_digits(texts: Sequence[str]) -> str:
    """The count since 1970 that numbers seem to be, by their digits; "" where they are none."""
    digits = {len(text.lstrip("-").partition(".")[0]) for text in texts}
    return next((name for name, (_, several) in NAMED.items() if digits <= several), "")


def another_unit(texts: Sequence[str], written: str | None) -> str:
    """A line about counts since 1970 that seem to be in another unit than the config says."""
    name = _by_digits(texts) if written in NAMED else ""
    if written is None or name in ("", written):
        return ""
    return (
        f"times such as {texts[0]} are read as {NAMED[written][0]}; where they are"
        f" {NAMED[name][0]}, write {setting('time_format', name)}"
    )


def _between(numbers: Sequence[float], those: range) -> bool:
    return min(numbers) >= those[0] and max(numbers) <= those[-1]
