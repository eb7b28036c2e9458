"""What the processes of a training ended with, and which of them ended the others."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from rnnkit.errors import TRY_AGAIN, RnnkitError
from rnnkit.resume_command import resume_command

ABORTED = 134
OF_SIGNALS = range(129, 160)
"""What a process ends with that a signal stopped, and that saved what it had."""


class Kind(IntEnum):
    """How a process ended. Once one is gone the others end too, within moments and in any order:
    what the smallest of them says is what ended all.
    """

    KILLED = 0  # by a signal
    FAILED = 1  # it says why
    STOPPED = 2  # by a signal, as it should
    SILENT = 3  # it has not, though the others ended long ago
    LOST = 4  # it missed another one, and says which
    ABORTED = 5  # by JAX, which missed another one
    DONE = 6


@dataclass(frozen=True)
class Ending:
    """How one of them ended.

    Args:
        rank: Which one of the training it is.
        kind: How it ended.
        code: Its exit code.
        what: The same, in words.
    """

    rank: int
    kind: Kind
    code: int
    what: str


def ending(rank: int, code: int | None, lost: str = "") -> Ending:
    """How a process ended.

    Args:
        rank: Which one of the training it is.
        code: What it ended with; None if it still runs, negative of a signal.
        lost: What it wrote down of another one that it missed.
    """
    if code is None:
        return Ending(rank, Kind.SILENT, TRY_AGAIN, f"process {rank} does not answer any more")
    if code in (-signal.SIGABRT, ABORTED):
        return Ending(rank, Kind.ABORTED, code, "another process is gone, or cannot be reached")
    if code < 0:
        what = f"process {rank} was ended by {_name(-code)}"
        return Ending(rank, Kind.KILLED, 128 - code, what)
    if code in OF_SIGNALS:
        what = f"process {rank} was stopped by {_name(code - 128)}"
        return Ending(rank, Kind.STOPPED, code, what)
    if code and lost:
        return Ending(rank, Kind.LOST, code, lost)
    return Ending(rank, Kind.FAILED if code else Kind.DONE, code, "")


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # those of real time
        return f"signal {number}"


@dataclass(frozen=True)
class Ended:
    """How processes of a training ended, some or all of them.

    Args:
        endings: How each process ended.
        run: The run's folder, "" if there was none yet.
        heard: The signal that asked all of them to stop, if any.
    """

    endings: Sequence[Ending]
    run: str = ""
    heard: int | None = None

    @property
    def first(self) -> Ending:
        """What ended all of them."""
        return min(self.endings, key=lambda one: (one.kind, one.rank))

    @property
    def code(self) -> int:
        """The exit code of whoever started them.

        Raises:
            RnnkitError: If one of them was killed, here or elsewhere.
        """
        first, kinds = self.first, {one.kind for one in self.endings}
        if first.kind in (Kind.FAILED, Kind.DONE):
            return first.code
        if self.heard and first.code == 128 + self.heard:
            return first.code
        if kinds <= {Kind.STOPPED, Kind.DONE}:
            return first.code
        hint = "Start it again"
        if self.run:
            hint = f"Continue with: {resume_command(self.run)}"
        expected = "Expected all processes to stay until the training ends"
        raise RnnkitError("", first.what, expected, hint, exit_code=TRY_AGAIN)


def together(some: Sequence[Ended]) -> Ended:
    """How all of a training ended that were started on several machines."""
    endings = [one for ended in some for one in ended.endings]
    run = next((ended.run for ended in some if ended.run), "")
    return Ended(endings, run, next((ended.heard for ended in some if ended.heard), None))
