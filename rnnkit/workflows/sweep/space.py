"""What a sweep varies: keys of a config, each with values or a range, and the point of a trial."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.config.overrides import value_of
from rnnkit.errors import RnnkitError
from rnnkit.tasks.sweep import Scalar

Point = dict[str, Any]
"""Values by key."""

SPAN = re.compile(r"(?P<low>[^.]\S*?)\.\.(?P<high>[^.:]\S*?)(?P<log>:log)?")
QUOTES, OPEN, CLOSE = "\"'", "[{", "]}"
MOST_VALUES = 10_000


@dataclass(frozen=True)
class Choices:
    """Values, one of which a trial takes."""

    values: tuple[Any, ...]

    def draw(self, generator: np.random.Generator) -> Any:
        return self.values[generator.integers(len(self.values))]

    @property
    def described(self) -> list[Scalar] | str:
        """As the `sweep:` section says it."""
        return [value if isinstance(value, Scalar) else value_text(value) for value in self.values]


@dataclass(frozen=True)
class Span:
    """Numbers from `low` to `high`, both included.

    Args:
        low: The least.
        high: The greatest.
        is_log: Whether each factor is as probable as any other, not each difference.
        is_whole: Whether they are whole numbers.
    """

    low: float
    high: float
    is_log: bool
    is_whole: bool

    def draw(self, generator: np.random.Generator) -> float | int:
        # the end points of whole numbers are as probable as those between them
        half = 0.5 if self.is_whole else 0.0
        low, high = self.low - half, self.high + half
        if self.is_log:
            value = math.exp(generator.uniform(math.log(low), math.log(high)))
        else:
            value = generator.uniform(low, high)
        return self.rounded(value)

    def rounded(self, value: float) -> float | int:
        """As a config has it: a whole number, or four digits; within the range."""
        value = round(value) if self.is_whole else float(f"{value:.4g}")
        return min(max(value, self.low), self.high)

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest."""
        return self.low, self.high

    @property
    def described(self) -> list[Scalar] | str:
        """As the `sweep:` section says it."""
        return f"{self.low}..{self.high}{':log' * self.is_log}"


@dataclass(frozen=True)
class Space:
    """What varies, by key, in the order in which it was named."""

    domains: Mapping[str, Choices | Span]

    @property
    def size(self) -> int | None:
        """How many points there are; None where a range makes them uncountable."""
        sizes = [
            len(domain.values) for domain in self.domains.values() if isinstance(domain, Choices)
        ]
        return math.prod(sizes) if len(sizes) == len(self.domains) else None

    @property
    def spans(self) -> list[str]:
        """The keys that have a range."""
        return [key for key, domain in self.domains.items() if isinstance(domain, Span)]

    def require(self) -> None:
        """That it can be searched.

        Raises:
            RnnkitError: If nothing varies, or the combinations are too many.
        """
        if not self.domains:
            expected = "Expected a key with values (train.batch_size=16,32) or a range"
            got = "no key that varies"
            raise RnnkitError("sweep", got, f"{expected} (train.learning_rate=1e-4..1e-2:log)")
        if self.size and self.size > MOST_VALUES:
            got = f"{self.size:,} combinations of values"
            raise RnnkitError("sweep", got, f"Expected {MOST_VALUES:,} at most")

    def on_grid(self, number: int) -> Point:
        """The point with this number, from 0; the last key changes first."""
        point = Point()
        for key, domain in reversed([*self.domains.items()]):
            assert isinstance(domain, Choices)
            number, index = divmod(number, len(domain.values))
            point[key] = domain.values[index]
        return dict(reversed(point.items()))

    def at_random(self, seed: int, number: int) -> Point:
        """The point of a trial, which depends on the seed and its number alone; of countable
        points each comes once.
        """
        if self.size is not None:
            order = np.random.default_rng(seed).permutation(self.size)
            return self.on_grid(int(order[number]))
        generator = np.random.default_rng([seed, number])
        return {key: domain.draw(generator) for key, domain in self.domains.items()}


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


def point_text(point: Point) -> str:
    """A point as it is typed."""
    return " ".join(f"{key}={value_text(value)}" for key, value in point.items())


def value_text(value: Any) -> str:
    """A value as YAML reads it."""
    return value if isinstance(value, str) else json.dumps(value)


def _span(low_text: str, high_text: str, is_log: bool, where: str) -> Span:
    ends = [value_of(text, where) for text in (low_text, high_text)]
    for text, value in zip((low_text, high_text), ends, strict=True):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RnnkitError(where, f"{text!r} is not a number", "Expected LOW..HIGH")
        if not math.isfinite(value) or abs(value) > 2**53:
            raise RnnkitError(where, f"{text} as an end", "Expected finite numbers up to 2**53")
    low, high = ends
    if low >= high:
        raise RnnkitError(
            where, f"from {low_text} to {high_text}", f"Expected the lower first: {high}..{low}"
        )
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
