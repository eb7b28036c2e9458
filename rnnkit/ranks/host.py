"""Process 0 receives the others. Whoever else connects is sent away, and holds nobody: all that
come are heard at the same time, each for a while.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import time
from collections.abc import Callable, Iterable
from functools import partial

from rnnkit.errors import TRY_AGAIN, RnnkitError
from rnnkit.ranks.line import Line
from rnnkit.ranks.place import COORDINATOR, Place

HELLO_SECONDS = 5.0
"""Within which whoever connects has to say who it is."""
HELLO_BYTES = 1000
MOST_STRANGERS = 100
LOOK_SECONDS = 0.2
MOST_NAMED = 8
REFUSAL = {"where", "got", "expected", "hint", "exit_code"}
"""Of the error that process 0 says to another one."""


def received(place: Place) -> dict[int, Line]:
    """A line to each of the other processes by its number, as soon as all are there.

    Raises:
        RnnkitError: If they are not in time, or count differently, or if this one cannot listen.
    """
    with _listening(place) as listener, selectors.DefaultSelector() as selector:
        return _Arrivals(place, listener, selector).received()


class _Arrivals:
    """Who has connected.

    Args:
        place: The place of process 0.
        listener: Where it listens.
        selector: What waits for all of them.
    """

    def __init__(self, place: Place, listener: socket.socket, selector: selectors.DefaultSelector):
        self._place, self._listener, self._selector = place, listener, selector
        self._until = time.monotonic() + place.wait
        self._guests: dict[int, Line] = {}
        self._strangers: dict[Line, float] = {}
        """Until when each has to say who it is; the oldest is the first."""
        listener.setblocking(False)
        self._watch(listener, self._accept)

    def received(self) -> dict[int, Line]:
        """Waits for all the others; raises as `received`, the function."""
        try:
            while len(self._guests) < self._place.number - 1:
                if (left := self._until - time.monotonic()) <= 0:
                    raise _missing(self._place, self._guests)
                for key, _ in self._selector.select(min(left, LOOK_SECONDS)):
                    key.data()
                now = time.monotonic()
                for late in [one for one, until in self._strangers.items() if until < now]:
                    self._send_away(late)
            for rank, guest in self._guests.items():
                _welcome(self._place, rank, guest)
        except RnnkitError as error:
            _refuse(self._guests.values(), error)
            raise
        finally:
            for stranger in [*self._strangers]:
                self._send_away(stranger)
        return self._guests

    def _watch(self, one: socket.socket | Line, act: Callable[[], None]) -> None:
        """Acts whenever it has something to say."""
        self._selector.register(one, selectors.EVENT_READ, act)

    def _accept(self) -> None:
        try:
            line = Line(self._listener.accept()[0], HELLO_BYTES)
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                got = f"process 0 cannot open more connections ({error.strerror})"
                expected = f"Expected one to each of {self._place.number} processes, by ulimit -n"
                raise RnnkitError("--num-processes", got, expected) from None
            return  # gone already
        if len(self._strangers) == MOST_STRANGERS:
            self._send_away(next(iter(self._strangers)))
        self._strangers[line] = time.monotonic() + HELLO_SECONDS
        self._watch(line, partial(self._greet, line))

    def _send_away(self, line: Line) -> None:
        if self._strangers.pop(line, None):
            self._selector.unregister(line)
            line.close()

    def _greet(self, line: Line) -> None:
        """Hears who connected.

        Raises:
            RnnkitError: If it counts other processes than this one.
        """
        if line not in self._strangers:  # sent away just now
            return
        line.receive()
        if not line.has_said():
            return
        rank, number = _numbers(line)
        if not 0 <= rank < number:
            self._send_away(line)
        elif number != self._place.number:
            got = f"process 0 is one of {self._place.number}, process {rank} one of {number}"
            error = RnnkitError("--num-processes", got, "Expected the same number for all")
            _refuse([line], error)
            raise error
        elif rank in (0, *self._guests):
            expected = f"Expected each number from 0 to {number - 1} once"
            got = f"there is a process {rank} already"
            _refuse([line], RnnkitError("--process-id", got, expected))
            self._send_away(line)
        else:
            del self._strangers[line]
            self._guests[rank] = line
            self._selector.modify(line, selectors.EVENT_READ, partial(self._miss, rank, line))

    def _miss(self, rank: int, line: Line) -> None:
        """A process that is gone again may be started again."""
        if line.is_over():
            del self._guests[rank]
            self._selector.unregister(line)
            line.close()


def _numbers(line: Line) -> tuple[int, int]:
    """The rank and the number of processes that somebody says; (-1, 0) of a stranger."""
    hello: object = None
    with contextlib.suppress(OSError):
        hello = line.hear()
    said = hello if isinstance(hello, dict) else {}
    numbers = [said.get(name) for name in ("rank", "number")]
    rank, number = (one if type(one) is int else -1 for one in numbers)
    return (rank, number) if set(said) == {"rank", "number"} else (-1, 0)


def _welcome(place: Place, rank: int, guest: Line) -> None:
    try:
        guest.say({"all": place.number}, HELLO_SECONDS)
    except OSError:
        got = f"process {rank} of {place.number} is gone"
        expected = "Expected it to stay until the training ends"
        hint = "Its own messages say why"
        raise RnnkitError("", got, expected, hint, exit_code=TRY_AGAIN) from None


def _listening(place: Place) -> socket.socket:
    host, port = place.address
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=place.number)
    except OSError as error:
        got = f"process 0 cannot listen at {place.coordinator} ({error.strerror or error})"
        expected, hint = "Expected an address of the machine that it runs on", ""
        if error.errno == errno.EADDRINUSE:
            got = f"port {port} of {host} is in use"
            expected, hint = "Expected a port that is free", "Name another one to all processes"
        raise RnnkitError(COORDINATOR, got, expected, hint) from None


def _missing(place: Place, guests: Iterable[int]) -> RnnkitError:
    absent = [str(rank) for rank in range(1, place.number) if rank not in guests]
    shown = ", ".join(absent[:MOST_NAMED]) + (", ..." if len(absent) > MOST_NAMED else "")
    got = f"{len(absent)} of {place.number} processes did not come within {place.wait} s: {shown}"
    expected = f"Expected each with --coordinator {place.coordinator} and its own --process-id"
    return RnnkitError("--num-processes", got, expected, exit_code=TRY_AGAIN)


def _refuse(lines: Iterable[Line], error: RnnkitError) -> None:
    """Says to each why there is no training."""
    said = {name: getattr(error, name) for name in REFUSAL}
    for line in lines:
        with contextlib.suppress(OSError):
            line.say(said, HELLO_SECONDS)
        line.close()
