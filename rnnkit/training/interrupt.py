"""Ctrl-C, SIGTERM and a closed terminal: finish the step, save, stop. A second signal stops at
once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rnnkit.ranks.group import group
from rnnkit.signals import Heard


class StoppedError(BaseException):
    """Leaves work that a training can do without once a signal asks it to stop."""


class StopRequest(Heard):
    """While the block runs, the first signal only sets `signal`; the second ends the process, and
    so does the first during a step that takes longer than the grace period.

    Among several processes `signal` is what they agreed on, and `heard` what this one heard.
    """

    def __init__(self) -> None:
        super().__init__(self._ask)
        self.signal: int | None = None
        self.heard: int | None = None
        self._leaves = False

    @contextlib.contextmanager
    def leaving(self) -> Iterator[None]:
        """What is done within is left at once when a signal comes: it changes nothing that a
        checkpoint holds.

        Raises:
            StoppedError: If one came.
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
