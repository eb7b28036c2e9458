"""The result of a comparison: the contenders, their scores, and the tests of their differences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from rnnkit.metrics.paired import Difference
from rnnkit.metrics.scaling import Curve


@dataclass(frozen=True)
class Contender:
    """One config, trained with one seed or with several.

    Args:
        name: The name of the contender.
        runs: The folders of its runs.
        seeds: The random seed of each run.
        scores: The score of each run on the compared part.
        chosen_by: The score of each run on the watched part; empty if that is the compared part.
        parameters: The number of trainable parameters; None if only keras can count them.
        epochs: The mean number of epochs.
        seconds: The median duration of an epoch in seconds; nan if unknown.
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

    def trainings(self) -> Iterator[tuple[str, int, float]]:
        """The run, the seed and the score of each training."""
        return zip(self.runs, self.seeds, self.scores, strict=True)


@dataclass(frozen=True)
class Pair:
    """Two contenders, tested on the same rows.

    Args:
        first: The name of one.
        second: The name of the other.
        difference: The score of the second minus that of the first.
        p: The p-value, corrected for the number of pairs (Holm).
        sentence: The result of the test as a sentence.
    """

    first: str
    second: str
    difference: Difference
    p: float
    sentence: str


@dataclass(frozen=True)
class Comparison:
    """Contenders, compared on the same rows.

    Args:
        metric: The score.
        part: The part of the data.
        rows: The number of rows of this part.
        unit: The plural name of a row, such as "texts".
        less_is_better: Whether the score is an error.
        contenders: The contenders, in the order in which they were given.
        pairs: The tests of all pairs.
        baselines: The scores of simple methods on these rows, by name.
        published: The published figure and its source.
        sentences: The results as sentences, the most important first.
        folder: The folder of a duel; "" for a comparison of existing runs.
        curves: The learning curve of each contender, by name.
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
        return sorted(self.contenders, key=lambda contender: sign * contender.mean)

    def records(self) -> list[dict[str, Any]]:
        """A tidy row for each run."""
        return [
            {
                "name": contender.name,
                "run": run,
                "seed": seed,
                "part": self.part,
                "metric": self.metric,
                "value": score,
                "parameters": contender.parameters,
                "seconds_per_epoch": None if math.isnan(contender.seconds) else contender.seconds,
            }
            for contender in self.contenders
            for run, seed, score in contender.trainings()
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
        """The comparison as plain data, with None for numbers that are not finite."""
        tree: dict[str, Any] = _finite(asdict(self))
        return tree


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
