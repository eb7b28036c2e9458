"""How process 0 accepts the others. All connections are read at the same time, so that a program
that connects by mistake, or sends nothing, delays nobody; it is closed after a while.
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
from rnnkit.ranks.connection import Connection
from rnnkit.ranks.place import COORDINATOR, Place

HELLO_SECONDS = 5.0
"""The time within which a new connection must identify itself."""
HELLO_BYTES = 1000
MOST_UNKNOWN = 100
SELECT_SECONDS = 0.2
MOST_NAMED = 8
REFUSAL = {"where", "got", "expected", "hint", "exit_code"}
"""The fields of an error that process 0 sends to another process."""


def accept_all(place: Place) -> dict[int, Connection]:
    """A connection to each of the other processes by rank, as soon as all are there.

    Raises:
        RnnkitError: If they are not in time, or expect another number of processes, or if this
            process cannot listen.
    """
    with _listening(place) as listener, selectors.DefaultSelector() as selector:
        return _Acceptor(place, listener, selector).accept_all()


class _Acceptor:
    """The connections to process 0.

    Args:
        place: The place of process 0.
        listener: The listening socket.
        selector: Waits for all sockets.
    """

    def __init__(self, place: Place, listener: socket.socket, selector: selectors.DefaultSelector):
        self._place, self._listener, self._selector = place, listener, selector
        self._until = time.monotonic() + place.wait
        self._members: dict[int, Connection] = {}
        self._unknown: dict[Connection, float] = {}
        """The deadline by which each must identify itself, oldest first."""
        listener.setblocking(False)
        self._watch(listener, self._accept)

    def accept_all(self) -> dict[int, Connection]:
        """Waits for all the others; raises as the function `accept_all` does."""
        try:
            while len(self._members) < self._place.number - 1:
                if (left := self._until - time.monotonic()) <= 0:
                    raise _missing(self._place, self._members)
                for key, _ in self._selector.select(min(left, SELECT_SECONDS)):
                    key.data()
                now = time.monotonic()
                overdue = [each for each, until in self._unknown.items() if until < now]
                for connection in overdue:
                    self._drop(connection)
            for rank, member in self._members.items():
                _confirm(self._place, rank, member)
        except RnnkitError as error:
            _refuse(self._members.values(), error)
            raise
        finally:
            for connection in [*self._unknown]:
                self._drop(connection)
        return self._members

    def _watch(self, source: socket.socket | Connection, act: Callable[[], None]) -> None:
        """Calls a function whenever a socket can be read."""
        self._selector.register(source, selectors.EVENT_READ, act)

    def _accept(self) -> None:
        try:
            connection = Connection(self._listener.accept()[0], HELLO_BYTES)
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                got = f"process 0 cannot open more connections ({error.strerror})"
                expected = f"Expected one to each of {self._place.number} processes, by ulimit -n"
                raise RnnkitError("--num-processes", got, expected) from None
            return  # closed already
        if len(self._unknown) == MOST_UNKNOWN:
            self._drop(next(iter(self._unknown)))
        self._unknown[connection] = time.monotonic() + HELLO_SECONDS
        self._watch(connection, partial(self._identify, connection))

    def _drop(self, connection: Connection) -> None:
        if self._unknown.pop(connection, None):
            self._selector.unregister(connection)
            connection.close()

    def _identify(self, connection: Connection) -> None:
        """Reads the rank of a new connection.

        Raises:
            RnnkitError: If it expects another number of processes than this one.
        """
        if connection not in self._unknown:  # dropped just now
            return
        connection.read_available()
        if not connection.has_message():
            return
        rank, number = _rank_and_number(connection)
        if not 0 <= rank < number:
            self._drop(connection)
        elif number != self._place.number:
            got = f"process 0 is one of {self._place.number}, process {rank} one of {number}"
            error = RnnkitError("--num-processes", got, "Expected the same number for all")
            _refuse([connection], error)
            raise error
        elif rank in (0, *self._members):
            expected = f"Expected each number from 0 to {number - 1} once"
            got = f"there is a process {rank} already"
            _refuse([connection], RnnkitError("--process-id", got, expected))
            self._drop(connection)
        else:
            del self._unknown[connection]
            self._members[rank] = connection
            remove = partial(self._remove_closed, rank, connection)
            self._selector.modify(connection, selectors.EVENT_READ, remove)

    def _remove_closed(self, rank: int, connection: Connection) -> None:
        """Forgets a process that is gone again, as it may be started again."""
        if connection.is_closed():
            del self._members[rank]
            self._selector.unregister(connection)
            connection.close()


def _rank_and_number(connection: Connection) -> tuple[int, int]:
    """The rank and the number of processes that a connection sends; (-1, 0) if it sends others."""
    message: object = None
    with contextlib.suppress(OSError):
        message = connection.receive()
    fields = message if isinstance(message, dict) else {}
    numbers = [fields.get(name) for name in ("rank", "number")]
    rank, number = (value if type(value) is int else -1 for value in numbers)
    return (rank, number) if set(fields) == {"rank", "number"} else (-1, 0)


def _confirm(place: Place, rank: int, member: Connection) -> None:
    try:
        member.send({"all": place.number}, HELLO_SECONDS)
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


def _missing(place: Place, members: Iterable[int]) -> RnnkitError:
    absent = [str(rank) for rank in range(1, place.number) if rank not in members]
    shown = ", ".join(absent[:MOST_NAMED]) + (", ..." if len(absent) > MOST_NAMED else "")
    got = (
        f"{len(absent)} of {place.number} processes did not connect within {place.wait} s: {shown}"
    )
    expected = f"Expected each with --coordinator {place.coordinator} and its own --process-id"
    return RnnkitError("--num-processes", got, expected, exit_code=TRY_AGAIN)


def _refuse(connections: Iterable[Connection], error: RnnkitError) -> None:
    """Sends the reason why there is no training, and closes the connections."""
    refusal = {name: getattr(error, name) for name in REFUSAL}
    for connection in connections:
        with contextlib.suppress(OSError):
            connection.send(refusal, HELLO_SECONDS)
        connection.close()
