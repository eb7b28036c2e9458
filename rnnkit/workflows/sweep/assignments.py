"""What a sweep varies, as it is typed or stands in a config: KEY=V1,V2 and KEY=LOW..HIGH."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from rnnkit.config.overrides import value_of
from rnnkit.errors import RnnkitError
from rnnkit.workflows.sweep.space import Choices, Point, Space, Span

SPAN = re.compile(r"(?P<low>[^.]\S*?)\.\.(?P<high>[^.:]\S*?)(?P<log>:log)?")
HALF = re.compile(r"(\.\.[+\-\d][^\s/]*|[+\-]?\d[^\s/]*\.\.)(:log)?")
"""A range that lacks an end."""
QUOTES, OPEN, CLOSE = "\"'", "[{", "]}"


def read_space(assignments: Iterable[str]) -> tuple[Space, Point]:
    """What varies, and what is set for all trials.

    Args:
        assignments: KEY=V1,V2,V3 or KEY=LOW..HIGH or KEY=LOW..HIGH:log; KEY=V for all trials.

    Raises:
        RnnkitError: If one of them cannot be read, or a range is upside down.
    """
    domains, fixed = dict[str, Choices | Span](), Point()
    for assignment in assignments:
        key, separator, text = assignment.partition("=")
        where = f"command line: {assignment[:200]}"
        if not separator or not all(key.split(".")):
            expected = "Expected KEY=VALUES, such as model.layers.0.lstm.units=32,64"
            raise RnnkitError(where, "found no values", expected)
        if key in domains or key in fixed:
            raise RnnkitError(where, f"{key} twice", "Expected each key once")
        domain = domain_of(text, where)
        if isinstance(domain, Span) or len(domain.values) > 1:
            domains[key] = domain
        else:
            (fixed[key],) = domain.values
    return Space(domains), fixed


def domain_of(values: str | Sequence[Any], where: str) -> Choices | Span:
    """What stands behind a key: values, or a range.

    Raises:
        RnnkitError: If it cannot be read.
    """
    if not isinstance(values, str):
        return _choices(values, where)
    text = values
    if span := SPAN.fullmatch(text.strip()):
        return _span(span["low"], span["high"], bool(span["log"]), where)
    if HALF.fullmatch(text.strip()):
        raise RnnkitError(where, f"{text.strip()!r}, a range with one end", "Expected LOW..HIGH")
    parts = _split(text)
    if not all(part.strip() for part in parts) and len(parts) > 1:
        raise RnnkitError(where, "an empty value", "Expected values with a comma between them")
    return _choices([value_of(part.strip(), where) for part in parts], where)


def _choices(values: Sequence[Any], where: str) -> Choices:
    if not values:
        raise RnnkitError(where, "no value", "Expected at least one")
    if len(set(map(repr, values))) < len(values):
        raise RnnkitError(where, "a value twice", "Expected each once")
    return Choices(tuple(values))


def _span(low_text: str, high_text: str, is_log: bool, where: str) -> Span:
    ends = [value_of(text, where) for text in (low_text, high_text)]
    for text, value in zip((low_text, high_text), ends, strict=True):
        if isinstance(value, bool) or not isinstance(value, int | float):
            expected = "Expected LOW..HIGH, or LOW..HIGH:log by factors"
            raise RnnkitError(where, f"{text!r} is not a number", expected)
        if not math.isfinite(value) or abs(value) > 2**53:
            raise RnnkitError(where, f"{text} as an end", "Expected finite numbers up to 2**53")
    low, high = ends
    if low == high:
        got = f"from {low_text} to itself"
        raise RnnkitError(where, got, f"Expected two numbers, or {low_text} alone for every trial")
    if low > high:
        expected = f"Expected the lower first: {high_text}..{low_text}{':log' if is_log else ''}"
        raise RnnkitError(where, f"from {low_text} to {high_text}", expected)
    if is_log and low <= 0:
        got = f"a range by factors from {low_text} on"
        raise RnnkitError(where, got, "Expected a first number above 0, or no :log")
    return Span(low, high, is_log, all(isinstance(end, int) for end in ends))


def _split(text: str) -> Sequence[str]:
    """At its commas, but for those in quotes, [] or {}."""
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in QUOTES:
            quote = letter
        depth += (letter in OPEN) - (letter in CLOSE)
        if letter == "," and depth <= 0 and not quote:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
