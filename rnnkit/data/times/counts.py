"""Times written as numbers: counts since 1970, and day numbers of spreadsheets."""

from __future__ import annotations

from collections.abc import Sequence

from rnnkit.errors import setting

NAMED = {  # with the digits that their whole numbers have since 1973
    "unix": ("seconds since 1970", {9, 10}),
    "unix_ms": ("milliseconds since 1970", {12, 13}),
    "unix_us": ("microseconds since 1970", {15, 16}),
    "unix_ns": ("nanoseconds since 1970", {18, 19}),
}
EXCEL_DAYS = range(10_000, 100_000)  # 1927 to 2173


def whole_numbers(texts: Sequence[str]) -> list[float] | None:
    """The texts as numbers; None if one is not a number."""
    try:
        return [float(text) for text in texts]
    except ValueError:
        return None


def cure_of_counts(texts: Sequence[str], numbers: Sequence[float]) -> str:
    """The key with which numbers are times; "" if none does it.

    Args:
        texts: A column.
        numbers: The same.
    """
    if name := _by_digits(texts):
        return f"Write {setting('time_format', name)} where these are {NAMED[name][0]}"
    if _between(numbers, EXCEL_DAYS):
        return f"Write {setting('time_format', 'excel')} where these are days of a spreadsheet"
    return ""


def _by_digits(texts: Sequence[str]) -> str:
    """The kind of count since 1970, guessed by the number of digits; "" if it cannot be told."""
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
