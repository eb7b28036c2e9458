"""What an evaluation says: scores compared with baselines, tables, and how often labels are
confused."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from rnnkit.data.raw.known import Known
from rnnkit.metrics.row_scores import RowScores
from rnnkit.tasks.published import Published

Cell = str | int | float

OWN, PUBLISHED = "this run", "published"
"""What the rows of the run itself and of the published figure are called."""

CEILING = "ceiling"
"""How the name of a row begins that holds the best that is possible."""

LESS_IS_BETTER = (
    *("loss", "log_loss", "perplexity", "bits_per_character", "calibration_error"),
    *("mse", "mae", "rmse", "smape", "mase"),
)

if TYPE_CHECKING:
    from rnnkit.report.exhibits import Exhibit
"""Scores that are errors; of all others more is better."""

COUNTS = ("correct", "tokens", "texts", "steps")
"""Scores that are counts, shown with the accuracy."""


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
        """The same without the tables of this title."""
        return replace(self, tables=[table for table in self.tables if table.title != title])


LISTED_MISTAKES = 10
"""How many of the worst answers a report lists."""

MISTAKES = "the most confident mistakes"
"""The title of the table of these."""


class Evaluator(ABC):
    """Scores a predictor on parts of the data; baselines are fitted once, when one is needed."""

    measured: Mapping[str, Mapping[str, Mapping[str, float]]] = MappingProxyType({})
    """Scores of parts that are known already, by who reached them: a simple method among them need
    not be asked again.
    """

    @abstractmethod
    def evaluate(self, part: str, errors: int = 0) -> Evaluation:
        """Scores a part, compared with its baselines.

        Args:
            part: A part of the data.
            errors: How many of the most confident mistakes to list, where the task lists them.
        """

    def row_scores(self, part: str) -> list[RowScores]:
        """What each row of a part adds to the scores by which runs are compared, the usual score
        first; none where the task has none, so that its runs are not compared.

        Args:
            part: A part of the data.
        """
        return []

    def worst(self, part: str) -> list[Exhibit]:
        """What a report shows of the answers that were most wrong, where they are not among the
        tables of `evaluate`.

        Args:
            part: A part of the data, which is scored already.
        """
        return []

    def exhibits(self, part: str) -> list[Exhibit]:
        """What a report shows of a part beyond scores and tables, such as a forecast.

        Args:
            part: A part of the data.
        """
        return []


def is_better(metric: str, value: float, than: float) -> bool:
    """Whether a score is better than another one."""
    return value < than if metric in LESS_IS_BETTER else value > than


def is_published(who: str) -> bool:
    """Whether a row is a figure of others, and so no simple method."""
    return who == PUBLISHED or who.endswith(f"({PUBLISHED})")


def published_rows(published: Published | None, part: str) -> list[Score]:
    """The published figure as a row, where there is one for this part."""
    if published is None or published.part != part:
        return []
    return [Score(PUBLISHED, {published.metric: published.value}, published.source)]


FURTHER = "data"
"""The part that is a further file, of which nothing is known in advance."""


@dataclass(frozen=True)
class Outside:
    """Scores that no model of this run gives.

    Args:
        published: The figure that the config names.
        known: What the data set knows of itself.
    """

    published: Published | None = None
    known: Sequence[Known] = ()

    def knows(self, metric: str) -> bool:
        """Whether there is such a score of the data set."""
        return any(metric in known.scores for known in self.known)

    def rows(self, part: str, metrics: Container[str]) -> list[Score]:
        """Those of a part, in metrics that the run has too."""
        rows = [] if part == FURTHER else [_shared(known, metrics) for known in self.known]
        return [*(row for row in rows if row.scores), *published_rows(self.published, part)]


def _shared(known: Known, metrics: Container[str]) -> Score:
    scores = {name: value for name, value in known.scores.items() if name in metrics}
    return Score(known.who, scores, known.note)
