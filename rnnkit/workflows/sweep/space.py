"""What a sweep varies: keys of a config, each with values or a range, and the point of a trial."""

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
"""Values by key."""

MOST_VALUES = 10_000
STEP, AGAIN = 10_000, 1_000_000
"""Further random numbers, beyond those of any trial: between two of them, and up to which."""


@dataclass(frozen=True)
class Choices:
    """Values, one of which a trial takes."""

    values: tuple[Any, ...]

    def draw(self, generator: np.random.Generator) -> Any:
        return self.values[generator.integers(len(self.values))]

    @property
    def every(self) -> Sequence[Any] | None:
        """All that a trial may take."""
        return self.values

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
    def every(self) -> Sequence[Any] | None:
        """All that a trial may take; None if they cannot be counted."""
        return range(int(self.low), int(self.high) + 1) if self.is_whole else None

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
        """How many points there are; None if a range makes them uncountable."""
        sizes = [
            len(domain.values) for domain in self.domains.values() if isinstance(domain, Choices)
        ]
        return math.prod(sizes) if len(sizes) == len(self.domains) else None

    @property
    def count(self) -> int | None:
        """How many different points there are, with whole numbers of ranges; None if a range of
        real numbers makes them uncountable.
        """
        every = [domain.every for domain in self.domains.values()]
        sizes = [len(values) for values in every if values is not None]
        return math.prod(sizes) if len(sizes) == len(every) else None

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
        """A point by chance, which depends on the seed and the number alone; of combinations of
        values each comes once.
        """
        if self.size is not None:
            order = np.random.default_rng(seed).permutation(self.size)
            return self.on_grid(int(order[number]))
        generator = np.random.default_rng([seed, number])
        return {key: domain.draw(generator) for key, domain in self.domains.items()}

    def untried(self, seed: int, number: int, tried: Container[str]) -> Point | None:
        """A point by chance, other than these; None if there is none.

        Args:
            seed: Seeds what is drawn.
            number: The trial's.
            tried: Points, as `repr` shows them.
        """
        every = itertools.chain(self._drawn(seed, number), self._all())
        return next((point for point in every if repr(point) not in tried), None)

    def _drawn(self, seed: int, number: int) -> Iterator[Point]:
        numbers = range(number, number + AGAIN, STEP) if self.size is None else range(self.size)
        return (self.at_random(seed, each) for each in numbers)

    def _all(self) -> Iterator[Point]:
        every = [domain.every for domain in self.domains.values()]
        known = [values for values in every if values is not None]
        if len(known) == len(every):
            for values in itertools.product(*known):
                yield Point(zip(self.domains, values, strict=True))


def point_text(point: Point) -> str:
    """A point as it is typed."""
    return " ".join(f"{key}={value_text(value)}" for key, value in point.items())


def value_text(value: Any) -> str:
    """A value as YAML reads it."""
    return value if isinstance(value, str) else json.dumps(value)
