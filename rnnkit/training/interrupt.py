"""Ctrl-C, SIGTERM and a closed terminal: finish the step, save, stop. A second signal stops at
once.
"""

from __future__ import annotations

from rnnkit.signals import Heard


class StopRequest(Heard):
    """While the block runs, the first signal only sets `signal`; the second ends the process, and
    so does the first during a step that takes longer than the grace period.
    """

    def __init__(self) -> None:
        super().__init__(self._ask)
        self.signal: int | None = None

    def _ask(self, number: int) -> None:
        self.signal = self.signal or number
