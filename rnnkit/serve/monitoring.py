"""Endpoints for health, metrics and the list of runs."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from rnnkit.serve.predict import json
from rnnkit.serve.served_runs import ServedRun
from rnnkit.serve.state import State, state_of

Gauge = tuple[str, str, dict[str, str], float]


async def health(request: Request) -> Response:
    """Tells whether the server answers requests."""
    is_stopping = state_of(request).is_stopping
    status, code = ("stopping", 503) if is_stopping else ("ok", 200)
    return json({"status": status}, code)


async def metrics(request: Request) -> Response:
    """Gives the metrics in the format of Prometheus."""
    state = state_of(request)
    text = "\n".join(state.metrics.lines(_gauges(state))) + "\n"
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _gauges(state: State) -> Iterator[Gauge]:
    yield "rnnkit_sessions", "Sessions whose state is kept.", {}, len(state.sessions)
    workers = state.workers.items()
    for name, worker in workers:
        yield "rnnkit_queue", "Requests that wait or are computed.", {"model": name}, worker.waiting
    batch, rows = "Texts that were computed at once, on average.", "Texts decoded at once."
    for name, worker in workers:
        times, texts = worker.batches
        yield "rnnkit_batch_texts", batch, {"model": name}, texts / max(times, 1)
    for name, worker in workers:
        steps, count = worker.decoder.steps
        yield "rnnkit_step_rows", rows, {"model": name}, count / max(steps, 1)


async def models(request: Request) -> Response:
    """Lists the runs that are served."""
    runs = state_of(request).models.values()
    return json({"object": "list", "data": [_description(run) for run in runs]})


async def model(request: Request) -> Response:
    """Describes a run that is served."""
    return json(_description(state_of(request).models.named(request.path_params["name"])))


def _description(run: ServedRun) -> dict[str, object]:
    return {
        "id": run.name,
        "object": "model",
        "created": run.since,
        "owned_by": "rnnkit",
        "task": run.task,
        "endpoints": run.does,
    }
