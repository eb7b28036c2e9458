"""An HTTP server of small untrained runs, asked in this process."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import httpx2

from rnnkit.engine.forward import Engine
from rnnkit.serve.app import App
from rnnkit.serve.limits import Limits
from rnnkit.serve.served_runs import Models, ServedRun
from rnnkit.serve.state import Settings
from rnnkit.tasks.predictor import Predictor
from rnnkit.tasks.prepared import Source
from tests.helpers import classified, conditioned, forecasters, paired, tagged
from tests.helpers.exported import KINDS, exported
from tests.helpers.language_models import prepared, random_predictor, stream_model, window_model
from tests.helpers.random_models import random_weights

T = TypeVar("T")


def _classifier() -> Predictor:
    task = classified.table([("a good film", "pos"), ("a bad film", "neg")] * 8)
    return classified.random_predictor(task, task.prepare(Source()).codec)


def _tagger() -> Predictor:
    task = tagged.small(tagged.PLAIN)
    codec = task.prepare(Source()).codec
    architecture = task.network(codec).architecture
    return task.predictor(codec, Engine(architecture, random_weights(architecture, 0)))


def _stream() -> Predictor:
    task = stream_model()
    return random_predictor(task, prepared(task))


def _window() -> Predictor:
    task = window_model()
    return random_predictor(task, prepared(task))


def _names() -> Predictor:
    task = conditioned.conditioned()
    return conditioned.random_predictor(task, task.prepare(Source()))


def _of_a_calendar() -> Predictor:
    forecasters.write_series()
    return _forecaster(forecasters.series_config(columns="target: y, time: t, cycles: [day]"))


def _forecaster(config: str = "") -> Predictor:
    config = config or forecasters.numbers_config(range(40), timesteps=4, horizon=2)
    task = forecasters.forecasting(config)
    codec = task.prepare(Source()).codec
    architecture = task.network(codec).architecture
    return task.predictor(codec, Engine(architecture, random_weights(architecture, 0)))


def _steps() -> Predictor:
    return exported(KINDS["steps"]()).predictor


RUNS: dict[str, tuple[str, Callable[[], Predictor]]] = {
    "reviews": ("classification", _classifier),
    "tagger": ("tagging", _tagger),
    "steps": ("tagging", _steps),
    "stream": ("language_model", _stream),
    "window": ("language_model", _window),
    "names": ("conditioned_language_model", _names),
    "digits": ("seq2seq", lambda: paired.random_predictor(paired.seq2seq())[0]),
    "series": ("forecasting", _forecaster),
    "hours": ("forecasting", _of_a_calendar),
}


@cache  # a predictor only reads
def predictor(name: str) -> Predictor:
    """That of an untrained run."""
    before = Path.cwd()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            return RUNS[name][1]()
        finally:
            os.chdir(before)


def app_of(*names: str, api_key: str | None = None, **limits: Any) -> App:
    """An application of such runs."""
    runs = [ServedRun(name, RUNS[name][0], predictor(name)) for name in names]
    settings = Settings(Limits(**limits), api_key, ("localhost", "127.0.0.1"))
    return App(Models(runs), settings)


class Client(httpx2.AsyncClient):
    """Asks an application in this process."""

    async def predict(self, **body: Any) -> httpx2.Response:
        return await self.post("/v1/predict", json=body)

    async def complete(self, **body: Any) -> httpx2.Response:
        return await self.post("/v1/completions", json=body)


@contextmanager
def stopped(app: App) -> Iterator[None]:
    try:
        yield
    finally:
        app.state.stop()


def asked(app: App, ask: Callable[[Client], Coroutine[Any, Any, T]], **options: Any) -> T:
    """What a function gives that asks an application, which is stopped then."""

    async def run() -> T:
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=True)
        async with Client(transport=transport, base_url="http://localhost", **options) as client:
            return await asyncio.wait_for(ask(client), 60)

    with stopped(app):
        return asyncio.run(run())


def pieces(response: httpx2.Response) -> list[Any]:
    """The content of each event; the last one ends a stream."""
    lines = [line for line in response.text.split("\n\n") if line]
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
