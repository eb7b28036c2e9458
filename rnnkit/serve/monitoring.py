"""Whether the server is well, what it counts, and which runs it has."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from rnnkit.serve.predict import json
from rnnkit.serve.served import Served
from rnnkit.serve.state import State, state_of

Gauge = tuple[str, str, dict[str, str], float]


async def health(request: Request) -> Response:
    """Whether the server answers."""
    is_stopping = state_of(request).is_stopping
    status, code = ("stopping", 503) if is_stopping else ("ok", 200)
    return json({"status": status}, code)


async def metrics(request: Request) -> Response:
    """What the server counts, as Prometheus reads it."""
    state = state_of(request)
    text = "\n".join(state.metrics.lines(_gauges(state))) + "\n"
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _gauges(state: State) -> Iterator[Gauge]:
    yield "rnnkit_sessions", "Talks whose state is kept.", {}, len(state.sessions)
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
    """The runs that are served."""
    runs = state_of(request).models.values()
    return json({"object": "list", "data": [_described(run) for run in runs]})


async def model(request: Request) -> Response:
    """A run that is served."""
    return json(_described(state_of(request).models.named(request.path_params["name"])))


def _described(run: Served) -> dict[str, object]:
    return {
        "id": run.name,
        "object": "model",
        "created": run.since,
        "owned_by": "rnnkit",
        "task": run.task,
        "endpoints": run.does,
    }
