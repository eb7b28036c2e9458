"""How every process but the first joins the others: it connects to process 0 and waits."""

from __future__ import annotations

import socket
import time

from rnnkit.errors import TRY_AGAIN, RnnkitError
from rnnkit.ranks.accepting import HELLO_SECONDS, REFUSAL
from rnnkit.ranks.connection import Connection
from rnnkit.ranks.place import COORDINATOR, Place

RETRY_SECONDS = 0.2
ATTEMPT_SECONDS = 5.0


def connect(place: Place) -> Connection:
    """The connection to process 0, as soon as all processes are there.

    Raises:
        RnnkitError: If process 0 is not in time, or refuses to train.
    """
    connection = Connection(_connected(place))
    try:
        answer = _answer(place, connection)
        if isinstance(answer, dict) and set(answer) == REFUSAL:
            raise RnnkitError(**answer)
        if answer != {"all": place.number}:
            got = f"{_listener(place)} answers process {place.rank}, but is not process 0"
            expected = "Expected HOST:PORT that process 0 was started with"
            raise RnnkitError(COORDINATOR, got, expected)
    except BaseException:
        connection.close()
        raise
    return connection


def _answer(place: Place, connection: Connection) -> object:
    """The answer of process 0. It names missing processes itself, so it gets a little longer."""
    try:
        connection.send({"rank": place.rank, "number": place.number}, HELLO_SECONDS)
        return connection.receive(place.wait + HELLO_SECONDS)
    except TimeoutError:
        got = f"{_listener(place)} does not answer process {place.rank} of {place.number}"
        expected = f"Expected process 0 there, which names missing processes after {place.wait} s"
    except OSError:
        got = f"{_listener(place)} closed the connection to process {place.rank} of {place.number}"
        expected = "Expected process 0 there, until the training ends"
    raise RnnkitError(COORDINATOR, got, expected, exit_code=TRY_AGAIN)


def _listener(place: Place) -> str:
    return f"the program that listens at {place.coordinator}"


def _connected(place: Place) -> socket.socket:
    """A socket to process 0, which may be started later than this process."""
    until, reason = time.monotonic() + place.wait, ""
    while (left := until - time.monotonic()) > 0:
        try:
            return _first_that_answers(place.address, until)
        except OSError as error:
            reason = error.strerror or str(error)
            time.sleep(min(RETRY_SECONDS, left))
    got = f"no process 0 at {place.coordinator} for {place.wait} s ({reason})"
    expected = "Expected HOST:PORT of process 0, and it to be started"
    raise RnnkitError(COORDINATOR, got, expected, exit_code=TRY_AGAIN)


def _first_that_answers(address: tuple[str, int], until: float) -> socket.socket:
    """A socket to the first of a name's addresses that answers.

    Raises:
        OSError: If none does.
    """
    failure = OSError("no address")
    for family, kind, protocol, _, target in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
        connected = socket.socket(family, kind, protocol)
        try:
            left = until - time.monotonic()
            connected.settimeout(max(0.01, min(left, ATTEMPT_SECONDS)))
            connected.connect(target)
            return connected
        except OSError as error:
            connected.close()
            failure = error
    raise failure
