"""`POST /v1/predict`: a run's answers to texts, records or numbers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from rnnkit.errors import RnnkitError
from rnnkit.serve.body import read
from rnnkit.serve.queries import Rows, forecast_of, queries_of, require_answer, rows_of
from rnnkit.serve.remarks import request_remarks
from rnnkit.serve.requests import PredictRequest
from rnnkit.serve.served_runs import ServedRun
from rnnkit.serve.state import State, state_of
from rnnkit.tasks.capabilities import Forecasts, GeneratesFromCondition


async def predict(request: Request) -> Response:
    """Answers texts or numbers."""
    state = state_of(request)
    body = await read(request, PredictRequest, state.limits)
    run = state.models.named(body.model)
    rows, remarks = await predictions(state, run, body.data, body.top, body.horizon)
    return json({"model": run.name, "predictions": rows, "remarks": remarks})


async def predictions(
    state: State, run: ServedRun, data: object, top: int | None, horizon: int | None
) -> tuple[list[Rows | None], list[str]]:
    """The answer to each query as rows, and remarks on what a single query holds but is not read.

    Args:
        state: The state of the server.
        run: The run that answers.
        data: The field `data` of the request.
        top: How many of the possible answers; None for the columns that files get.
        horizon: Steps ahead, for a forecaster.

    Raises:
        RnnkitError: If it cannot be answered.
    """
    worker, predictor, limits = state.workers[run.name], run.predictor, state.limits
    remarks: list[str] = []

    @contextlib.contextmanager
    def remarks_collected() -> Iterator[None]:
        with request_remarks() as further:
            yield
        remarks.extend(further)

    if isinstance(predictor, Forecasts):
        forecasts = predictor

        def forecast() -> list[Rows | None]:
            with remarks_collected():
                return list(forecast_of(forecasts, data, horizon, limits))

        return await worker.do(forecast), remarks
    if isinstance(predictor, GeneratesFromCondition):
        got, expected = f"a {run.task} run", "Expected one that answers texts"
        raise RnnkitError("model", got, expected, f"Ask it with {run.does[0]}")
    if horizon is not None:
        got = f"found {horizon}, but {run.name} does not forecast"
        raise RnnkitError("horizon", got, "Expected a request without it")

    def queries() -> list[object]:
        with remarks_collected():
            return queries_of(predictor, data, limits)

    def rows(queries: list[object], answers: list[object]) -> list[Rows | None]:
        with remarks_collected():
            found = rows_of(predictor, queries, answers, top)
            require_answer(found, data)
            return found

    return await worker.answer(queries, rows), remarks


def json(content: object, status: int = 200) -> Response:
    """A JSON response, with null for NaN and infinity."""
    return Response(to_json(content, inf_nan_mode="null"), status, media_type="application/json")
