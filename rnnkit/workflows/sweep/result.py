"""The result of a sweep: its trials ranked by score, and the importance of each key."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rnnkit.metrics.importance import importances
from rnnkit.report.parallel_coordinates import draw_parallel
from rnnkit.workflows.sweep.outcome import Outcome, is_higher_better
from rnnkit.workflows.sweep.space import Choices, Space, value_text

MIN_TRIALS = 8  # fewer do not tell the importance of keys


@dataclass(frozen=True)
class Result:
    """The result of a sweep.

    Args:
        metric: The score that chooses the best trial.
        outcomes: The outcomes from best to worst, then those of pruned and failed trials.
        importance: By key, the fraction of the scores' variance that its values alone explain;
            empty if the trials are too few.
        test: The scores on the test part of the best trial and of the baselines, by name; empty if
            there is no test part.
        folder: The folder of the runs.
    """

    metric: str
    outcomes: Sequence[Outcome]
    importance: Mapping[str, float]
    test: Mapping[str, Mapping[str, float]]
    folder: str

    @property
    def best(self) -> Outcome | None:
        """The outcome of the best trial; None if none is complete."""
        first = self.outcomes[0] if self.outcomes else None
        return first if first and first.is_complete else None

    def as_json(self) -> dict[str, Any]:
        """The result as plain data."""
        return asdict(self)

    def records(self) -> list[dict[str, Any]]:
        """A row for each trial."""
        return [
            {
                "trial": outcome.number,
                **{key: value_text(value) for key, value in outcome.point.items()},
                "state": outcome.state,
                self.metric: outcome.score,
                "epoch": outcome.epoch,
                "seconds": outcome.seconds,
                "problem": outcome.problem,
                "run": outcome.run,
            }
            for outcome in self.outcomes
        ]

    def csv(self) -> bytes:
        """A row for each trial, as CSV."""
        records, text = self.records(), io.StringIO()
        writer = csv.DictWriter(text, list(records[0]) if records else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
        return text.getvalue().encode("utf-8", "backslashreplace")

    def json(self) -> bytes:
        """The result as JSON."""
        return json.dumps(self.as_json(), indent=2, default=str).encode()

    def picture(self) -> bytes:
        """A chart in parallel coordinates, with a line for each trial and the importances: PNG."""
        complete = [outcome for outcome in self.outcomes if outcome.is_complete]
        columns = {
            key: [_coordinate(outcome.point[key]) for outcome in complete]
            for key in complete[0].point
        }
        scores = [outcome.score for outcome in complete if outcome.score is not None]
        return draw_parallel(
            columns, scores, self.metric, is_higher_better(self.metric), self.importance
        )


def _coordinate(value: Any) -> float | str:
    """A number, or the text of any other value."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else value_text(value)


def importance_of(space: Space, outcomes: Sequence[Outcome]) -> dict[str, float]:
    """By key, the fraction of the scores' variance that its values alone explain; empty if fewer
    than MIN_TRIALS trials are complete.
    """
    complete = [outcome for outcome in outcomes if outcome.is_complete]
    if len(complete) < MIN_TRIALS:
        return {}
    columns: dict[str, Sequence[Any]] = {}
    for key, domain in space.domains.items():
        values = [outcome.point[key] for outcome in complete]
        if isinstance(domain, Choices):
            columns[key] = [repr(value) for value in values]
        else:
            columns[key] = np.log(values).tolist() if domain.is_log else values
    scores = [outcome.score for outcome in complete if outcome.score is not None]
    return importances(columns, scores)
