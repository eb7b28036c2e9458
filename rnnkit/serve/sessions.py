"""Talks: what a model has read and generated is kept as its state, so that a further token costs
one step however long the talk.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted
from rnnkit.serve.decoding import Carried
from rnnkit.serve.failures import Failure
from rnnkit.serve.limits import Exceeded, Limits


class Session:
    """One talk with one run.

    Args:
        key: The names of the run and of the talk.
    """

    def __init__(self, key: tuple[str, str]):
        self.key = key
        self.carried: Carried | None = None
        self.is_busy = False
        self.used = 0.0


class Sessions:
    """All talks, those that nobody asked for a while forgotten.

    Args:
        limits: How many, and how long they are kept.
        clock: Seconds that only grow.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic):
        self._limits, self._clock = limits, clock
        self._talks: dict[tuple[str, str], Session] = {}  # the longest unused first

    def __len__(self) -> int:
        self._forget()
        return len(self._talks)

    def take(self, model: str, name: str) -> Session:
        """The session of a name, which nobody else uses until it is given back.

        Raises:
            Exceeded: If there are too many.
            Failure: If a request uses it already.
        """
        self._forget()
        session = self._talks.get((model, name))
        if session is None:
            if len(self._talks) >= self._limits.sessions:
                got = counted(len(self._talks), "session")
                expected = "Expected fewer at the same time"
                raise Exceeded("sessions", "session", got, expected)
            session = self._talks[model, name] = Session((model, name))
        if session.is_busy:
            got, expected = "in use by another request", "Expected one request after the other"
            raise Failure(409, RnnkitError("session", got, expected), code="session_busy")
        session.is_busy = True
        return session

    def give_back(self, session: Session, carried: Carried | None) -> None:
        """Keeps where a session's decoding stopped; what it was before, where there is nothing."""
        session.carried = carried or session.carried
        session.is_busy, session.used = False, self._clock()
        del self._talks[session.key]
        if session.carried is not None:
            self._talks[session.key] = session  # the last used one

    def end(self, model: str, name: str) -> bool:
        """Forgets a session; whether there was one that is not in use."""
        session = self._talks.get((model, name))
        if session is None or session.is_busy:
            return False
        del self._talks[model, name]
        return True

    def _forget(self) -> None:
        oldest = self._clock() - self._limits.session_seconds
        for key, session in list(self._talks.items()):
            if session.is_busy:
                continue
            if session.used > oldest:
                break  # those after it were used later
            del self._talks[key]
