"""Ctrl-C, SIGTERM and a closed terminal: the training finishes its step, saves and stops. A second
signal ends it at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rnnkit.ranks.group import group
from rnnkit.signals import SignalHandler


class StoppedError(BaseException):
    """Raised out of optional work when a signal asks the training to stop."""


class StopRequest(SignalHandler):
    """While the block runs, the first signal only sets `signal`. A second one ends the process, and
    so does the first during a step that takes longer than the grace period.

    With several processes, `heard` is the signal that this one received, and `signal` the one that
    all agreed to obey.
    """

    def __init__(self) -> None:
        super().__init__(self._ask)
        self.signal: int | None = None
        self.heard: int | None = None
        self._leaves = False

    @contextlib.contextmanager
    def leaving(self) -> Iterator[None]:
        """Makes work that changes no training state interruptible: a signal leaves it at once.

        Raises:
            StoppedError: When a signal arrives.
        """
        self._leaves = True
        try:
            self._leave()
            yield
        finally:
            self._leaves = False

    def _ask(self, number: int) -> None:
        self.heard = self.heard or number
        if group().number == 1:
            self.signal = self.heard
        self._leave()

    def _leave(self) -> None:
        if self._leaves and self.heard:
            raise StoppedError
