"""The result of an evaluation: scores compared with baselines, tables, a confusion matrix."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from rnnkit.data.raw.reference_scores import ReferenceScores
from rnnkit.metrics.row_scores import RowScores
from rnnkit.tasks.published import Published

if TYPE_CHECKING:
    from rnnkit.report.exhibits import Exhibit

Cell = str | int | float

OWN, PUBLISHED = "this run", "published"
"""The names of the rows of the run itself and of the published figure."""

CEILING = "ceiling"
"""The prefix of a row's name that holds the best possible score."""

LESS_IS_BETTER = (
    *("loss", "log_loss", "perplexity", "bits_per_character", "calibration_error"),
    *("mse", "mae", "rmse", "smape", "mase"),
)
"""Scores of which less is better; of all others more is."""

COUNTS = ("correct", "tokens", "texts", "steps")
"""Scores that are counts, which are shown with the accuracy."""


@dataclass(frozen=True)
class Score:
    """One row of an evaluation: a model and its scores by name."""

    who: str
    scores: dict[str, float]
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A further table of an evaluation, such as the scores of each label."""

    title: str
    header: list[str]
    rows: list[list[Cell]]


@dataclass(frozen=True)
class Confusion:
    """How often each true label (rows) got each answer (columns)."""

    labels: list[str]
    counts: list[list[int]]

    def table(self, title: str) -> Table:
        """The counts as a table."""
        rows: list[list[Cell]] = [
            [name, *row] for name, row in zip(self.labels, self.counts, strict=True)
        ]
        return Table(title, ["", *self.labels], rows)


@dataclass(frozen=True)
class Evaluation:
    """Scores on one part of the data, the run's own first, then baselines."""

    part: str
    rows: list[Score]
    notes: list[str]
    tables: list[Table] = field(default_factory=list)
    confusion: Confusion | None = None

    def without(self, title: str) -> Evaluation:
        """The same evaluation without the tables of this title."""
        return replace(self, tables=[table for table in self.tables if table.title != title])


LISTED_MISTAKES = 10
"""How many of the worst answers a report lists."""

MISTAKES = "the most confident mistakes"
"""The title of the table of the worst answers."""


class Evaluator(ABC):
    """Scores a predictor on parts of the data; baselines are fitted once, on first use."""

    measured: Mapping[str, Mapping[str, Mapping[str, float]]] = MappingProxyType({})
    """Scores of parts that are known already, by part and row: baselines among them need not be
    computed again.
    """

    @abstractmethod
    def evaluate(self, part: str, errors: int = 0) -> Evaluation:
        """Scores a part, compared with its baselines.

        Args:
            part: A part of the data.
            errors: How many of the most confident mistakes to list, where the task lists them.
        """

    def row_scores(self, part: str) -> list[RowScores]:
        """What each row of a part contributes to the scores by which runs are compared, the main
        score first; empty if the runs of this task cannot be compared.

        Args:
            part: A part of the data.
        """
        return []

    def worst(self, part: str) -> list[Exhibit]:
        """The exhibits of a report on the worst answers, if `evaluate` does not tabulate them.

        Args:
            part: A part of the data, which is scored already.
        """
        return []

    def exhibits(self, part: str) -> list[Exhibit]:
        """The exhibits of a report on a part, beyond scores and tables, such as a forecast.

        Args:
            part: A part of the data.
        """
        return []


def is_better(metric: str, value: float, than: float) -> bool:
    """Whether a score is better than another."""
    return value < than if metric in LESS_IS_BETTER else value > than


def is_published(who: str) -> bool:
    """Whether a row is a published figure, not a baseline."""
    return who == PUBLISHED or who.endswith(f"({PUBLISHED})")


def published_rows(published: Published | None, part: str) -> list[Score]:
    """The published figure as a row, if there is one for this part."""
    if published is None or published.part != part:
        return []
    return [Score(PUBLISHED, {published.metric: published.value}, published.source)]


FURTHER = "data"
"""The part that is a further file, about which nothing is known in advance."""


@dataclass(frozen=True)
class Outside:
    """Scores from outside the run, for comparison.

    Args:
        published: The figure that the config names.
        known: Scores that are known for the data set.
    """

    published: Published | None = None
    known: Sequence[ReferenceScores] = ()

    def knows(self, metric: str) -> bool:
        """Whether the data set has a known score in this metric."""
        return any(metric in known.scores for known in self.known)

    def rows(self, part: str, metrics: Container[str]) -> list[Score]:
        """The scores of a part as rows, in metrics that the run has, too."""
        rows = [] if part == FURTHER else [_shared(known, metrics) for known in self.known]
        return [*(row for row in rows if row.scores), *published_rows(self.published, part)]


def _shared(known: ReferenceScores, metrics: Container[str]) -> Score:
    scores = {name: value for name, value in known.scores.items() if name in metrics}
    return Score(known.who, scores, known.note)
