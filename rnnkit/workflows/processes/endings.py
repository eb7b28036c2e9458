"""How the processes of a training ended, and which of them caused the others to end."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from rnnkit.errors import TRY_AGAIN, RnnkitError
from rnnkit.resume_command import resume_command

ABORTED = 134
SIGNAL_CODES = range(129, 160)
"""The exit codes of processes that saved and stopped after a signal."""


class Kind(IntEnum):
    """How a process ended, causes before consequences.

    Once one process is gone the others end within moments, in any order: the smallest kind among
    them is the cause.
    """

    KILLED = 0  # by a signal
    FAILED = 1  # with an error that it reported
    STOPPED = 2  # saved and stopped after a signal
    SILENT = 3  # still running, long after the others ended
    LOST = 4  # lost the connection to another process, and reported which
    ABORTED = 5  # by JAX, which lost another process
    DONE = 6


@dataclass(frozen=True)
class Ending:
    """How one process ended.

    Args:
        rank: The rank of the process.
        kind: How it ended.
        code: Its exit code.
        reason: How it ended in words; "" if it failed or is done.
    """

    rank: int
    kind: Kind
    code: int
    reason: str


def ending(rank: int, code: int | None, lost: str = "") -> Ending:
    """Classifies how a process ended.

    Args:
        rank: The rank of the process.
        code: Its exit code, negative for a signal; None if it is still running.
        lost: The message that it wrote about a process that it lost.
    """
    if code is None:
        return Ending(rank, Kind.SILENT, TRY_AGAIN, f"process {rank} does not answer any more")
    if code in (-signal.SIGABRT, ABORTED):
        return Ending(rank, Kind.ABORTED, code, "another process is gone, or cannot be reached")
    if code < 0:
        reason = f"process {rank} was ended by {_signal_name(-code)}"
        return Ending(rank, Kind.KILLED, 128 - code, reason)
    if code in SIGNAL_CODES:
        reason = f"process {rank} was stopped by {_signal_name(code - 128)}"
        return Ending(rank, Kind.STOPPED, code, reason)
    if code and lost:
        return Ending(rank, Kind.LOST, code, lost)
    return Ending(rank, Kind.FAILED if code else Kind.DONE, code, "")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"


@dataclass(frozen=True)
class Ended:
    """How some or all processes of a training ended.

    Args:
        endings: The ending of each process.
        run: The run folder, "" if there was none yet.
        signal: The signal that asked all of them to stop; None if none did.
    """

    endings: Sequence[Ending]
    run: str = ""
    signal: int | None = None

    @property
    def first(self) -> Ending:
        """The ending that caused the others."""
        return min(self.endings, key=lambda ended: (ended.kind, ended.rank))

    @property
    def code(self) -> int:
        """The exit code of the training.

        Raises:
            RnnkitError: If a process was killed, on this machine or another.
        """
        first, kinds = self.first, {ended.kind for ended in self.endings}
        if first.kind in (Kind.FAILED, Kind.DONE):
            return first.code
        if self.signal and first.code == 128 + self.signal:
            return first.code
        if kinds <= {Kind.STOPPED, Kind.DONE}:
            return first.code
        hint = "Start it again"
        if self.run:
            hint = f"Continue with: {resume_command(self.run)}"
        expected = "Expected all processes to stay until the training ends"
        raise RnnkitError("", first.reason, expected, hint, exit_code=TRY_AGAIN)


def merged(machines: Sequence[Ended]) -> Ended:
    """The endings of all processes of a training on several machines."""
    endings = [ending for ended in machines for ending in ended.endings]
    run = next((ended.run for ended in machines if ended.run), "")
    return Ended(endings, run, next((ended.signal for ended in machines if ended.signal), None))
