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
from rnnkit.report.parallel import draw_parallel
from rnnkit.storage.records import as_record
from rnnkit.storage.schemas import Best
from rnnkit.training.monitor import HIGHER_IS_BETTER
from rnnkit.workflows.sweep.space import Choices, Point, Space
from rnnkit.workflows.sweep.study import HELD_OUT, Trial

FEWEST = 8  # trials, for importances that are worth saying


@dataclass(frozen=True)
class Outcome:
    """What came of a trial.

    Args:
        number: The trial's.
        point: What it had in place of the config's own values.
        run: Its folder.
        score: Of the weights that it kept; None where it failed.
        epoch: That of these weights.
        seconds: Of all its epochs.
        problem: Why it failed; "" where it did not.
    """

    number: int
    point: Point
    run: str
    score: float | None
    epoch: int = 0
    seconds: float = 0.0
    problem: str = ""


@dataclass(frozen=True)
class Result:
    """A sweep.

    Args:
        metric: The score that chooses.
        outcomes: Of all trials that are done, the best first, then those that failed.
        importance: By key, the share of the scores' variance that its values alone explain; empty
            where the trials are too few.
        test: The winner's scores on the test part, by who reached them; empty where there is none.
        folder: Where the runs are.
    """

    metric: str
    outcomes: Sequence[Outcome]
    importance: Mapping[str, float]
    test: Mapping[str, Mapping[str, float]]
    folder: str

    @property
    def best(self) -> Outcome | None:
        """The winner; None where every trial failed."""
        first = self.outcomes[0] if self.outcomes else None
        return first if first and first.score is not None else None

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    def records(self) -> list[dict[str, Any]]:
        """A row for each trial."""
        return [
            {
                "trial": one.number,
                **one.point,
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
        known = [one for one in self.outcomes if one.score is not None]
        columns = {key: [one.point[key] for one in known] for key in known[0].point}
        scores = [one.score for one in known if one.score is not None]
        return draw_parallel(
            columns, scores, self.metric, is_higher_better(self.metric), self.importance
        )


def outcome_of(trial: Trial, problem: str = "") -> Outcome:
    """What came of a trial that is done, or failed."""
    if problem:
        return Outcome(trial.number, trial.point, str(trial.run), None, problem=problem)
    best = as_record(trial.run.load_manifest().get("best") or {}, Best, str(trial.run.manifest))
    seconds = float(np.nansum(trial.run.load_history().columns["seconds"]))
    return Outcome(
        trial.number,
        trial.point,
        str(trial.run),
        best.value,
        best.epoch,
        round(seconds, 2),
        "no complete epoch" if best.value is None else "",
    )


def is_higher_better(metric: str) -> bool:
    """Whether a score that is monitored, of validation or of training, is no error."""
    return metric.removeprefix(HELD_OUT) in HIGHER_IS_BETTER


def ranked(outcomes: Sequence[Outcome], metric: str) -> list[Outcome]:
    """The best first; those without a score last."""
    sign = -1 if is_higher_better(metric) else 1
    return sorted(
        outcomes,
        key=lambda one: (one.score is None, sign * (one.score or 0.0), one.number),
    )


def importance_of(space: Space, outcomes: Sequence[Outcome]) -> dict[str, float]:
    """By key, the share of the scores' variance that its values alone explain."""
    known = [one for one in outcomes if one.score is not None]
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
