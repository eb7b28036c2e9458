"""Other programs that connect to process 0, or listen where it should: they delay nobody beyond the
timeouts, and the processes of the training still connect.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.ranks import accepting, connecting
from rnnkit.ranks.place import Place
from tests.helpers.meetings import meet, places

Act = Callable[[socket.socket, threading.Event], object]
"""What a stranger does with its connection, until it is over."""


def sends(*contents: bytes) -> Act:
    return lambda connection, over: [connection.sendall(content) for content in contents]


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
    "silent": sends(),
    "drips": drips,
    "floods": floods,
    "half closes": half_closes,
    "resets": resets,
    "TLS": sends(TLS_HELLO),
    "HTTP": sends(b"GET / HTTP/1.1\r\n\r\n"),
    "not UTF-8": sends(b"\xff\xfe\n"),
    "nested": sends(b"[" * 900 + b"\n"),
    "a long number": sends(b"9" * 900 + b"\n"),
    "no number": sends(b'{"rank": null, "number": 2}\n'),
    "too large": sends(b'{"rank": 9, "number": 2}\n'),
    "several lines": sends(b"[]\n{}\n", b"null\n"),
}


def disturb(act: Act, connection: socket.socket, over: threading.Event) -> None:
    with contextlib.suppress(OSError):
        act(connection, over)


def connection(place: Place) -> socket.socket:
    """A connection to process 0, as soon as it listens.

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
    """Connects other programs while the block runs, or until process 0 gives up."""
    over, opened = threading.Event(), []
    with contextlib.suppress(ConnectionError):
        for act in acts:
            opened.append(connection(place))
            threading.Thread(target=disturb, args=(act, opened[-1], over), daemon=True).start()
    try:
        yield
    finally:
        over.set()
        for opened_connection in opened:
            opened_connection.close()


def first(place: Place) -> tuple[threading.Thread, list[object]]:
    """A thread that is process 0, and the list that its result is added to."""
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.extend(meet([place], lambda _: "met")))
    thread.start()
    return thread, answers


@pytest.mark.parametrize("act", ACTS)
def test_another_program_does_not_disturb(act: str) -> None:
    one, other = places(2)
    thread, answers = first(one)
    with connected(one, [ACTS[act]]):
        assert meet([other], lambda _: "met") == ["met"]
        thread.join()
    assert answers == ["met"]


def test_many_programs_of_all_kinds_do_not_disturb() -> None:
    """More connections than are kept at a time."""
    one, other = places(2)
    thread, answers = first(one)
    with connected(one, [*ACTS.values(), *[ACTS["silent"]] * accepting.MOST_UNKNOWN]):
        assert meet([other], lambda _: "met") == ["met"]
        thread.join()
    assert answers == ["met"]


def test_missing_processes_are_named_in_time_in_spite_of_other_programs() -> None:
    one, _ = places(2, wait=1)
    thread, answers = first(one)
    with connected(one, [*ACTS.values()]):
        thread.join()
    (error,) = answers
    assert isinstance(error, RnnkitError) and error.exit_code == 75
    assert "1 of 2 processes did not connect within 1 s: 1" in error.got


def test_a_silent_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "HELLO_SECONDS", 0.1)
    one, other = places(2)
    thread, answers = first(one)
    for act in (b"", b'{"rank"'):
        with connection(one) as other_program:
            other_program.sendall(act)
            other_program.settimeout(20)
            assert other_program.recv(1) == b""
    assert meet([other], lambda _: "met") == ["met"]
    thread.join()
    assert answers == ["met"]


def test_a_process_that_left_early_may_connect_again() -> None:
    one, other, third = places(3)
    thread, answers = first(one)
    with connection(one) as other_program:
        other_program.sendall(b'{"rank": 1, "number": 3}\n')
    assert meet([other, third], lambda _: "met") == ["met", "met"]
    thread.join()
    assert answers == ["met"]


@pytest.mark.parametrize(
    ("act", "code", "words"),
    [
        ("silent", 75, "does not answer process 1 of 2"),
        ("drips", 75, "does not answer process 1 of 2"),
        ("floods", 2, "answers process 1, but is not process 0"),
        ("half closes", 2, "answers process 1, but is not process 0"),
        ("resets", 75, "closed the connection to process 1 of 2"),
        ("HTTP", 2, "answers process 1, but is not process 0"),
        ("not UTF-8", 2, "answers process 1, but is not process 0"),
        ("several lines", 2, "answers process 1, but is not process 0"),
    ],
)
def test_another_program_at_the_coordinator_is_recognised(
    act: str, code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "HELLO_SECONDS", 0.1)
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


def test_deeply_nested_json_of_a_coordinator_is_no_answer() -> None:
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
