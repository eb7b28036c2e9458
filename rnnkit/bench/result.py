"""The result of a comparison."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass, field
from typing import Any

TOLERANCE = {"train": 1e-3, "predict": 1e-5, "generate": 0.0}
"""The tolerated difference of results: of losses, relative; of probabilities; of tokens."""


@dataclass
class Contender:
    """The measurements of one contender.

    Args:
        name: rnnkit, "rnnkit, buckets", or the name of a peer.
        first: The seconds of the first unit of work, with compilation.
        seconds: The seconds of each further unit, by the clock.
        cpu: The processor seconds of each further unit.
        peak: The peak memory of its process in bytes; None if unknown.
        differs: The difference of its first result from rnnkit's; None if they cannot be compared.
    """

    name: str
    first: float = 0.0
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: int | None = None
    differs: float | None = None

    @property
    def median(self) -> float:
        """The median seconds of a unit of work."""
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """Half the range of the seconds, as a fraction of the median."""
        return (max(self.seconds) - min(self.seconds)) / 2 / self.median


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison.

    Args:
        verb: train, predict or generate.
        work: The unit of work in words.
        contenders: The contenders, rnnkit first.
        skipped: Peers that are not installed, each with the command that installs it.
        operations: Multiplications and additions of a unit of work at full length.
        moved: The bytes of weights that generating a unit of work reads; 0 for other verbs.
        limit: The limit of this machine in operations or bytes per second.
    """

    verb: str
    work: str
    contenders: list[Contender]
    skipped: dict[str, str]
    operations: float
    moved: float
    limit: float

    def rate(self, contender: Contender) -> float:
        """Operations or bytes per second."""
        return (self.moved or self.operations) / contender.median

    def agrees(self, contender: Contender) -> bool | None:
        """Whether a contender computes the same as rnnkit; None if they cannot be compared."""
        return None if contender.differs is None else contender.differs <= TOLERANCE[self.verb]

    def as_json(self) -> dict[str, Any]:
        """The result as plain data."""
        base = self.contenders[0].median
        return {
            **{key: value for key, value in asdict(self).items() if key != "contenders"},
            "contenders": [
                {
                    **asdict(contender),
                    "median": contender.median,
                    "spread": contender.spread,
                    "ratio": contender.median / base,
                    "rate": self.rate(contender),
                    "share_of_limit": self.rate(contender) / self.limit,
                    "agrees": self.agrees(contender),
                }
                for contender in self.contenders
            ],
        }
