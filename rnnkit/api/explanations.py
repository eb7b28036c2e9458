"""Explanations of a run's answers by what they depend on."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rnnkit.api.arguments import checked
from rnnkit.api.opened_run import OpenedRun
from rnnkit.api.queries import queries_of
from rnnkit.api.series import series_data
from rnnkit.config.mistakes import shown
from rnnkit.errors import RnnkitError
from rnnkit.tasks.capabilities import About, Explains, Forecasts, GeneratesFromCondition
from rnnkit.workflows.inspect.explain import (
    LEFT_OUT,
    METHODS,
    Explanation,
    Method,
    explain_query,
    query_of_text,
)
from rnnkit.workflows.inspect.queries import query_of
from rnnkit.workflows.trained import Trained, capable

if TYPE_CHECKING:
    import pandas as pd


class ExplainedRun(OpenedRun):
    """A run that explains its answers; arguments as in `OpenedRun`."""

    @checked
    def explain(
        self,
        data: Any = None,
        *,
        label: str | None = None,
        at: str | int | None = None,
        method: Method = LEFT_OUT,
        condition: str | None = None,
    ) -> pd.DataFrame:
        """How much each token contributed to an answer, or each feature at each lag to a forecast.
        The score of a label, a tag or a token is its log-odds, ln(p / (1 - p)); that of a forecast
        is the number itself.

        Args:
            data: One text, list of tokens or sequence of numbers, as in `predict`; for a forecaster
                a series, as in `forecast`.
            label: The label, tag, token or target to explain; None for the run's answer.
            at: The token whose tag is explained, the token of a target or a text, or the step
                ahead: the token itself, or its number from 1.
            method: "leave-one-out", the score with a part minus that without it; or "integrated",
                integrated gradients, which add up to the score minus that of a neutral input
                (`attrs["start"]`).
            condition: What the text is conditioned on, as in `generate`.

        Returns:
            A row for each token (`token`), or each number (`step` or `lag`, and `feature`), with
            its `contribution` and, if it was left out, the probability or the number `without` it;
            for a decoder, first the token of the target that is explained (`target`). `attrs` has
            the "answer", its "score", its "probability" and the "unit" of the score.

        Examples:
            >>> run.explain("had a general").token.tolist()
            ['had', 'a', 'general']
            >>> run.explain("had a general").attrs["answer"]
            'council'

        Raises:
            RnnkitError: If the run cannot explain its answers or read the data, or there is no such
                label or token.
        """
        if method not in METHODS:
            expected = f"Expected one of: {', '.join(METHODS)}"
            raise RnnkitError("method", f"found {method!r}", expected)
        trained = self.trained
        capable(trained, Explains)
        about = About(label, None if at is None else str(at))
        query = _query(trained, data, condition)
        return _frame(explain_query(trained, query, about, method, place="data"))


def _query(trained: Trained, data: Any, condition: str | None) -> object:
    """The single query in the data.

    Raises:
        RnnkitError: If the run cannot read it, or there are several.
    """
    predictor = trained.predictor
    if isinstance(predictor, GeneratesFromCondition) or condition is not None:
        if not isinstance(data, str | None):
            raise RnnkitError("data", f"found {shown(data)}", "Expected a text")
        return query_of(
            predictor, data or "", condition, place="data", series="Give the series as a table"
        )
    if isinstance(predictor, Forecasts) and not isinstance(data, str):
        return query_of_text(trained, None, series_data(data))
    queries = queries_of(trained, data).queries
    if len(queries) != 1:
        expected = "Expected one text, list of tokens or sequence of numbers"
        raise RnnkitError("data", f"found {shown(data)}", expected)
    return queries[0]


def _frame(explanations: list[Explanation]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for explanation in explanations:
        target = {"target": explanation.answer} if len(explanations) > 1 else {}
        rows += [target | _row(asdict(part)) for part in explanation.parts]
    frame = pd.DataFrame(rows)
    if len(explanations) == 1:
        (single,) = explanations
        frame.attrs = {
            "answer": single.answer,
            "score": single.score,
            "probability": single.probability,
            "unit": single.unit,
            **({} if single.start is None else {"start": single.start, "error": single.error}),
        }
    return frame


def _row(part: dict[str, Any]) -> dict[str, Any]:
    """A part as a row, without the columns that it lacks."""
    name, lag, feature = part.pop("part"), part.pop("lag"), part.pop("feature")
    if part["without"] is None:
        part.pop("without")
    if not feature:
        return {"token": name, **part}
    return {**({"step": name} if lag is None else {"lag": lag}), "feature": feature, **part}
