"""Scores as DataFrames: each metric of a part, compared with baselines and the published figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, overload

from rnnkit.tasks.evaluation import COUNTS, OWN, PUBLISHED, Evaluation

if TYPE_CHECKING:
    import pandas as pd

Scores = Mapping[str, Mapping[str, Mapping[str, float]]]
"""The scores by part, row and metric, as in metrics.json."""


class Evaluations(Sequence[Evaluation]):
    """The evaluations of several parts of the data.

    Args:
        evaluations: An evaluation for each part.

    Examples:
        >>> [evaluation.part for evaluation in run.evaluate("train")]
        ['train']
    """

    def __init__(self, evaluations: Sequence[Evaluation]):
        self._evaluations = tuple(evaluations)

    @overload
    def __getitem__(self, index: int) -> Evaluation: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Evaluation]: ...
    def __getitem__(self, index: int | slice) -> Evaluation | Sequence[Evaluation]:
        return self._evaluations[index]

    def __len__(self) -> int:
        return len(self._evaluations)

    def __iter__(self) -> Iterator[Evaluation]:
        return iter(self._evaluations)

    def __repr__(self) -> str:
        return f"Evaluations({list(self._evaluations)!r})"

    def _repr_html_(self) -> str:
        return str(self.frame().to_html(index=False, na_rep=""))

    def frame(self) -> pd.DataFrame:
        """The scores, a row for each metric of a part.

        Returns:
            `part`, `metric`, `value` (the run's own), a column for each baseline, and `published`
            if there is a published figure; unknown scores are missing. Counts, such as the number
            of texts in a part, are in `Evaluation.rows`.

        Examples:
            >>> run.evaluate("train").frame().columns.tolist()[:3]
            ['part', 'metric', 'value']
        """
        return score_frame(
            {
                evaluation.part: {row.who: row.scores for row in evaluation.rows}
                for evaluation in self._evaluations
            }
        )


def score_frame(scores: Scores) -> pd.DataFrame:
    """The scores of a run, a row for each metric of a part; see `Evaluations.frame`."""
    import pandas as pd

    rows = []
    others = dict.fromkeys(
        name for models in scores.values() for name in models if name not in (OWN, PUBLISHED)
    )
    has_published = any(PUBLISHED in models for models in scores.values())
    names = [*others, *([PUBLISHED] if has_published else [])]
    for part, models in scores.items():
        metrics = dict.fromkeys(name for values in models.values() for name in values)
        for metric in metrics:
            if metric in COUNTS:
                continue
            row: dict[str, object] = {"part": part, "metric": metric}
            row["value"] = models.get(OWN, {}).get(metric)
            rows.append(row | {name: models.get(name, {}).get(metric) for name in names})
    frame = pd.DataFrame(rows, columns=["part", "metric", "value", *names])
    return frame.astype(dict.fromkeys(("value", *names), float))
