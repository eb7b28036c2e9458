"""What holds for every request: who may ask, what is too much, and that a wrong one harms none."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.serve.served_runs import Models, ServedRun
from tests.helpers.served import Client, app_of, asked, predictor

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"a"',
        b'{"data": NaN}',
        b'{"data": 1e999}',
        b'{"data": "\\ud800"}',
        b'{"data": "\xff"}',
        b"[" * 100_000,
        b'{"data": ' + b"9" * 5_000 + b"}",
        b'{"data": "a", "top": ' + b"9" * 500 + b"}",
        b'{"data": "a"} trailing',
        b"\xef\xbb\xbf{}",
        b'{"data": ' + b"[" * 150 + b"]" * 150 + b"}",
    ],
)
def test_malformed_bodies_are_refused(body: bytes) -> None:
    async def ask(client: Client) -> Any:
        wrong = [
            await client.post(path, content=body, headers=JSON)
            for path in ("/v1/predict", "/v1/completions", "/v2/models/reviews/infer")
        ]
        return wrong, await client.predict(data="a good film")

    wrong, right = asked(app_of("reviews"), ask)
    assert {one.status_code for one in wrong} == {400}
    assert all(one.json()["error"] for one in wrong)
    assert right.status_code == 200


def test_bodies_that_are_too_large_or_too_slow_or_not_json_are_refused() -> None:
    read = [0]

    async def large() -> AsyncIterator[bytes]:
        while True:
            read[0] += 1000
            yield b" " * 1000

    async def slow() -> AsyncIterator[bytes]:
        yield b'{"data": '
        await asyncio.sleep(60)
        yield b""

    async def ask(client: Client) -> Any:
        def send(content: Any, **headers: str) -> Any:
            return client.post("/v1/predict", content=content, headers={**JSON, **headers})

        return [
            await send(b"{}", **{"Content-Length": "100000000"}),
            await send(large()),
            await send(slow()),
            await client.post("/v1/predict", content=b'{"data": "a"}'),
            await send(b"{}", **{"Content-Type": "text/plain; application/json"}),
            await send(b"{}", **{"Content-Encoding": "gzip"}),
        ]

    responses = asked(app_of("reviews", body_bytes=100_000, receive_seconds=0.2), ask)
    assert [one.status_code for one in responses] == [413, 413, 408, 415, 415, 415]
    assert [one.headers.get("connection") for one in responses[:3]] == ["close"] * 3
    assert read[0] < 300_000


def test_key_is_asked_for_but_by_health() -> None:
    basic = base64.b64encode(b"me:secret").decode()

    async def ask(client: Client) -> Any:
        async def status(path: str, value: str | None = None) -> int:
            headers = {} if value is None else {"Authorization": value.encode("latin-1")}
            return (await client.get(path, headers=headers)).status_code

        paths = ("/", "/docs", "/metrics", "/v1/models", "/v2", "/nope", "/health/", "//health")
        without = {path: await status(path) for path in paths}
        values = ("Bearer secret", "bearer  secret ", f"Basic {basic}", "Bearer secre", "secret")
        more = ("Bearer", "Basic !", "Basic " + basic[:-3], "Bearer \xff", "Bearer secret2")
        keys = [await status("/v1/models", value) for value in (*values, *more)]
        health = [await status(path) for path in ("/health", "/v2/health/live")]
        return without, keys, health

    without, keys, health = asked(app_of("reviews", api_key="secret"), ask)
    assert set(without.values()) == {401}
    assert keys == [200] * 3 + [401] * 7
    assert health == [200, 200]


def test_other_hosts_and_paths_and_methods_are_refused() -> None:
    async def ask(client: Client) -> Any:
        hosts = ("localhost:8000", "127.0.0.1", "LOCALHOST.", "evil.example", "localhost.evil", "")
        return (
            [(await client.get("/health", headers={"Host": host})).status_code for host in hosts],
            [
                (await client.get(path)).status_code
                for path in (
                    "/..%2f..%2fetc/passwd",
                    "/v1/models/nope",
                    "/v2/models/a%2Fb",
                    "/x" * 500,
                )
            ],
            await client.put("/v1/predict", json={}),
            await client.get("/v1/predict"),
            (await client.head("/health")).status_code,
        )

    hosts, paths, put, get, head = asked(app_of("reviews"), ask)
    assert hosts == [200, 200, 200, 400, 400, 400]
    assert paths == [404] * 4
    assert (put.status_code, get.status_code, head) == (405, 405, 200)
    assert get.headers["allow"] == "POST"


def test_too_many_requests_wait_no_longer_than_they_may() -> None:
    app = app_of("stream", queue=3, seconds=0.3)

    async def ask(client: Client) -> Any:
        one = client.complete(prompt="long ago", max_tokens=4096)
        many = [client.complete(prompt="long ago", max_tokens=4096, n=1) for _ in range(5)]
        responses = await asyncio.gather(one, *many)
        await asyncio.sleep(0.2)
        return [r.status_code for r in responses], app.state.workers["stream"].waiting, responses

    statuses, waiting, responses = asked(app, ask)
    assert statuses.count(429) == 3
    assert waiting == 0  # what was given up is not computed further
    assert {one.headers.get("retry-after") for one in responses if one.status_code == 429} == {"1"}
    assert set(statuses) <= {200, 429, 504}


def test_a_fault_of_ours_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    app = app_of("reviews")

    async def ask(client: Client) -> Any:
        app.state.metrics.lines = None  # type: ignore[method-assign,assignment]
        return await client.get("/metrics"), await client.get("/health")

    broken, health = asked(app, ask)
    assert (broken.status_code, health.status_code) == (500, 200)
    assert "TypeError" in capsys.readouterr().err
    assert "TypeError" not in broken.text


def test_metrics_count_requests_by_their_route() -> None:
    async def ask(client: Client) -> str:
        for path in ("/health", "/v2/models/reviews", '/v2/models/x"y', "/nope", "/nope2"):
            await client.get(path)
        await client.predict(data=["a good film", "bad"])
        return (await client.get("/metrics")).text

    text = asked(app_of("reviews"), ask)
    assert 'rnnkit_requests_total{path="/v2/models/{name}",method="GET",status="200"} 1' in text
    assert 'rnnkit_requests_total{path="other",method="GET",status="404"} 2' in text
    assert 'rnnkit_request_seconds_bucket{path="/v1/predict",le="+Inf"} 1' in text
    assert 'rnnkit_batch_texts{model="reviews"} 2' in text
    for line in text.splitlines():
        assert line.startswith("# ") or float(line.rpartition(" ")[2]) >= 0


def test_two_runs_of_one_name_are_refused() -> None:
    run = ServedRun("reviews", "classification", predictor("reviews"))
    with pytest.raises(RnnkitError, match="two runs"):
        Models([run, run])
    with pytest.raises(Exception, match=r"model.*missing"):
        Models([run, ServedRun("b", "classification", predictor("reviews"))]).named(None)
