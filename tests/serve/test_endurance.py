"""Long proofs, which `make soak` runs: thousands of connections, and memory that does not grow."""

from __future__ import annotations

import asyncio
import re
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.serve.test_server import PROMPT, Server, request, start

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1_200)]


@pytest.fixture
def server(fable_run: Path) -> Iterator[Server]:
    yield from start(fable_run, "--limit", "receive_seconds=2")


def resident(server: Server) -> float:
    """MiB of the server's process."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    (kib,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
    return int(kib) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")
def test_memory_after_ten_thousand_requests_is_that_after_some(server: Server) -> None:
    """The first thousand fill caches: steps prepared for each number of streams, arenas."""
    bodies = [
        {"prompt": PROMPT, "max_tokens": 8},
        {"prompt": PROMPT, "max_tokens": 8, "stream": True},
        {"prompt": "zebra", "max_tokens": 8},
        {"prompt": PROMPT, "max_tokens": 2, "session": "one"},
    ]

    async def ask(count: int) -> None:
        async with httpx2.AsyncClient(base_url=server.url, timeout=60) as client:
            for first in range(0, count, 20):
                each = (bodies[index % 4] for index in range(first, first + 20))
                await asyncio.gather(
                    *(client.post("/v1/completions", json=body) for body in each),
                    client.get(f"/nope/{first}"),
                )

    asyncio.run(ask(1_000))
    before = resident(server)
    asyncio.run(ask(10_000))
    assert resident(server) < before + 8


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
    assert httpx2.get(f"{server.url}/health", timeout=60).status_code == 200
    text = httpx2.get(f"{server.url}/metrics", timeout=60).text
    assert "rnnkit_requests_total" in text
