"""What a sweep finds: the trials by their score, and how much each key has to do with it."""

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

FEWEST = 8  # trials, for importances that are worth saying


@dataclass(frozen=True)
class Result:
    """A sweep.

    Args:
        metric: The score that chooses.
        outcomes: The outcomes of all trials, the best first, then those that were pruned or failed.
        importance: By key, the share of the scores' variance that its values alone explain; empty
            where the trials are too few.
        test: The winner's scores on the test part, by who reached them; empty if there is none.
        folder: Where the runs are.
    """

    metric: str
    outcomes: Sequence[Outcome]
    importance: Mapping[str, float]
    test: Mapping[str, Mapping[str, float]]
    folder: str

    @property
    def best(self) -> Outcome | None:
        """The winner; None if every trial failed."""
        first = self.outcomes[0] if self.outcomes else None
        return first if first and first.is_complete else None

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    def records(self) -> list[dict[str, Any]]:
        """A row for each trial."""
        return [
            {
                "trial": one.number,
                **{key: value_text(value) for key, value in one.point.items()},
                "state": one.state,
                self.metric: one.score,
                "epoch": one.epoch,
                "seconds": one.seconds,
                "problem": one.problem,
                "run": one.run,
            }
            for one in self.outcomes
        ]

    def csv(self) -> bytes:
        """A row for each trial, as CSV."""
        records, text = self.records(), io.StringIO()
        writer = csv.DictWriter(text, list(records[0]) if records else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
        return text.getvalue().encode("utf-8", "backslashreplace")

    def json(self) -> bytes:
        """All of it, as JSON."""
        return json.dumps(self.as_json(), indent=2, default=str).encode()

    def picture(self) -> bytes:
        """Each trial as a line through its values, and the importances, as a PNG."""
        known = [one for one in self.outcomes if one.is_complete]
        columns = {key: [_shown(one.point[key]) for one in known] for key in known[0].point}
        scores = [one.score for one in known if one.score is not None]
        return draw_parallel(
            columns, scores, self.metric, is_higher_better(self.metric), self.importance
        )


def _shown(value: Any) -> float | str:
    """A number, or anything else as it is typed."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else value_text(value)


def importance_of(space: Space, outcomes: Sequence[Outcome]) -> dict[str, float]:
    """By key, the share of the scores' variance that its values alone explain."""
    known = [one for one in outcomes if one.is_complete]
    if len(known) < FEWEST:
        return {}
    columns: dict[str, Sequence[Any]] = {}
    for key, domain in space.domains.items():
        values = [one.point[key] for one in known]
        if isinstance(domain, Choices):
            columns[key] = [repr(value) for value in values]
        else:
            columns[key] = np.log(values).tolist() if domain.is_log else values
    return importances(columns, [one.score for one in known if one.score is not None])
