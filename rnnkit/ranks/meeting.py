"""What processes that have met tell each other while they train: process 0 has a line to each of
the others. Nothing is encrypted, and nobody is asked who it is.
"""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence

from rnnkit.errors import TRY_AGAIN, RnnkitError
from rnnkit.ranks.guest import welcomed
from rnnkit.ranks.host import HELLO_SECONDS, received
from rnnkit.ranks.line import Line
from rnnkit.ranks.place import Place

LOOK_SECONDS = 0.2
NOTICE_SECONDS = 1.0


class LostError(RnnkitError):
    """Another process is gone."""


class Meeting:
    """All processes, connected.

    Args:
        place: The place of this process.
        lines: To each of the others by its number; to process 0 alone where this is another one.
        patience: Seconds within which the others have to say what they are asked for; None if
            something else tells that they are gone.
    """

    def __init__(self, place: Place, lines: Mapping[int, Line], patience: float | None = None):
        self.place, self.lines, self._patience = place, lines, patience

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
        # process 0 gives up first, and the others hear it
        patience = math.inf if self._patience is None else self._patience
        until = time.monotonic() + patience + (HELLO_SECONDS if self.rank else 0)
        if self.rank:
            self._say(0, text, until)
            every = self._hear(0, until)
            if not isinstance(every, list):
                raise self.lost(0)
            return every
        texts = [text, *(str(self._hear(rank, until)) for rank in sorted(self.lines))]
        for rank in self.lines:
            self._say(rank, texts, until)
        return texts

    def agree(self, values: Sequence[int]) -> list[int]:
        """The largest that any process says of each value; raises as `exchange` does."""
        every = [json.loads(text) for text in self.exchange(json.dumps(list(values)))]
        return [max(of_one) for of_one in zip(*every, strict=True)]

    def missing(self, seconds: float = NOTICE_SECONDS) -> int | None:
        """Who is gone, of those that this process has a line to; None if all of them stay for so
        long. Nothing more can be said to them.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for rank, line in self.lines.items():
                if line.is_over():
                    return rank
            time.sleep(LOOK_SECONDS)
        return None

    def hung_up(self) -> int | None:
        """Who is gone by now; for a thread beside the one that talks with them."""
        return next((rank for rank, line in self.lines.items() if line.has_hung_up()), None)

    def close(self) -> None:
        """Ends it; the others notice."""
        for line in self.lines.values():
            line.close()

    def _say(self, rank: int, what: object, until: float) -> None:
        try:
            self.lines[rank].say(what, _left(until))
        except OSError as error:
            raise self.lost(rank, isinstance(error, TimeoutError)) from error

    def _hear(self, rank: int, until: float) -> object:
        try:
            return self.lines[rank].hear(_left(until))
        except OSError as error:
            raise self.lost(rank, isinstance(error, TimeoutError)) from error

    def lost(self, rank: int, is_silent: bool = False) -> LostError:
        """The error for a process that is gone, or silent for too long."""
        got = f"process {rank} of {self.number} is gone"
        if is_silent:
            got = f"process {rank} of {self.number} says nothing for {self.place.wait} s"
        expected = "Expected it to stay until the training ends"
        return LostError("", got, expected, "Its own messages say why", exit_code=TRY_AGAIN)


def _left(until: float) -> float | None:
    """Seconds; a little is left for what is there already, None if there is no end."""
    return None if until == math.inf else max(0.01, until - time.monotonic())


@contextlib.contextmanager
def met(place: Place) -> Iterator[Meeting]:
    """All processes, as soon as they are there.

    Raises:
        RnnkitError: If they are not in time, or count differently, or if process 0 cannot listen.
    """
    place.require_sound()
    lines = {0: welcomed(place)} if place.rank else received(place)
    meeting = Meeting(place, lines, place.wait)
    try:
        yield meeting
    finally:
        meeting.close()
