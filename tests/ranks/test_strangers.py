"""Whatever else connects to process 0, or listens in its place: nobody waits for it longer than was
said, and whoever was to come is met.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.ranks import guest, host
from rnnkit.ranks.place import Place
from tests.helpers.meetings import meet, places

Act = Callable[[socket.socket, threading.Event], object]
"""What a stranger does with its connection, until it is over."""


def says(*said: bytes) -> Act:
    return lambda connection, over: [connection.sendall(one) for one in said]


def drips(connection: socket.socket, over: threading.Event) -> None:
    while not over.wait(0.05):
        connection.sendall(b"1")


def floods(connection: socket.socket, over: threading.Event) -> None:
    while not over.is_set():
        connection.sendall(b"[" * 65_536)


def half_closes(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b'{"rank": 1')
    connection.shutdown(socket.SHUT_WR)


def resets(connection: socket.socket, over: threading.Event) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


TLS_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(190)
ACTS: dict[str, Act] = {
    "silent": says(),
    "drips": drips,
    "floods": floods,
    "half closes": half_closes,
    "resets": resets,
    "TLS": says(TLS_HELLO),
    "HTTP": says(b"GET / HTTP/1.1\r\n\r\n"),
    "not UTF-8": says(b"\xff\xfe\n"),
    "nested": says(b"[" * 900 + b"\n"),
    "a long number": says(b"9" * 900 + b"\n"),
    "no number": says(b'{"rank": null, "number": 2}\n'),
    "too large": says(b'{"rank": 9, "number": 2}\n'),
    "several lines": says(b"[]\n{}\n", b"null\n"),
}


def disturb(act: Act, connection: socket.socket, over: threading.Event) -> None:
    with contextlib.suppress(OSError):
        act(connection, over)


def connection(place: Place) -> socket.socket:
    """To process 0, as soon as it listens.

    Raises:
        ConnectionError: If it does not.
    """
    for _ in range(200):
        with contextlib.suppress(OSError):
            return socket.create_connection(place.address)
        threading.Event().wait(0.02)
    raise ConnectionRefusedError


@contextlib.contextmanager
def connected(place: Place, acts: Sequence[Act]) -> Iterator[None]:
    """Strangers that are there while the block runs, or until process 0 gives up."""
    over, opened = threading.Event(), []
    with contextlib.suppress(ConnectionError):
        for act in acts:
            opened.append(connection(place))
            threading.Thread(target=disturb, args=(act, opened[-1], over), daemon=True).start()
    try:
        yield
    finally:
        over.set()
        for one in opened:
            one.close()


def first(place: Place) -> tuple[threading.Thread, list[object]]:
    """Process 0, and what becomes of it."""
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.extend(meet([place], lambda _: "met")))
    thread.start()
    return thread, answers


@pytest.mark.parametrize("act", ACTS)
def test_a_stranger_does_not_disturb(act: str) -> None:
    one, other = places(2)
    thread, answers = first(one)
    with connected(one, [ACTS[act]]):
        assert meet([other], lambda _: "met") == ["met"]
        thread.join()
    assert answers == ["met"]


def test_nor_do_many_of_all_kinds() -> None:
    """More than are heard at a time."""
    one, other = places(2)
    thread, answers = first(one)
    with connected(one, [*ACTS.values(), *[ACTS["silent"]] * host.MOST_STRANGERS]):
        assert meet([other], lambda _: "met") == ["met"]
        thread.join()
    assert answers == ["met"]


def test_the_missing_are_named_in_time_whoever_else_is_there() -> None:
    one, _ = places(2, wait=1)
    thread, answers = first(one)
    with connected(one, [*ACTS.values()]):
        thread.join()
    (error,) = answers
    assert isinstance(error, RnnkitError) and error.exit_code == 75
    assert "1 of 2 processes did not come within 1 s: 1" in error.got


def test_who_says_nothing_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "HELLO_SECONDS", 0.1)
    one, other = places(2)
    thread, answers = first(one)
    for act in (b"", b'{"rank"'):
        with connection(one) as stranger:
            stranger.sendall(act)
            stranger.settimeout(20)
            assert stranger.recv(1) == b""
    assert meet([other], lambda _: "met") == ["met"]
    thread.join()
    assert answers == ["met"]


def test_who_left_before_all_were_there_may_come_again() -> None:
    one, other, third = places(3)
    thread, answers = first(one)
    with connection(one) as stranger:
        stranger.sendall(b'{"rank": 1, "number": 3}\n')
    assert meet([other, third], lambda _: "met") == ["met", "met"]
    thread.join()
    assert answers == ["met"]


@pytest.mark.parametrize(
    ("act", "code", "words"),
    [
        ("silent", 75, "says nothing to process 1 of 2"),
        ("drips", 75, "says nothing to process 1 of 2"),
        ("floods", 2, "answers process 1, but is not process 0"),
        ("half closes", 2, "answers process 1, but is not process 0"),
        ("resets", 75, "hung up on process 1 of 2"),
        ("HTTP", 2, "answers process 1, but is not process 0"),
        ("not UTF-8", 2, "answers process 1, but is not process 0"),
        ("several lines", 2, "answers process 1, but is not process 0"),
    ],
)
def test_what_else_listens_at_the_coordinator_is_told_apart(
    act: str, code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guest, "HELLO_SECONDS", 0.1)
    one, other = places(2, wait=1)
    over = threading.Event()
    with socket.create_server(one.address) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            connection.recv(1000)
            disturb(ACTS[act], connection, over)
            over.wait(20)
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        (error,) = meet([other], lambda _: "met")
        over.set()
        thread.join()
    assert isinstance(error, RnnkitError) and error.exit_code == code
    assert words in error.got


def test_deeply_nested_words_of_a_coordinator_are_none() -> None:
    one, other = places(2)
    with socket.create_server(one.address) as listener:

        def answer() -> None:
            with listener.accept()[0] as connection:
                connection.sendall(b"[" * 1_000_000 + b"\n")

        thread = threading.Thread(target=answer)
        thread.start()
        (error,) = meet([other], lambda _: "met")
        thread.join()
    assert isinstance(error, RnnkitError) and "is not process 0" in error.got
