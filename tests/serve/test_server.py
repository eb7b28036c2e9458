"""A real process with real sockets: what it starts with, whom it waits for, and how it stops."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.serve.server import listen, url_of
from tests.cli.invoke import invoke
from tests.conftest import REPO
from tests.helpers.pages import pages

PROMPT = "had a general council to consider"


class Server:
    """A server in a process of its own."""

    def __init__(self, run: Path, *options: str):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rnnkit", "serve", str(run), "--port", "0", *options],
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPO,
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        (self.url,) = re.findall(r"at (http://\S+)", line) or [line]
        self.port = int(self.url.rpartition(":")[2])

    def socket(self) -> socket.socket:
        """A connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def stopped(self, number: int) -> int:
        """Its exit status after a signal."""
        self.process.send_signal(number)
        return self.process.wait(20)


def start(run: Path, *options: str) -> Iterator[Server]:
    server = Server(run, *options)
    yield server
    server.process.kill()
    server.process.communicate()


@pytest.fixture(scope="module")
def server(fable_run: Path) -> Iterator[Server]:
    limits = ("receive_seconds=1", "connections=20", "seconds=5", "body_bytes=100000")
    yield from start(fable_run, *(word for limit in limits for word in ("--limit", limit)))


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def counted(server: Server, line: str) -> bool:
    """Whether the server's counts have a line."""
    return line in httpx2.get(f"{server.url}/metrics").text


def request(body: object, path: str = "/v1/completions") -> bytes:
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def test_server_speaks_with_openais_client(server: Server) -> None:
    import openai  # half a second, for one of the processes of a test run

    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
        (model,) = client.models.list().data
        assert client.models.retrieve(model.id).id == model.id
        options = {"model": model.id, "prompt": PROMPT, "max_tokens": 5}
        whole = client.completions.create(**options)  # type: ignore[call-overload]
        streamed = client.completions.create(**options, stream=True)  # type: ignore[call-overload]
        assert whole.choices[0].text == " what measures they could take"
        assert "".join(piece.choices[0].text for piece in streamed) == whole.choices[0].text
        assert whole.usage.completion_tokens == 5
        session = {"extra_body": {"session": "talk"}}
        texts = [
            client.completions.create(model=model.id, prompt=prompt, max_tokens=count, **session)
            .choices[0]
            .text  # type: ignore[call-overload]
            for prompt, count in ((PROMPT, 2), ("", 3))
        ]
        assert "".join(texts) == whole.choices[0].text
        with pytest.raises(openai.BadRequestError, match="logprobs") as refused:
            client.completions.create(**options, logprobs=2)  # type: ignore[call-overload]
        assert refused.value.param == "logprobs"
        with pytest.raises(openai.NotFoundError, match="no such path"):
            client.chat.completions.create(model=model.id, messages=[])


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
@pytest.mark.parametrize(
    "title", ["predict.sh", "complete.sh", "infer.sh", "wrong.sh", "client.py"]
)
def test_server_answers_as_the_guide_says(server: Server, title: str) -> None:
    blocks = next(page for page in pages() if page.name == "docs/guides/serve.md").blocks
    (index,) = (index for index, block in enumerate(blocks) if block.title == title)
    name = httpx2.get(f"{server.url}/v1/models").json()["data"][0]["id"]
    call = blocks[index].text.replace("http://127.0.0.1:8000", server.url)
    call = call.replace("models/fable", f"models/{name}").replace(
        'model="fable"', f"model={name!r}"
    )
    shell = [sys.executable, "-c"] if title.endswith(".py") else ["sh", "-c"]
    answer = subprocess.run([*shell, call], capture_output=True, text=True, check=True).stdout
    printed = blocks[index + 1].text.rstrip("\n")
    pattern = ".*".join(re.escape(part) for part in printed.split("..."))
    assert re.fullmatch(pattern, answer.replace(f'"{name}"', '"fable"').rstrip("\n")), answer


def test_server_outlives_clients_that_leave_or_are_slow_or_send_noise(server: Server) -> None:
    endless = {"prompt": PROMPT, "max_tokens": 4096, "stream": True}
    with closing(server.socket()) as leaving:
        leaving.sendall(request(endless))
        assert b"200 OK" in leaving.recv(1000)
    noise = [b"\x16\x03\x01" * 50, b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 500, b"A" * 100_000]
    for content in noise:
        with closing(server.socket()) as client:
            client.sendall(content)
            client.shutdown(socket.SHUT_WR)
    slow = [
        b"",
        b"GET /health HTTP/1.1\r\nHost: local",
        request(endless)[:-5],
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n",
    ]
    sockets = [server.socket() for _ in slow]
    for client, content in zip(sockets, slow, strict=True):
        client.sendall(content)
    for client in sockets:  # the server ends each connection
        with closing(client):
            while client.recv(10_000):
                pass
    assert eventually(lambda: counted(server, "rnnkit_requests_in_flight 1\n"))
    assert eventually(lambda: counted(server, 'status="499"} 1\n'))
    assert counted(server, 'status="408"} 1\n')


def test_server_refuses_more_connections_than_it_may_have(server: Server) -> None:
    sockets = [server.socket() for _ in range(60)]
    try:
        assert eventually(lambda: sum(_is_closed(one) for one in sockets) >= 40)
    finally:
        for one in sockets:
            one.close()
    assert eventually(lambda: httpx2.get(f"{server.url}/health").status_code == 200)


def _is_closed(client: socket.socket) -> bool:
    client.settimeout(0.001)
    try:
        return client.recv(1, socket.MSG_PEEK) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_server_port_in_use_is_named(server: Server, fable_run: Path) -> None:
    result = invoke("serve", fable_run, "--port", server.port)
    assert result.exit_code == 75
    assert re.search(rf"--port: {server.port} is in use", result.stderr)


def test_server_ends_what_it_has_begun_and_stops(server: Server) -> None:
    """The last test of this server: requests in flight end, others are not taken any more."""
    with closing(server.socket()) as client:
        client.sendall(request({"prompt": PROMPT, "max_tokens": 500}))
        time.sleep(0.05)
        assert server.stopped(signal.SIGTERM) == 128 + signal.SIGTERM
        answer = b""
        while piece := client.recv(100_000):
            answer += piece
    assert b"200 OK" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["usage"]["completion_tokens"] == 500
    with pytest.raises(ConnectionError):
        server.socket()


@pytest.mark.parametrize(
    ("options", "place"),
    [
        (("--host", "no.such.host.invalid"), "--host"),
        (("--host", "192.0.2.1"), "--host"),
        (("--limit", "tokns=5"), "--limit.*tokens"),
        (("--limit", "tokens=many"), "--limit.*many"),
        (("--limit", "tokens=0"), "--limit.*at least"),
        (("--api-key", " "), "--api-key"),
        (("--port", "65536"), "--port"),
        (("nothing",), "nothing"),
    ],
)
def test_serve_names_what_is_wrong(fable_run: Path, options: tuple[str, ...], place: str) -> None:
    result = invoke("serve", fable_run, *options)
    assert result.exit_code == 2
    assert re.search(place, result.stderr)


def test_listening_takes_a_free_port_and_ipv6() -> None:
    with closing(listen("127.0.0.1", 0)) as one, pytest.raises(RnnkitError, match="in use"):
        assert url_of(one).startswith("http://127.0.0.1:")
        listen("127.0.0.1", one.getsockname()[1])
    try:
        with closing(listen("::1", 0)) as one:
            assert url_of(one).startswith("http://[::1]:")
    except RnnkitError:
        pytest.skip("no IPv6 here")
