"""The messages of processes that train together: process 0 has a connection to each of the others.
Connections are neither encrypted nor authenticated.
"""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence

from rnnkit.errors import TRY_AGAIN, RnnkitError
from rnnkit.ranks.accepting import HELLO_SECONDS, accept_all
from rnnkit.ranks.connecting import connect
from rnnkit.ranks.connection import Connection
from rnnkit.ranks.place import Place

POLL_SECONDS = 0.2
NOTICE_SECONDS = 1.0


class LostError(RnnkitError):
    """Another process is gone."""


class Meeting:
    """All processes, connected.

    Args:
        place: The place of this process.
        connections: In process 0 to each of the others by rank; in another one to process 0.
        patience: Seconds within which the others must take part in an exchange; None if something
            else detects that they are gone.
    """

    def __init__(
        self, place: Place, connections: Mapping[int, Connection], patience: float | None = None
    ):
        self.place, self.connections, self._patience = place, connections, patience

    @property
    def rank(self) -> int:
        """The rank of this process."""
        return self.place.rank

    @property
    def number(self) -> int:
        """The number of processes."""
        return self.place.number

    def exchange(self, text: str) -> list[str]:
        """The texts that all processes pass to the same call, by rank; waits for all of them.

        Raises:
            RnnkitError: If one of them is gone.
        """
        # process 0 gives up first, and tells the others
        patience = math.inf if self._patience is None else self._patience
        until = time.monotonic() + patience + (HELLO_SECONDS if self.rank else 0)
        if self.rank:
            self._send(0, text, until)
            texts = self._receive(0, until)
            if not isinstance(texts, list):
                raise self.lost(0)
            return texts
        texts = [text, *(str(self._receive(rank, until)) for rank in sorted(self.connections))]
        for rank in self.connections:
            self._send(rank, texts, until)
        return texts

    def agree(self, values: Sequence[int]) -> list[int]:
        """The maximum over all processes of each value; raises as `exchange` does."""
        by_rank = [json.loads(text) for text in self.exchange(json.dumps(list(values)))]
        return [max(of_value) for of_value in zip(*by_rank, strict=True)]

    def missing(self, seconds: float = NOTICE_SECONDS) -> int | None:
        """The rank of a connected process that ends within some seconds; None if all stay. Messages
        to the others are no longer possible then.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for rank, connection in self.connections.items():
                if connection.is_closed():
                    return rank
            time.sleep(POLL_SECONDS)
        return None

    def closed_by_peer(self) -> int | None:
        """The rank of a connected process that is gone by now, for a thread other than the one that
        exchanges messages.
        """
        closed = (rank for rank, peer in self.connections.items() if peer.is_closed_by_peer())
        return next(closed, None)

    def close(self) -> None:
        """Closes all connections, which the others notice."""
        for connection in self.connections.values():
            connection.close()

    def _send(self, rank: int, message: object, until: float) -> None:
        try:
            self.connections[rank].send(message, _left(until))
        except OSError as error:
            raise self.lost(rank, isinstance(error, TimeoutError)) from error

    def _receive(self, rank: int, until: float) -> object:
        try:
            return self.connections[rank].receive(_left(until))
        except OSError as error:
            raise self.lost(rank, isinstance(error, TimeoutError)) from error

    def lost(self, rank: int, is_silent: bool = False) -> LostError:
        """The error for a process that is gone, or silent for too long."""
        got = f"process {rank} of {self.number} is gone"
        if is_silent:
            got = f"process {rank} of {self.number} has sent nothing for {self.place.wait} s"
        expected = "Expected it to stay until the training ends"
        return LostError("", got, expected, "Its own messages say why", exit_code=TRY_AGAIN)


def _left(until: float) -> float | None:
    """The seconds left, enough at least for what has arrived; None if there is no limit."""
    return None if until == math.inf else max(0.01, until - time.monotonic())


@contextlib.contextmanager
def met(place: Place) -> Iterator[Meeting]:
    """Connects all processes while the block runs.

    Raises:
        RnnkitError: If they are not in time, or expect another number of processes, or if process 0
            cannot listen.
    """
    place.require_valid()
    connections = {0: connect(place)} if place.rank else accept_all(place)
    meeting = Meeting(place, connections, place.wait)
    try:
        yield meeting
    finally:
        meeting.close()
