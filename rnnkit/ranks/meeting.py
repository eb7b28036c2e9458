"""Where processes meet, and what they tell each other while they train: process 0 has a line to
each of the others. Nothing is encrypted, and nobody is asked who it is.
"""

from __future__ import annotations

import contextlib
import errno
import json
import socket
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rnnkit.errors import TRY_AGAIN, RnnkitError
from rnnkit.ranks.line import Line
from rnnkit.ranks.place import Place

HELLO_SECONDS = 5.0
RETRY_SECONDS = 0.2
NOTICE_SECONDS = 1.0
MOST_NAMED = 8
OPTION = "--coordinator"
REFUSAL = {"where", "got", "expected", "hint", "exit_code"}
"""Of the error that process 0 says to another one."""


class LostError(RnnkitError):
    """Another process is gone."""


class Meeting:
    """All processes, connected.

    Args:
        place: That of this one.
        lines: To each of the others by its number; to process 0 alone where this is another one.
    """

    def __init__(self, place: Place, lines: Mapping[int, Line]):
        self.place, self.lines = place, lines

    @property
    def rank(self) -> int:
        """Which one this is."""
        return self.place.rank

    @property
    def number(self) -> int:
        """How many there are."""
        return self.place.number

    def exchange(self, text: str) -> list[str]:
        """What each process says, in their order; waits until every one has said something.

        Raises:
            RnnkitError: If one of them is gone.
        """
        if self.place.rank:
            self._say(0, text)
            every = self._hear(0)
            assert isinstance(every, list)
            return every
        texts = [text, *(str(self._hear(rank)) for rank in sorted(self.lines))]
        for rank in self.lines:
            self._say(rank, texts)
        return texts

    def agree(self, values: Sequence[int]) -> list[int]:
        """The largest that any process says of each value; raises as `exchange` does."""
        every = [json.loads(text) for text in self.exchange(json.dumps(list(values)))]
        return [max(of_one) for of_one in zip(*every, strict=True)]

    def missing(self, seconds: float = NOTICE_SECONDS) -> int | None:
        """Who is gone, of those that this process has a line to; None where all of them stay for so
        long. Nothing more can be said to them.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for rank, line in self.lines.items():
                if line.is_over():
                    return rank
            time.sleep(RETRY_SECONDS)
        return None

    def close(self) -> None:
        """Ends it; the others notice."""
        for line in self.lines.values():
            line.close()

    def _say(self, rank: int, what: object) -> None:
        try:
            self.lines[rank].say(what)
        except OSError as error:
            raise self._lost(rank) from error

    def _hear(self, rank: int) -> object:
        if (heard := self.lines[rank].hear()) is None:
            raise self._lost(rank)
        return heard

    def _lost(self, rank: int) -> LostError:
        got = f"process {rank} of {self.place.number} is gone"
        expected = "Expected it to stay until the training ends"
        return LostError("", got, expected, "Its own messages say why", exit_code=TRY_AGAIN)


@contextlib.contextmanager
def met(place: Place) -> Iterator[Meeting]:
    """All processes, as soon as they are there.

    Raises:
        RnnkitError: If they are not in time, or count differently, or if process 0 cannot listen.
    """
    place.require_sound()
    meeting = _as_guest(place) if place.rank else _as_host(place)
    try:
        yield meeting
    finally:
        meeting.close()


def _as_host(place: Place) -> Meeting:
    lines: dict[int, Line] = {}
    until = time.monotonic() + place.wait
    with _listening(place) as listener:
        while len(lines) < place.number - 1:
            listener.settimeout(max(0.01, until - time.monotonic()))
            try:
                line = Line(listener.accept()[0], HELLO_SECONDS)
            except TimeoutError:
                error = _missing(place, lines)
                _refuse(lines.values(), error)
                raise error from None
            if (rank := _greeted(place, line, lines)) is not None:
                lines[rank] = line
    for line in lines.values():
        line.wait_for_ever()
        line.say({"all": place.number})
    return Meeting(place, lines)


def _greeted(place: Place, line: Line, lines: Mapping[int, Line]) -> int | None:
    """The number of who connected; None for somebody else, who is sent away.

    Raises:
        RnnkitError: If it counts other processes than this one.
    """
    hello: object = None
    with contextlib.suppress(TimeoutError):
        hello = line.hear()
    rank, number = _numbers(hello)
    if not 0 <= rank < number:
        line.close()
        return None
    if number != place.number:
        got = f"process 0 is one of {place.number}, process {rank} one of {number}"
        error = RnnkitError("--num-processes", got, "Expected the same number for all")
        _refuse([line, *lines.values()], error)
        raise error
    if rank in (0, *lines):
        expected = f"Expected each number from 0 to {number - 1} once"
        got = f"there is a process {rank} already"
        _refuse([line], RnnkitError("--process-id", got, expected))
        return None
    return rank


def _numbers(hello: object) -> tuple[int, int]:
    """The rank and the number of processes that somebody says; (-1, 0) of a stranger."""
    said = hello if isinstance(hello, dict) else {}
    numbers = [said.get(name) for name in ("rank", "number")]
    rank, number = (one if type(one) is int else -1 for one in numbers)
    return (rank, number) if set(said) == {"rank", "number"} else (-1, 0)


def _as_guest(place: Place) -> Meeting:
    # longer than process 0 waits, which says who is missing
    line = Line(_connected(place), place.wait + HELLO_SECONDS)
    try:
        answer = _welcomed(place, line)
        if isinstance(answer, dict) and set(answer) == REFUSAL:
            raise RnnkitError(**answer)
        if answer != {"all": place.number}:
            who = f"what listens at {place.coordinator}"
            got = f"{who} answers process {place.rank}, but is not process 0 of a training"
            raise RnnkitError(OPTION, got, "Expected HOST:PORT that process 0 was started with")
    except BaseException:
        line.close()
        raise
    line.wait_for_ever()
    return Meeting(place, {0: line})


def _welcomed(place: Place, line: Line) -> object:
    """What process 0 answers, once all are there."""
    try:
        line.say({"rank": place.rank, "number": place.number})
        return line.hear()
    except TimeoutError:
        who = f"what listens at {place.coordinator}"
        got = f"{who} says nothing to process {place.rank} of {place.number}"
        expected = f"Expected process 0 there, which says after {place.wait} s who is missing"
        raise RnnkitError(OPTION, got, expected, exit_code=TRY_AGAIN) from None
    except OSError:
        return None


def _connected(place: Place) -> socket.socket:
    """A connection to process 0, which may be started later than this one."""
    until, why = time.monotonic() + place.wait, ""
    while (left := until - time.monotonic()) > 0:
        try:
            return socket.create_connection(place.address, timeout=left)
        except OSError as error:
            why = error.strerror or str(error)
            time.sleep(min(RETRY_SECONDS, left))
    got = f"no process 0 at {place.coordinator} for {place.wait} s ({why})"
    expected = "Expected HOST:PORT of process 0, and it to be started"
    raise RnnkitError(OPTION, got, expected, exit_code=TRY_AGAIN)


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
        raise RnnkitError(OPTION, got, expected, hint) from None


def _missing(place: Place, lines: Mapping[int, Line]) -> RnnkitError:
    absent = [str(rank) for rank in range(1, place.number) if rank not in lines]
    shown = ", ".join(absent[:MOST_NAMED]) + (", ..." if len(absent) > MOST_NAMED else "")
    got = f"{len(absent)} of {place.number} processes did not come within {place.wait} s: {shown}"
    expected = f"Expected each with --coordinator {place.coordinator} and its own --process-id"
    return RnnkitError("--num-processes", got, expected, exit_code=TRY_AGAIN)


def _refuse(lines: Iterable[Line], error: RnnkitError) -> None:
    """Says to each why there is no training."""
    said = {name: getattr(error, name) for name in REFUSAL}
    for line in lines:
        with contextlib.suppress(OSError):
            line.say(said)
        line.close()
