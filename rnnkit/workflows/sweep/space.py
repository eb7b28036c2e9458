"""The search space of a sweep: keys of a config, each with values or a range."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.tasks.sweep import Scalar

Point = dict[str, Any]
"""The values of one trial, by key."""

MAX_POINTS = 10_000
RETRY_STEP, MAX_RETRY = 10_000, 1_000_000
"""The step and the limit of the offsets from a trial's number at which points are drawn again."""


@dataclass(frozen=True)
class Choices:
    """Values of which a trial takes one."""

    values: tuple[Any, ...]

    def draw(self, generator: np.random.Generator) -> Any:
        return self.values[generator.integers(len(self.values))]

    @property
    def all_values(self) -> Sequence[Any] | None:
        """All values that a trial can take."""
        return self.values

    @property
    def as_config(self) -> list[Scalar] | str:
        """The values as in the `sweep:` section of a config."""
        return [value if isinstance(value, Scalar) else value_text(value) for value in self.values]


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included.

    Args:
        low: The smallest number.
        high: The largest number.
        is_log: Whether numbers are distributed log-uniformly instead of uniformly.
        is_whole: Whether they are integers.
    """

    low: float
    high: float
    is_log: bool
    is_whole: bool

    def draw(self, generator: np.random.Generator) -> float | int:
        # gives the ends of a range of integers the same probability as the integers between
        half = 0.5 if self.is_whole else 0.0
        low, high = self.low - half, self.high + half
        if self.is_log:
            value = math.exp(generator.uniform(math.log(low), math.log(high)))
        else:
            value = generator.uniform(low, high)
        return self.rounded(value)

    def rounded(self, value: float) -> float | int:
        """The value as in a config: an integer, or four significant digits; within the range."""
        value = round(value) if self.is_whole else float(f"{value:.4g}")
        return min(max(value, self.low), self.high)

    @property
    def all_values(self) -> Sequence[Any] | None:
        """All values that a trial can take; None for real numbers."""
        return range(int(self.low), int(self.high) + 1) if self.is_whole else None

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest number."""
        return self.low, self.high

    @property
    def as_config(self) -> list[Scalar] | str:
        """The range as in the `sweep:` section of a config."""
        return f"{self.low}..{self.high}{':log' * self.is_log}"


@dataclass(frozen=True)
class Space:
    """The values or ranges of the keys that vary, in the order in which they were given."""

    domains: Mapping[str, Choices | Range]

    @property
    def size(self) -> int | None:
        """The number of points of the grid; None if a key has a range."""
        sizes = [
            len(domain.values) for domain in self.domains.values() if isinstance(domain, Choices)
        ]
        return math.prod(sizes) if len(sizes) == len(self.domains) else None

    @property
    def count(self) -> int | None:
        """The number of different points; None if a key has a range of real numbers."""
        domains = [domain.all_values for domain in self.domains.values()]
        sizes = [len(values) for values in domains if values is not None]
        return math.prod(sizes) if len(sizes) == len(domains) else None

    @property
    def ranges(self) -> list[str]:
        """The keys that have a range."""
        return [key for key, domain in self.domains.items() if isinstance(domain, Range)]

    def require(self) -> None:
        """Checks that the space can be searched.

        Raises:
            RnnkitError: If no key varies, or there are more than MAX_POINTS combinations of values.
        """
        if not self.domains:
            expected = "Expected a key with values (train.batch_size=16,32) or a range"
            got = "no key that varies"
            raise RnnkitError("sweep", got, f"{expected} (train.learning_rate=1e-4..1e-2:log)")
        if self.size and self.size > MAX_POINTS:
            got = f"{self.size:,} combinations of values"
            raise RnnkitError("sweep", got, f"Expected {MAX_POINTS:,} at most")

    def grid_point(self, number: int) -> Point:
        """The point of the grid with this number, from 0; the last key varies fastest."""
        point = Point()
        for key, domain in reversed([*self.domains.items()]):
            assert isinstance(domain, Choices)
            number, index = divmod(number, len(domain.values))
            point[key] = domain.values[index]
        return dict(reversed(point.items()))

    def random_point(self, seed: int, number: int) -> Point:
        """A random point that depends on the seed and the number alone; without ranges, each point
        of the grid has one number.
        """
        if self.size is not None:
            order = np.random.default_rng(seed).permutation(self.size)
            return self.grid_point(int(order[number]))
        generator = np.random.default_rng([seed, number])
        return {key: domain.draw(generator) for key, domain in self.domains.items()}

    def untried_point(self, seed: int, number: int, tried: Container[str]) -> Point | None:
        """A random point that is not tried yet; None if there is none.

        Args:
            seed: The seed of the random points.
            number: The number of the trial.
            tried: The `repr` of each point that is tried.
        """
        points = itertools.chain(self._random_points(seed, number), self._all_points())
        return next((point for point in points if repr(point) not in tried), None)

    def _random_points(self, seed: int, number: int) -> Iterator[Point]:
        if self.size is None:
            draws = range(number, number + MAX_RETRY, RETRY_STEP)
        else:
            draws = range(self.size)
        return (self.random_point(seed, draw) for draw in draws)

    def _all_points(self) -> Iterator[Point]:
        """All points; none if a key has a range of real numbers."""
        domains = [domain.all_values for domain in self.domains.values()]
        finite = [values for values in domains if values is not None]
        if len(finite) == len(domains):
            for values in itertools.product(*finite):
                yield Point(zip(self.domains, values, strict=True))


def point_text(point: Point) -> str:
    """A point as on the command line: KEY=VALUE KEY=VALUE."""
    return " ".join(f"{key}={value_text(value)}" for key, value in point.items())


def value_text(value: Any) -> str:
    """A value as in YAML."""
    return value if isinstance(value, str) else json.dumps(value)
