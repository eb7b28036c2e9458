"""The query that a text stands for, and a run's answer to it."""

from __future__ import annotations

from rnnkit.errors import RnnkitError, at
from rnnkit.tasks.capabilities import Forecasts, GeneratesFromCondition
from rnnkit.tasks.predictor import Predictor
from rnnkit.tasks.task import Task


def query_of(
    predictor: Predictor,
    text: str,
    condition: str | None = None,
    *,
    place: str = "--text",
    series: str = "Leave out --text, or write --input FILE",
) -> object:
    """The query of a text and its condition.

    Args:
        predictor: The run's predictor.
        text: As in `predict`.
        condition: As in `generate`; None for nothing.
        place: Where the text comes from, for messages.
        series: The hint for a forecaster whose series cannot be written as text.

    Raises:
        RnnkitError: If either cannot be read, a condition is missing, or the model takes none.
    """
    if isinstance(predictor, GeneratesFromCondition):
        with at("--condition"):
            vector = predictor.condition(condition)
        with at(place):
            return predictor.conditioned(text, vector)
    if condition is not None:
        got, expected = "a model that reads no condition", "Expected one that does"
        raise RnnkitError("--condition", got, expected, "Remove it, or name another run")
    with at(place):
        try:
            return predictor.parse(text)
        except RnnkitError as error:  # the hint for such a series is that of another verb
            if isinstance(predictor, Forecasts):
                error.hint = error.hint and series
            raise


def query_and_answer(
    predictor: Predictor, text: str, condition: str | None = None
) -> tuple[object, object]:
    """The query of a text and the run's answer; arguments as in `query_of`.

    Raises:
        RnnkitError: If it cannot be read, or is empty.
    """
    query = query_of(predictor, text, condition, series="Write --newest instead of --text")
    with at("--text"):
        (answer,) = predictor.predict([query])
        if answer is None:
            raise RnnkitError("", f"no answer to {text!r}", "Expected a text that is not empty")
        return query, answer


def newest_forecast(task: Task, predictor: Predictor) -> tuple[object, object]:
    """The series that a forecaster was trained on, and the forecast after its end.

    Raises:
        RnnkitError: If the run does not forecast, or its series cannot be read.
    """
    if not isinstance(predictor, Forecasts):
        got = f"a {task.kind()} run"
        raise RnnkitError("--newest", got, f"Expected a run that {Forecasts.does}")
    with at("data.dataset"):
        series = predictor.series(None)
        return series, predictor.forecast(series)
