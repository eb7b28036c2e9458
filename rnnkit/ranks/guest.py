"""What every process but the first does to meet the others: it goes to process 0, and waits."""

from __future__ import annotations

import socket
import time

from rnnkit.errors import TRY_AGAIN, RnnkitError
from rnnkit.ranks.host import HELLO_SECONDS, REFUSAL
from rnnkit.ranks.line import Line
from rnnkit.ranks.place import COORDINATOR, Place

RETRY_SECONDS = 0.2
ATTEMPT_SECONDS = 5.0


def welcomed(place: Place) -> Line:
    """The line to process 0, once all are there.

    Raises:
        RnnkitError: If process 0 is not in time, or says why there is no training.
    """
    line = Line(_connected(place))
    try:
        answer = _answer(place, line)
        if isinstance(answer, dict) and set(answer) == REFUSAL:
            raise RnnkitError(**answer)
        if answer != {"all": place.number}:
            got = f"{_who(place)} answers process {place.rank}, but is not process 0 of a training"
            expected = "Expected HOST:PORT that process 0 was started with"
            raise RnnkitError(COORDINATOR, got, expected)
    except BaseException:
        line.close()
        raise
    return line


def _answer(place: Place, line: Line) -> object:
    """What process 0 says. It says itself who is missing, so it is waited for a little longer."""
    try:
        line.say({"rank": place.rank, "number": place.number}, HELLO_SECONDS)
        return line.hear(place.wait + HELLO_SECONDS)
    except TimeoutError:
        got = f"{_who(place)} says nothing to process {place.rank} of {place.number}"
        expected = f"Expected process 0 there, which says after {place.wait} s who is missing"
    except OSError:
        got = f"{_who(place)} hung up on process {place.rank} of {place.number}"
        expected = "Expected process 0 there, until the training ends"
    raise RnnkitError(COORDINATOR, got, expected, exit_code=TRY_AGAIN)


def _who(place: Place) -> str:
    return f"what listens at {place.coordinator}"


def _connected(place: Place) -> socket.socket:
    """A connection to process 0, which may be started later than this one."""
    until, why = time.monotonic() + place.wait, ""
    while (left := until - time.monotonic()) > 0:
        try:
            return _first_of(place.address, until)
        except OSError as error:
            why = error.strerror or str(error)
            time.sleep(min(RETRY_SECONDS, left))
    got = f"no process 0 at {place.coordinator} for {place.wait} s ({why})"
    expected = "Expected HOST:PORT of process 0, and it to be started"
    raise RnnkitError(COORDINATOR, got, expected, exit_code=TRY_AGAIN)


def _first_of(address: tuple[str, int], until: float) -> socket.socket:
    """A connection to the first of the addresses of a name that answers.

    Raises:
        OSError: If none does.
    """
    why = OSError("no address")
    for family, kind, protocol, _, one in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
        connection = socket.socket(family, kind, protocol)
        try:
            left = until - time.monotonic()
            connection.settimeout(max(0.01, min(left, ATTEMPT_SECONDS)))
            connection.connect(one)
            return connection
        except OSError as error:
            connection.close()
            why = error
    raise why
