"""Guesses the format of times that could not be parsed, for hints in error messages."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import datetime
from operator import gt, lt

from rnnkit.data.times.counts import count_format_hint, parse_numbers
from rnnkit.errors import setting, setting_name

YEARS = range(1500, 2200)  # plausible years of data
MAX_TRIED = 50  # texts of a column, evenly spaced
_WEEK = r"\d{4}\D?(?:1[3-9]|[234]\d|5[0-3])"  # week numbers that cannot be months
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_SUFFIX = r"\.0$|\s[A-Z]{3,5}$|\s?[+-]\d{2}:?\d{2}$|Z$"
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


def parse_failure(
    texts: Sequence[str], unread: Sequence[str], time_format: str | None, *, is_date: bool
) -> tuple[str, str]:
    """The `expected` and the `hint` of the error about a time column that could not be parsed.

    Args:
        texts: All texts of the column.
        unread: The texts that could not be parsed.
        time_format: The config's `time_format`.
        is_date: Whether year, month and so on have columns of their own.
    """
    expected = (
        f"Expected a time written {time_format}"
        if time_format
        else "Expected a time such as 2014-02-07 14:55:00"
    )
    if is_date or len(unread) < len(texts) / 2:
        return expected, "Correct the cell" if is_date else _hint_on_exceptions(unread)
    if time_format and all(map(_is_iso, texts)):
        return expected, f"Remove {setting_name('time_format')}"
    formats, counts = matching_formats(texts), parse_numbers(texts)
    if counts is not None and not formats and (hint := count_format_hint(texts, counts)):
        return expected, hint
    if formats:
        return expected, "Write " + " or ".join(setting("time_format", form) for form in formats)
    are = "numbers of steps" if counts is not None else "times of day without a date"
    if counts is not None or all(re.fullmatch(_CLOCK, text) for text in texts):
        cure = setting("time", "null")
        return expected, f"Where these are {are}, write {cure}: each row is a step then"
    if len(unread) < len(texts):
        return expected, _hint_on_exceptions(unread)
    letters = "the letters of strptime, whose names of months are English"
    return expected, f"Say how it is written: {setting_name('time_format')} with {letters}"


def _hint_on_exceptions(unread: Sequence[str]) -> str:
    """The hint on a column in which a minority of the times has another format."""
    if len(unread) == 1:
        return "Correct the cell"
    if all(re.fullmatch(_WEEK, text) for text in unread):
        return f"Where these are weeks, write them such as {unread[0][:4]}-W{unread[0][-2:]}"
    formats = matching_formats(unread)
    if not formats:
        return f"Correct the {len(unread):,} cells that are written so"
    return f"Correct the {len(unread):,} cells that are written {formats[0]}: one way for all"


def matching_formats(texts: Sequence[str]) -> list[str]:
    """The strptime format that parses all of these texts and puts them best in order; two if day
    and month can be swapped; [] if none does.
    """
    sample = texts[:: max(1, len(texts) // MAX_TRIED)]
    matching = _matching(sample) or _matching_with_suffix(sample)
    if not matching:
        return []
    scores = {form: _score(sample, form) for form in matching}
    best = max(matching, key=scores.__getitem__)
    swapped = best.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
    is_tie = swapped != best and swapped in scores and scores[swapped][0] == scores[best][0]
    return [best, swapped] if is_tie else [best]


def _matching(texts: Sequence[str]) -> list[str]:
    """All formats that parse all of these texts."""
    first = texts[0]
    if re.match(r"\d{1,2}:\d", first):  # the time of day comes before the date
        forms = [f"{clock.lstrip(' ,:')} {date}" for clock in _CLOCKS if clock for date in _DATES]
    else:
        dates = [date for date in _DATES if _begins(first, date)]
        forms = [date + clock for date in dates for clock in (_CLOCKS if _has_day(date) else ("",))]
    return [form for form in forms if all(_matches(text, form) for text in texts)]


def _matching_with_suffix(texts: Sequence[str]) -> list[str]:
    """Formats of texts that all end in an offset from UTC, in the name of one zone, or in .0."""
    matches = [re.search(_SUFFIX, text) for text in texts]
    suffixes = {match[0] if match else "" for match in matches}
    if "" in suffixes:
        return []
    is_offset = all(re.search(r"\d{2}$|Z$", suffix) for suffix in suffixes)
    if len(suffixes) > 1 and not is_offset:
        return []
    suffix = min(suffixes)
    form_suffix = " %z"[suffix[0] != " " :] if is_offset else suffix
    return [form + form_suffix for form in _matching([re.sub(_SUFFIX, "", text) for text in texts])]


def _score(texts: Sequence[str], form: str) -> tuple[float, float]:
    """How plausible a format is: the fraction of neighbours that it puts in one order, ascending or
    descending, and the negative span of all times in seconds.
    """
    times = [datetime.strptime(text, form) for text in texts]
    pairs = list(itertools.pairwise(times))
    counts = (sum(in_order(before, after) for before, after in pairs) for in_order in (gt, lt))
    span = max(times) - min(times)
    return max(counts) / max(len(pairs), 1), -span.total_seconds()


def _has_day(form: str) -> bool:
    return "%d" in form or "%j" in form


def _begins(text: str, form: str) -> bool:
    """Whether a text begins with a date in this format."""
    try:
        datetime.strptime(text, form)
    except ValueError as error:
        return str(error).startswith("unconverted data remains")
    return True


def _matches(text: str, form: str) -> bool:
    """Whether a format parses a text into a plausible time."""
    try:
        time = datetime.strptime(text, form)
    except ValueError:
        return False
    if "%Y" in form and time.year not in YEARS:
        return False
    if form.endswith("%j") and not re.search(r"\d{3}$", text):
        return False
    if text.isdigit():  # strptime reads digits alone in several ways
        return time.strftime(form) == text
    return not re.search("%[dj]%H", form)


def _is_iso(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
