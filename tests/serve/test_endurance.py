"""Thousands of connections, and memory that does not grow."""

from __future__ import annotations

import asyncio
import contextlib
import re
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.serve.test_server import PROMPT, Server, eventually, request, start

pytestmark = pytest.mark.timeout(1_200)


@pytest.fixture
def server(fable_run: Path) -> Iterator[Server]:
    yield from start(fable_run, "--limit", "receive_seconds=2")


def resident(server: Server) -> float:
    """MiB of the server's process."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    (kib,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
    return int(kib) / 1024


def bodies(name: str) -> list[tuple[str, object]]:
    """What is asked, by the paths: each kind of question, and two that are refused."""
    text = {"name": "text", "datatype": "BYTES", "shape": [1], "data": [PROMPT]}
    prompt = {"prompt": PROMPT, "max_tokens": 8}
    return [
        ("/v1/completions", prompt),
        ("/v1/completions", {**prompt, "stream": True}),
        ("/v1/completions", {"prompt": PROMPT, "max_tokens": 2, "session": "one"}),
        ("/v1/completions", {"prompt": "zebra"}),
        ("/v1/predict", {"data": [PROMPT, "had a general"], "top": 2}),
        (f"/v2/models/{name}/infer", {"inputs": [text]}),
        ("/nope", {}),
    ]


async def ask(server: Server, name: str, count: int) -> None:
    """As many requests, twenty at a time; the client of each fifth leaves before the end."""

    async def one(index: int) -> None:
        path, body = bodies(name)[index % 7]
        whole = request(body, path)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        if index % 5:
            writer.write(whole.replace(b"localhost", b"localhost\r\nConnection: close"))
            assert (await reader.read()).startswith(b"HTTP/1.1 ")
        elif index % 2:
            writer.write(whole[:-3])
        else:
            writer.write(whole)
            await reader.read(20)
        writer.close()

    for first in range(0, count, 20):
        await asyncio.gather(*(one(index) for index in range(first, first + 20)))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")
@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.soak)])
def test_memory_after_many_requests_is_that_after_a_hundred(server: Server, count: int) -> None:
    """All of it, garbage that Python has yet to look for among it."""
    name = httpx2.get(f"{server.url}/v1/models").json()["data"][0]["id"]
    asyncio.run(ask(server, name, 100))
    before = resident(server)
    asyncio.run(ask(server, name, count - 100))
    assert resident(server) < before + 1.5


@pytest.mark.soak
def test_ten_thousand_connections_leave_it_alive(server: Server) -> None:
    """Some that say nothing, some that leave in the midst of a request or of an answer."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    whole = request({"prompt": PROMPT, "max_tokens": 50, "stream": True})
    for first in range(0, 10_000, 500):
        held: list[socket.socket] = []
        for index in range(min(500, soft - 100)):
            try:
                client = server.socket()
                client.sendall((b"", whole[:60], whole, b"noise\r\n\r\n")[(first + index) % 4])
                held.append(client)
            except OSError:
                continue
        for client in held:
            client.close()

    def is_well() -> bool:
        """Once those that left are no connections any more, of which it has a limited number."""
        with contextlib.suppress(httpx2.TransportError):
            return httpx2.get(f"{server.url}/health", timeout=60).status_code == 200
        return False

    assert eventually(is_well)
    text = httpx2.get(f"{server.url}/metrics", timeout=60).text
    assert "rnnkit_requests_total" in text
