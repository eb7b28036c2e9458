"""How the times of a table may be written, where they are not what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rnnkit.errors import setting

NAMED = {  # by the digits of whole numbers
    10: ("unix", "seconds since 1970"),
    13: ("unix_ms", "milliseconds since 1970"),
    16: ("unix_us", "microseconds since 1970"),
    19: ("unix_ns", "nanoseconds since 1970"),
}
YEARS = range(1500, 2200)  # that numbers alone are read as
EXCEL_DAYS = range(10_000, 100_000)  # 1927 to 2173
MOST_TRIED = 50  # texts of a column, far apart
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
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%a %b %d %Y",
    "%b %Y",
    "%B %Y",
    "%b-%y",
    "%m/%Y",
    "%m.%Y",
    "%Y/%m",
    "%Y.%m",
    "%Y %b",
    "%Y-%b",
    "%Y%m%d",
    "%Y%m",
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
    texts: Sequence[str], read: int, written: str | None, *, is_date: bool
) -> tuple[str, str]:
    """What is expected of a column of times that could not be read, and the cure.

    Args:
        texts: Its texts, those that could be read among them.
        read: How many could be.
        written: The config's `time_format`.
        is_date: Whether it is a date in columns of numbers.
    """
    expected = (
        f"Expected a time written {written}"
        if written
        else "Expected a time such as 2014-02-07 14:55:00"
    )
    if is_date or read > len(texts) / 2:
        return expected, "Mend the cell"
    if written and all(map(_is_iso, texts)):
        return expected, "Remove `time_format`"
    formats, counts = fitting_formats(texts), _whole_numbers(texts)
    if counts is not None and not formats and (hint := _of_numbers(texts, counts)):
        return expected, hint
    if formats:
        return expected, "Write " + " or ".join(setting("time_format", form) for form in formats)
    if counts is not None:
        cure = setting("time", "null")
        return expected, f"Where these are numbers of steps, write {cure}: each row is a step then"
    return expected, "Say how it is written: `time_format:` with the letters of strptime"


def fitting_formats(texts: Sequence[str]) -> list[str]:
    """The first formats of strptime that read all of these texts: two where day and month may be
    the other way round.
    """
    spread = texts[:: max(1, len(texts) // MOST_TRIED)]
    fitting = [
        date + clock
        for date in _DATES
        if _begins(spread[0], date)
        for clock in _CLOCKS
        if all(_fits(text, date + clock) for text in spread)
    ]
    if not fitting:
        return []
    swapped = fitting[0].replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
    forms = [form for form in fitting if form in (fitting[0], swapped)]
    if fitting[0].startswith("%Y") and not all(int(text[:4]) in YEARS for text in spread):
        return []
    return forms


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
    return not text.isdigit() or time.strftime(form) == text  # digits alone mean much


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
    digits = {len(text.lstrip("-").partition(".")[0]) for text in texts}
    if len(digits) == 1 and (name := NAMED.get(digits.pop())):
        return f"Write {setting('time_format', name[0])} where these are {name[1]}"
    if _between(numbers, EXCEL_DAYS):
        return f"Write {setting('time_format', 'excel')} where these are days of a spreadsheet"
    return ""


def _between(numbers: Sequence[float], those: range) -> bool:
    return min(numbers) >= those[0] and max(numbers) <= those[-1]
