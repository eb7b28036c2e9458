"""What came of a comparison."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass, field
from typing import Any

TOLERANCE = {"train": 1e-3, "predict": 1e-5, "generate": 0.0}
"""Of the loss, relative; of probabilities; of tokens, which are the same or not."""


@dataclass
class Contender:
    """Who takes part.

    Args:
        name: rnnkit, "rnnkit, buckets", or the peer's.
        first: Seconds of the first unit of work, with all that is compiled.
        seconds: Of each further one, by the clock.
        cpu: Of each further one, of all processors together.
        peak: Bytes that its process took at most; None where unknown.
        differs: How far its first result is from rnnkit's; None where it computes something else.
    """

    name: str
    first: float = 0.0
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: int | None = None
    differs: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """Half of what lies between the fastest and the slowest, as a share of the median."""
        return (max(self.seconds) - min(self.seconds)) / 2 / self.median


@dataclass(frozen=True)
class Comparison:
    """What came of it.

    Args:
        verb: What was done.
        work: That in words.
        contenders: rnnkit first.
        skipped: Peers that are not installed, each with the command that installs it.
        operations: Multiplications and additions of a unit of work at full length.
        moved: Bytes of weights that a unit of work reads at least, where it generates.
        limit: What this machine can do at most: operations or bytes a second.
    """

    verb: str
    work: str
    contenders: list[Contender]
    skipped: dict[str, str]
    operations: float
    moved: float
    limit: float

    def rate(self, contender: Contender) -> float:
        """Operations or bytes a second."""
        return (self.moved or self.operations) / contender.median

    def agrees(self, contender: Contender) -> bool:
        """Whether it computes the same model."""
        return contender.differs is None or contender.differs <= TOLERANCE[self.verb]

    def as_json(self) -> dict[str, Any]:
        base = self.contenders[0].median
        return {
            **{key: value for key, value in asdict(self).items() if key != "contenders"},
            "contenders": [
                {
                    **asdict(one),
                    "median": one.median,
                    "spread": one.spread,
                    "ratio": one.median / base,
                    "rate": self.rate(one),
                    "share_of_limit": self.rate(one) / self.limit,
                    "agrees": self.agrees(one),
                }
                for one in self.contenders
            ],
        }
