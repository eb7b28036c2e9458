"""Parses the search space of a sweep: KEY=V1,V2 and KEY=LOW..HIGH."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from rnnkit.config.overrides import value_of
from rnnkit.errors import RnnkitError
from rnnkit.workflows.sweep.space import Choices, Point, Range, Space

RANGE = re.compile(r"(?P<low>[^.]\S*?)\.\.(?P<high>[^.:]\S*?)(?P<log>:log)?")
HALF_RANGE = re.compile(r"(\.\.[+\-\d][^\s/]*|[+\-]?\d[^\s/]*\.\.)(:log)?")
"""A range without one of its ends."""
QUOTES, OPEN, CLOSE = "\"'", "[{", "]}"


def read_space(assignments: Iterable[str]) -> tuple[Space, Point]:
    """Parses the search space and the values that all trials share.

    Args:
        assignments: KEY=V1,V2,V3 or KEY=LOW..HIGH or KEY=LOW..HIGH:log; KEY=V for all trials.

    Raises:
        RnnkitError: If an assignment cannot be parsed, or a range is empty.
    """
    domains, fixed = dict[str, Choices | Range](), Point()
    for assignment in assignments:
        key, separator, text = assignment.partition("=")
        where = f"command line: {assignment[:200]}"
        if not separator or not all(key.split(".")):
            expected = "Expected KEY=VALUES, such as model.layers.0.lstm.units=32,64"
            raise RnnkitError(where, "found no values", expected)
        if key in domains or key in fixed:
            raise RnnkitError(where, f"{key} twice", "Expected each key once")
        domain = read_domain(text, where)
        if isinstance(domain, Range) or len(domain.values) > 1:
            domains[key] = domain
        else:
            (fixed[key],) = domain.values
    return Space(domains), fixed


def read_domain(values: str | Sequence[Any], where: str) -> Choices | Range:
    """Parses the values or the range of a key.

    Raises:
        RnnkitError: If they cannot be parsed.
    """
    if not isinstance(values, str):
        return _choices(values, where)
    text = values
    if match := RANGE.fullmatch(text.strip()):
        return _read_range(match["low"], match["high"], bool(match["log"]), where)
    if HALF_RANGE.fullmatch(text.strip()):
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


def _read_range(low_text: str, high_text: str, is_log: bool, where: str) -> Range:
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
    return Range(low, high, is_log, all(isinstance(end, int) for end in ends))


def _split(text: str) -> Sequence[str]:
    """Splits a text at its commas, except those in quotes, [] or {}."""
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
