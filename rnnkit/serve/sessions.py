"""Sessions: the model's state after all that it has read and generated is kept, so that a further
token costs one step however long the text is.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted
from rnnkit.serve.decoding import SessionState
from rnnkit.serve.failures import Failure
from rnnkit.serve.limits import Exceeded, Limits


class Session:
    """A session with one run.

    Args:
        key: The names of the run and of the session.
    """

    def __init__(self, key: tuple[str, str]):
        self.key = key
        self.state: SessionState | None = None
        self.is_busy = False
        self.used = 0.0


class Sessions:
    """All sessions; those unused for a while are dropped.

    Args:
        limits: Their number, and how long unused ones are kept.
        clock: A monotonic clock, in seconds.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic):
        self._limits, self._clock = limits, clock
        self._sessions: dict[tuple[str, str], Session] = {}  # least recently used first

    def __len__(self) -> int:
        self._forget()
        return len(self._sessions)

    def take(self, model: str, name: str) -> Session:
        """The session with a name, reserved until it is given back.

        Raises:
            Exceeded: If there are too many.
            Failure: If a request uses it already.
        """
        self._forget()
        session = self._sessions.get((model, name))
        if session is None:
            if len(self._sessions) >= self._limits.sessions:
                got = counted(len(self._sessions), "session")
                expected = "Expected fewer at the same time"
                raise Exceeded("sessions", "session", got, expected)
            session = self._sessions[model, name] = Session((model, name))
        if session.is_busy:
            got, expected = "in use by another request", "Expected one request after the other"
            raise Failure(409, RnnkitError("session", got, expected), code="session_busy")
        session.is_busy = True
        return session

    def give_back(self, session: Session, state: SessionState | None) -> None:
        """Releases a session, and stores where its decoding stopped if it did."""
        session.state = state or session.state
        session.is_busy, session.used = False, self._clock()
        del self._sessions[session.key]
        if session.state is not None:
            self._sessions[session.key] = session  # most recently used

    def end(self, model: str, name: str) -> bool:
        """Ends a session; False if there is none, or it is in use."""
        session = self._sessions.get((model, name))
        if session is None or session.is_busy:
            return False
        del self._sessions[model, name]
        return True

    def _forget(self) -> None:
        oldest = self._clock() - self._limits.session_seconds
        for key, session in list(self._sessions.items()):
            if session.is_busy:
                continue
            if session.used > oldest:
                break  # those after it were used later
            del self._sessions[key]
