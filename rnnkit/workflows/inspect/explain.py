"""What each part of an input contributed to a run's answer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from rnnkit.errors import RnnkitError, at
from rnnkit.insight.attribution import Attribution
from rnnkit.insight.integrated import integrated_gradients
from rnnkit.insight.leave_one_out import leave_one_out
from rnnkit.insight.path import Path
from rnnkit.insight.question import Question
from rnnkit.insight.scores import LOG_ODDS
from rnnkit.models.activations import sigmoid
from rnnkit.progress import log
from rnnkit.run import RunFolder
from rnnkit.tasks.capabilities import About, Explains, Forecasts
from rnnkit.tasks.predictor import Predictor
from rnnkit.workflows.inspect.layers import require_known
from rnnkit.workflows.inspect.queries import query_of
from rnnkit.workflows.series import place_of, read_series
from rnnkit.workflows.trained import Trained, find_trained, load_trained, open_run

USUAL = About()
Method = Literal["leave-one-out", "integrated"]
METHODS: tuple[Method, ...] = get_args(Method)
LEFT_OUT, INTEGRATED = METHODS


@dataclass(frozen=True)
class Part:
    """The contribution of one part of an input.

    Args:
        part: A token, or a step.
        contribution: To the score, in its unit; positive in favour of the answer.
        without: The probability, or the number, without the part; None if it was not computed.
        feature: The feature of the step; "" for a token.
        lag: For a series, how many steps before the first step ahead: 1 is the newest; None
            otherwise.
    """

    part: str
    contribution: float
    without: float | None = None
    feature: str = ""
    lag: int | None = None


@dataclass(frozen=True)
class Explanation:
    """An answer, and the contribution of each part of the input.

    Args:
        answer: A label, a tag, a token, or a target of a series.
        unit: The unit of the score: "log-odds", or a series' target.
        score: The score of the whole input.
        probability: The probability of the answer; None for a number.
        manner: How a part is left out, in words.
        base: The number to which the model adds its output, independent of the input; None if
            there is none.
        method: How contributions are computed.
        start: The score of an input without information; integrated gradients and `start` add up
            to `score`. None for leave-one-out.
        error: The largest difference of that sum from `score`; None for leave-one-out.
        points: The number of points computed on the path.
        parts: The parts, in the order of the input.
    """

    answer: str
    unit: str
    score: float
    probability: float | None
    manner: str
    base: float | None
    method: Method
    start: float | None
    error: float | None
    points: int
    parts: list[Part]


def explain(
    name: str | None,
    text: str | None,
    about: About = USUAL,
    *,
    source: str | None = None,
    method: Method = LEFT_OUT,
    condition: str | None = None,
) -> list[Explanation]:
    """Computes what each part of an input contributed to a run's answer.

    Args:
        name: A run's folder or name; None for the newest that explains.
        text: As in `predict`; None for the series of a forecaster.
        about: The answer to explain, and its token.
        source: A table with the series of a forecaster.
        method: "leave-one-out", the score with a part minus the score without it; or
            "integrated", integrated gradients, which add up to the score.
        condition: As in `generate`: what the text is conditioned on.

    Returns:
        One explanation; for a decoder one for each token of its target.

    Raises:
        RnnkitError: If there is no such run, answer or token, or the input cannot be read.
    """
    trained = load_trained(find_trained(name, Explains))
    place = "--text" if text is not None else place_of(source)
    query = query_of_text(trained, text, source, condition)
    return explain_query(trained, query, about, method, place=place)


def query_of_text(
    trained: Trained, text: str | None, source: object | None, condition: str | None = None
) -> object:
    """The query of a text, or of the series of a forecaster.

    Raises:
        RnnkitError: If it cannot be read, or is missing.
    """
    if text is not None:
        return query_of(trained.predictor, text, condition)
    if not isinstance(trained.predictor, Forecasts):
        got = f"a {trained.task.kind()} run"
        if source is not None:
            raise RnnkitError("--input", got, "Expected a run that forecasts", "Write --text TEXT")
        raise RnnkitError(str(trained.run), got, "Expected a text", "Write --text TEXT")
    series = read_series(trained.predictor, trained.run, source)
    if not series.members:
        return series
    first, *others = series.each
    which = f"{first.name}, the first of {len(others) + 1:,} series, is explained"
    log.info(f"{which}; a table of another in --input shows that")
    return first


def explain_query(
    trained: Trained, query: object, about: About, method: Method = LEFT_OUT, *, place: str
) -> list[Explanation]:
    """As `explain`, of a query; `place` says where it comes from, for messages."""
    path = _path(trained.run) if method == INTEGRATED else None
    predictor: Predictor = trained.predictor
    if path is not None:
        predictor = trained.task.predictor(trained.predictor.codec, path)
    assert isinstance(predictor, Explains)
    with _read_from(place):
        question = predictor.question(query, about)
    if path is None:
        return explained(question, leave_one_out(question), method)
    with at(str(trained.run)):
        return explained(question, integrated_gradients(question, path), method)


@contextlib.contextmanager
def _read_from(place: str) -> Iterator[None]:
    """Adds the place of the input to errors that name no option."""
    try:
        yield
    except RnnkitError as error:
        if not error.where.startswith("--"):
            error.where = ": ".join(filter(None, (place, error.where)))
        raise


def _path(run: RunFolder) -> Path:
    """A run's model, to be differentiated by NumPy.

    Raises:
        RnnkitError: If NumPy cannot compute a layer.
    """
    _, _, architecture, weights = open_run(run)
    require_known(architecture, str(run), otherwise=f"--method {LEFT_OUT}")
    return Path(architecture, weights)


def explained(question: Question, attribution: Attribution, method: Method) -> list[Explanation]:
    """One explanation for each answer of the question."""
    return [
        _explanation(question, attribution, number, method) for number in range(len(question.of))
    ]


def _explanation(
    question: Question, attribution: Attribution, number: int, method: Method
) -> Explanation:
    score, is_choice = float(attribution.whole[number]), question.score.unit == LOG_ODDS
    adds_up = attribution.start is not None
    parts = []
    for step, row in enumerate(attribution.contributions[..., number].tolist()):
        for feature, contribution in enumerate(row):
            rest = score - contribution
            without = None if adds_up else _probability(rest) if is_choice else rest
            name = question.features[feature] if question.features else ""
            lag = None if question.lags is None else int(question.lags[step, feature])
            parts.append(Part(question.parts[step], contribution, without, name, lag))
    return Explanation(
        answer=question.of[number],
        unit=question.score.unit,
        score=score,
        probability=_probability(score) if is_choice else None,
        manner=question.blank if adds_up else question.manner,
        base=question.score.start,
        method=method,
        start=float(attribution.start[number]) if attribution.start is not None else None,
        error=attribution.error if adds_up else None,
        points=attribution.points,
        parts=parts,
    )


def _probability(log_odds: float) -> float:
    return float(sigmoid(np.array(log_odds)))
