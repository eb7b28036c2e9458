"""What a comparison finds: who was compared, how they scored, and what may be said of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from rnnkit.metrics.paired import Difference
from rnnkit.metrics.scaling import Curve


@dataclass(frozen=True)
class Contender:
    """One config, trained with one seed or with several.

    Args:
        name: What it is called.
        runs: The folders of its runs.
        seeds: Their random seeds.
        scores: The score of each on the part that is compared.
        chosen_by: The same on the part that choices are based on; empty if that is the part.
        parameters: How many numbers it learns; None if only keras can count them.
        epochs: The mean over its runs.
        seconds: The median seconds per epoch, over epochs and runs; nan if unknown.
    """

    name: str
    runs: tuple[str, ...]
    seeds: tuple[int, ...]
    scores: tuple[float, ...]
    chosen_by: tuple[float, ...] = ()
    parameters: int | None = None
    epochs: float = math.nan
    seconds: float = math.nan

    @property
    def mean(self) -> float:
        """The mean score."""
        return float(np.mean(self.scores))

    @property
    def spread(self) -> float:
        """The standard deviation over seeds; nan with one seed."""
        return float(np.std(self.scores, ddof=1)) if len(self.scores) > 1 else math.nan


@dataclass(frozen=True)
class Pair:
    """Two contenders, tested on the same rows.

    Args:
        first: The name of one.
        second: The name of the other.
        difference: The score of the second minus that of the first.
        p: Its probability, corrected for the number of pairs (Holm).
        sentence: What may be said of them.
    """

    first: str
    second: str
    difference: Difference
    p: float
    sentence: str


@dataclass(frozen=True)
class Comparison:
    """Contenders on the same rows.

    Args:
        metric: The score.
        part: The part of the data.
        rows: How many rows it has.
        unit: What a row is.
        less_is_better: Whether the score is an error.
        contenders: In the order in which they were named.
        pairs: Each of them with each.
        baselines: What simple methods reach on these rows, by name.
        published: The published figure, and who published it.
        sentences: What may be said, the most important first.
        folder: Where the runs of a duel are; "" for runs that were there.
        curves: By name, how the score follows the size of the training part.
    """

    metric: str
    part: str
    rows: int
    unit: str
    less_is_better: bool
    contenders: Sequence[Contender]
    pairs: Sequence[Pair]
    baselines: Mapping[str, float] = field(default_factory=dict)
    published: tuple[float, str] | None = None
    sentences: Sequence[str] = ()
    folder: str = ""
    curves: Mapping[str, Curve] = field(default_factory=dict)

    def ranked(self) -> list[Contender]:
        """The contenders, the best first."""
        sign = 1 if self.less_is_better else -1
        return sorted(self.contenders, key=lambda one: sign * one.mean)

    def records(self) -> list[dict[str, Any]]:
        """A tidy row for each run."""
        return [
            {
                "name": one.name,
                "run": run,
                "seed": seed,
                "part": self.part,
                "metric": self.metric,
                "value": score,
                "parameters": one.parameters,
                "seconds_per_epoch": None if math.isnan(one.seconds) else one.seconds,
            }
            for one in self.contenders
            for run, seed, score in zip(one.runs, one.seeds, one.scores, strict=True)
        ]

    def tests(self) -> list[dict[str, Any]]:
        """A tidy row for each pair."""
        return [
            {
                "first": pair.first,
                "second": pair.second,
                "metric": self.metric,
                "difference": pair.difference.value,
                "low": pair.difference.low,
                "high": pair.difference.high,
                "p": pair.difference.p,
                "p_corrected": pair.p,
                "test": pair.difference.test,
                "sentence": pair.sentence,
            }
            for pair in self.pairs
        ]

    def as_json(self) -> dict[str, Any]:
        """All of it as plain data, numbers that are not known as None."""
        known: dict[str, Any] = _known(asdict(self))
        return known


def _known(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _known(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_known(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
