"""`POST /v1/predict`: what a run answers to a text, to many, or to numbers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from rnnkit.errors import RnnkitError
from rnnkit.serve.body import read
from rnnkit.serve.queries import Rows, forecast_of, queries_of, require_answer, rows_of
from rnnkit.serve.remarks import for_a_request
from rnnkit.serve.requests import PredictRequest
from rnnkit.serve.served import Served
from rnnkit.serve.state import State, state_of
from rnnkit.tasks.capabilities import Forecasts, GeneratesFromCondition


async def predict(request: Request) -> Response:
    """Answers texts or numbers."""
    state = state_of(request)
    asked = await read(request, PredictRequest, state.limits)
    run = state.models.named(asked.model)
    rows, remarks = await predictions(state, run, asked.data, asked.top, asked.horizon)
    return json({"model": run.name, "predictions": rows, "remarks": remarks})


async def predictions(
    state: State, run: Served, data: object, top: int | None, horizon: int | None
) -> tuple[list[Rows | None], list[str]]:
    """The answer to each query as rows, and remarks on what of a single one is not read.

    Args:
        state: The server's.
        run: The run that is asked.
        data: What is asked.
        top: How many of the possible answers; None for what a file gets.
        horizon: Steps ahead, of a forecaster.

    Raises:
        RnnkitError: If it cannot be answered.
    """
    worker, predictor, limits = state.workers[run.name], run.predictor, state.limits
    remarks: list[str] = []

    @contextlib.contextmanager
    def kept() -> Iterator[None]:
        with for_a_request() as said:
            yield
        remarks.extend(said)

    if isinstance(predictor, Forecasts):
        forecasts = predictor

        def forecast() -> list[Rows | None]:
            with kept():
                return list(forecast_of(forecasts, data, horizon, limits))

        return await worker.do(forecast), remarks
    if isinstance(predictor, GeneratesFromCondition):
        got, expected = f"a {run.task} run", "Expected one that answers texts"
        raise RnnkitError("model", got, expected, f"Ask it with {run.does[0]}")
    if horizon is not None:
        got = f"found {horizon}, but {run.name} does not forecast"
        raise RnnkitError("horizon", got, "Expected a request without it")

    def queries() -> list[object]:
        with kept():
            return queries_of(predictor, data, limits)

    def rows(asked: list[object], answers: list[object]) -> list[Rows | None]:
        with kept():
            found = rows_of(predictor, asked, answers, top)
            require_answer(found, data)
            return found

    return await worker.answer(queries, rows), remarks


def json(content: object, status: int = 200) -> Response:
    """A response; what is not a number is null."""
    return Response(to_json(content, inf_nan_mode="null"), status, media_type="application/json")
