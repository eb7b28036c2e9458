"""Downloads from a real server on this machine, which serves the file, another file, half of it, or
nothing.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rnnkit.cache import cache_folder
from rnnkit.data.datasets import alice
from rnnkit.data.read import http
from rnnkit.data.read.download import RemoteFile
from rnnkit.errors import RnnkitError
from tests.cli.invoke import done, invoke

# pooch leaves the connection of a failed download to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

CONTENT = "Down the Rabbit-Hole \N{EM DASH} ".encode() * 5000
SHA256 = hashlib.sha256(CONTENT).hexdigest()

ANSWERS = {"missing": 404, "refused": 403, "busy": 503, "too often": 429, "broken": 500}
"""Statuses that a server answers."""


class Server(ThreadingHTTPServer):
    """Counts what it is asked for; `manner` says how it answers."""

    daemon_threads = True
    manner = "well"
    asked = 0
    stopping = threading.Event()

    def file(self, **changes: Any) -> RemoteFile:
        """The file that it serves."""
        facts = {
            "name": "book.txt",
            "url": f"http://127.0.0.1:{self.server_port}/book.txt",
            "sha256": SHA256,
            "local_names": ("books/book.txt", "b.txt"),
        }
        return RemoteFile(**{**facts, **changes})


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked += 1
        manner = self.server.manner
        if manner == "late":
            self.server.stopping.wait(3)
        if manner in ANSWERS or (manner == "by sha256" and self.path != f"/{SHA256}"):
            self.send_error(ANSWERS.get(manner, 404))
            return
        if manner.startswith("to "):
            self.send_response(302)
            self.send_header("Location", manner.removeprefix("to "))
            self.end_headers()
            return
        if manner == "without end":
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                while not self.server.stopping.wait(0.001):
                    self.wfile.write(b"x" * 1000)
            return
        body = b"another book" if manner == "other" else CONTENT
        self.send_response(200)
        if manner != "half, unannounced":
            length = {"long": 9 * len(body), "nonsense": "-1", "huge": 1 << 60}
            self.send_header("Content-Length", str(length.get(manner, len(body))))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if manner.startswith("half") else body)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("RNNKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RNNKIT_DATA", raising=False)
    with Server(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.stopping.set()
        made.shutdown()
        thread.join()
        made.stopping.clear()
    gc.collect(1)  # what is young; a whole collection takes long where a framework is loaded


def in_cache(tmp_path: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (tmp_path / "cache").glob("*")}


def failure(file: RemoteFile) -> RnnkitError:
    with pytest.raises(RnnkitError) as caught:
        file.locate()
    return caught.value


def test_locate_downloads_into_the_cache_once(server: Server, tmp_path: Path) -> None:
    for _ in range(2):
        path = server.file().locate()
        assert path == tmp_path / "cache" / "book.txt"
        assert path.read_bytes() == CONTENT
    assert server.asked == 1
    assert in_cache(tmp_path) == {"book.txt": CONTENT}


def test_locate_refuses_wrong_bytes_and_never_keeps_them(server: Server, tmp_path: Path) -> None:
    server.manner = "other"
    error = failure(server.file())
    assert error.exit_code == 1
    for part in (
        server.file().url,
        "another sha256",
        SHA256,
        str(tmp_path / "cache" / "book.txt"),
        "RNNKIT_DATA",
        "books/book.txt or b.txt",
    ):
        assert part in str(error)
    assert in_cache(tmp_path) == {}


@pytest.mark.parametrize(("manner", "code"), [("half", 75), ("half, unannounced", 1)])
def test_locate_never_uses_half_a_file(
    server: Server, tmp_path: Path, manner: str, code: int
) -> None:
    server.manner = manner
    assert failure(server.file()).exit_code == code
    assert in_cache(tmp_path) == {}
    server.manner = "well"
    assert server.file().locate().read_bytes() == CONTENT


def test_locate_names_the_error_of_the_server(server: Server, tmp_path: Path) -> None:
    server.manner = "missing"
    error = failure(server.file())
    assert error.exit_code == 1
    assert "the server answers 404" in str(error)
    assert in_cache(tmp_path) == {}


@pytest.mark.parametrize(
    ("manner", "code", "key"),
    [
        ("refused", 1, "403"),
        ("busy", 75, "503"),
        ("too often", 75, "429"),
        ("broken", 75, "500"),
        ("long", 75, "cannot be downloaded"),
        ("huge", 1, "more than"),
        ("to http://rnnkit.invalid/b", 2, "https"),
        ("to ftp://127.0.0.1/b", 2, "https"),
        ("to file:///etc/hostname", 2, "https"),
        ("to /book.txt", 1, "redirects"),
        ("to ", 1, "redirects"),
    ],
)
def test_locate_names_what_a_server_does_and_keeps_what_is_there(
    server: Server, tmp_path: Path, manner: str, code: int, key: str
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "book.txt").write_bytes(b"damaged")
    server.manner = manner
    error = failure(server.file())
    assert (error.exit_code, key in str(error)) == (code, True), str(error)
    assert in_cache(tmp_path) == {"book.txt": b"damaged"}


def test_locate_takes_a_length_that_is_no_number_for_none(server: Server) -> None:
    server.manner = "nonsense"
    with contextlib.suppress(RnnkitError):  # as the server's library has it
        assert server.file().locate().read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("limit", "value", "code"), [("MOST_BYTES", 10_000, 1), ("LONGEST_SECONDS", 0.1, 75)]
)
def test_locate_ends_where_a_server_does_not(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    value: float,
    code: int,
) -> None:
    monkeypatch.setattr(http, limit, value)
    server.manner = "without end"
    error = failure(server.file())
    assert (error.exit_code, in_cache(tmp_path)) == (code, {})


def test_locate_an_address_elsewhere_never_leads_to_this_machine() -> None:
    with pytest.raises(RnnkitError, match="Expected https"):
        http.require_safe("http://127.0.0.1/b", "https://rnnkit.invalid/b")


def test_locate_on_a_full_disk_is_worth_trying_again(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(http, "sync_file", full)
    assert failure(server.file()).exit_code == 75
    assert in_cache(tmp_path) == {}


def test_locate_removes_what_a_killed_process_left(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    left, busy = (tmp_path / "cache" / f".book.txt.{name}.part" for name in ("0a", "0b"))
    for part in (left, busy):
        part.write_bytes(CONTENT[:9])
    os.utime(left, (0, 0))
    server.file().locate()
    assert in_cache(tmp_path) == {"book.txt": CONTENT, busy.name: CONTENT[:9]}


# The mirror


@pytest.mark.parametrize("manner", ["well", "by sha256"])
def test_mirror_of_an_address(server: Server, monkeypatch: pytest.MonkeyPatch, manner: str) -> None:
    server.manner = manner
    monkeypatch.setenv("RNNKIT_MIRROR", f"http://127.0.0.1:{server.server_port}/")
    for url in ("https://rnnkit.invalid/book.txt", ""):
        assert server.file(url=url).locate().read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["book.txt", SHA256])
def test_mirror_of_a_folder(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("RNNKIT_MIRROR", str(tmp_path))
    assert server.file().locate() == tmp_path / "cache" / "book.txt"  # it lacks it
    (tmp_path / "cache" / "book.txt").unlink()
    (tmp_path / name).write_bytes(CONTENT)
    assert server.file().locate() == tmp_path / name
    (tmp_path / name).write_bytes(b"another")
    error = failure(server.file())
    assert str(error).startswith(f"RNNKIT_MIRROR: {tmp_path / name}: another sha256")
    assert server.asked == 1


@pytest.mark.parametrize("manner", ["other", "half", "busy"])
def test_mirror_that_fails_is_named(
    server: Server, monkeypatch: pytest.MonkeyPatch, manner: str
) -> None:
    server.manner = manner
    monkeypatch.setenv("RNNKIT_MIRROR", f"http://127.0.0.1:{server.server_port}")
    assert str(failure(server.file())).startswith("RNNKIT_MIRROR: http://127.0.0.1")
    assert server.asked == 1


@pytest.mark.parametrize(
    "mirror", ["/nosuch", "http://rnnkit.invalid", "ftp://a/b", "file:///data", "https", "C:\\x"]
)
def test_mirror_that_is_none(server: Server, monkeypatch: pytest.MonkeyPatch, mirror: str) -> None:
    monkeypatch.setenv("RNNKIT_MIRROR", mirror)
    error = failure(server.file())
    assert (error.exit_code, error.where.startswith("RNNKIT_MIRROR")) == (2, True)
    assert "https" in error.expected
    monkeypatch.setenv("RNNKIT_MIRROR", "")
    assert server.file().locate().read_bytes() == CONTENT


@pytest.mark.parametrize(
    "damaged", [b"", CONTENT[:-1], CONTENT + b"x", b"<html>please log in</html>"]
)
def test_locate_replaces_a_damaged_file_in_the_cache(
    server: Server, tmp_path: Path, damaged: bytes
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "book.txt").write_bytes(damaged)
    assert server.file().locate().read_bytes() == CONTENT
    assert server.asked == 1


def test_locate_never_uses_a_damaged_file_in_the_cache(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "book.txt").write_bytes(b"damaged")
    server.manner = "other"
    for _ in range(2):
        assert failure(server.file()).exit_code == 1


def test_locate_offline_says_how_to_provide_the_file(server: Server, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # and nobody listens
        url = f"http://127.0.0.1:{free.getsockname()[1]}/book.txt"
        error = failure(server.file(url=url))
    assert "cannot be downloaded (ConnectionError)" in str(error)
    assert error.exit_code == 75
    assert f"save {url} as {tmp_path / 'cache' / 'book.txt'}, or set RNNKIT_DATA" in str(error)


def test_locate_uses_a_file_placed_in_the_cache(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "book.txt").write_bytes(CONTENT)
    assert (
        server.file(url="https://rnnkit.invalid/book.txt").locate()
        == tmp_path / "cache" / "book.txt"
    )
    assert server.asked == 0


def test_locate_times_out_where_the_server_does_not_answer(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 0 < http.TIMEOUT_SECONDS <= 60
    monkeypatch.setattr(http, "TIMEOUT_SECONDS", 0.2)
    server.manner = "late"
    assert "cannot be downloaded (ReadTimeout)" in str(failure(server.file()))


@pytest.mark.parametrize("name", ["books/book.txt", "b.txt"])
def test_locate_prefers_a_local_folder(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The user's own copy is taken as it is: it need not be the very same bytes."""
    local = tmp_path / "data" / name
    local.parent.mkdir(parents=True)
    local.write_bytes(b"my own copy")
    monkeypatch.setenv("RNNKIT_DATA", str(tmp_path / "data"))
    assert server.file().locate() == local
    assert server.asked == 0


def test_locate_ignores_a_local_folder_without_the_file(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data" / "b.txt").mkdir(parents=True)
    for folder in (tmp_path / "data", tmp_path / "none"):
        monkeypatch.setenv("RNNKIT_DATA", str(folder))
        assert server.file().locate() == tmp_path / "cache" / "book.txt"


@pytest.mark.parametrize(
    "url",
    [
        "http://rnnkit.invalid/book.txt",
        "http://127.0.0.1.rnnkit.invalid/b",
        "ftp://rnnkit.invalid/b",
        "file:///etc/hostname",
    ],
)
def test_locate_requires_https_of_other_machines(server: Server, url: str) -> None:
    error = failure(server.file(url=url))
    assert error.exit_code == 2
    assert "Expected https" in str(error)


def test_locate_several_at_once_get_whole_files(server: Server, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        contents = list(pool.map(lambda _: server.file().locate().read_bytes(), range(4)))
    assert contents == [CONTENT] * 4
    assert in_cache(tmp_path) == {"book.txt": CONTENT}


def test_locate_names_a_cache_that_cannot_be_written(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("a file")
    for folder in (tmp_path / "taken", tmp_path / "taken" / "below"):
        monkeypatch.setenv("RNNKIT_CACHE", str(folder))
        error = failure(server.file())
        assert error.exit_code == 1
        assert str(error).startswith(f"{folder}: cannot be written")
        assert "Set RNNKIT_CACHE" in str(error)


def test_cache_folder_defaults_to_the_users_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "users"))
    for value in (None, ""):
        (
            monkeypatch.delenv("RNNKIT_CACHE", raising=False)
            if value is None
            else monkeypatch.setenv("RNNKIT_CACHE", value)
        )
        assert cache_folder() == tmp_path / "users" / "rnnkit"


def test_datasets_fetch_reports_a_failed_download_in_one_line(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alice, "BOOK", server.file())
    server.manner = "half"
    result = invoke("datasets", "fetch", "alice")
    assert (result.exit_code, result.stdout) == (75, "")
    assert result.stderr.startswith("Error: http://127.0.0.1")
    assert len(result.stderr.splitlines()) == 1
    server.manner = "well"
    assert (
        done("datasets", "fetch", "alice").stdout == f"alice: {tmp_path / 'cache' / 'book.txt'}\n"
    )


def test_remote_file_of_the_book_is_pinned() -> None:
    assert alice.BOOK.url.startswith("https://raw.githubusercontent.com/")
    assert len(alice.BOOK.url.split("/")[5]) == 40  # pinned to a commit
    assert len(alice.BOOK.sha256) == 64
