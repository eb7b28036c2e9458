"""Starts processes that train together, on this machine, and watches them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from rnnkit.errors import TRY_AGAIN, RnnkitError
from rnnkit.platform.processes import apart, processors
from rnnkit.platform.shell import quote
from rnnkit.progress import log
from rnnkit.ranks.place import Place
from rnnkit.signals import Heard
from rnnkit.storage import read_json
from rnnkit.workflows.processes.member import LOST, RUN

LOOK_SECONDS = 0.1
LAST_SECONDS = 15.0  # for the others, once one has failed
ABORTED = 134
OF_SIGNALS = range(129, 160)
"""What a process ends with that a signal stopped, and that saved what it had."""


@dataclass
class Member:
    """A process that was started.

    Args:
        place: Which one of the training it is.
        process: It.
        report: What it writes down.
        messages: Its standard error; None where that is this process' own.
    """

    place: Place
    process: subprocess.Popen[bytes]
    report: Path
    messages: IO[bytes] | None

    @property
    def code(self) -> int | None:
        """What it ended with; None while it runs."""
        return self.process.poll()

    @property
    def said(self) -> dict[str, str]:
        """What it wrote down."""
        return read_json(self.report) if self.report.exists() else {}

    @property
    def has_said_why(self) -> bool:
        """Whether it failed, and said on this process' standard error what was wrong."""
        code = self.code or 0
        return self.messages is None and 0 < code != ABORTED and LOST not in self.said


class Members:
    """Processes of one training, which end with the block.

    Args:
        places: Those to start here.
        words: The call of `rnnkit train`, without `rnnkit`.
    """

    def __init__(self, places: Sequence[Place], words: Sequence[str]):
        self._places, self._words = places, words
        self.all: list[Member] = []
        self.heard: int | None = None
        self.first: Member | None = None  # that failed

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="rnnkit-")
        for place in self._places:
            self.all.append(self._started(place))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for member in self.all:
            if member.code is None:
                member.process.kill()
            member.process.wait()
            if member.process.stdin:
                member.process.stdin.close()
            if member.messages:
                member.messages.close()
        self._folder.cleanup()

    def wait(self) -> None:
        """Until all have ended; those that outlive a failure too long are ended."""
        until = float("inf")
        while any(member.code is None for member in self.all):
            failed = [one for one in self.all if one.code and one.code not in OF_SIGNALS]
            if failed and self.first is None:
                self.first, until = failed[0], time.monotonic() + LAST_SECONDS
            if time.monotonic() > until:
                break
            time.sleep(LOOK_SECONDS)
        failed = [one for one in self.all if one.code and one.code not in OF_SIGNALS]
        self.first = self.first or next(iter(failed), None)

    def pass_on(self, number: int) -> None:
        """Sends a signal to all of them."""
        self.heard = self.heard or number
        for member in self.all:
            if member.code is None:
                member.process.send_signal(number)

    def _started(self, place: Place) -> Member:
        report = Path(self._folder.name) / f"{place.rank}.json"
        is_first = place.rank == 0 or len(self._places) == 1
        messages = None if is_first else tempfile.TemporaryFile()  # noqa: SIM115 (closed with all)
        share = max(1, processors() // len(self._places))
        process = subprocess.Popen(
            _command(self._words, place, report),
            stdin=subprocess.PIPE,  # its end tells that this process is gone
            stdout=None if is_first else subprocess.DEVNULL,
            stderr=messages,
            env={"RNNKIT_THREADS": str(share), **os.environ},
            **apart(),  # a terminal's signals come from here alone
        )
        return Member(place, process, report, messages)


def launch(places: Sequence[Place], words: Sequence[str], again: str) -> int:
    """Starts processes, waits for them, and gives their exit code.

    Args:
        places: Those to start here.
        words: The call of `rnnkit train`, without `rnnkit`.
        again: Options that a resumed training needs.

    Raises:
        RnnkitError: If one of them was killed, here or elsewhere.
    """
    with Members(places, words) as members:
        with Heard(members.pass_on):
            members.wait()
        first = members.first
        if first is None:
            return max(member.code or 0 for member in members.all)
        if members.heard and (first.code or 0) < 0:
            return 128 + members.heard
        said = {key: text for member in members.all for key, text in member.said.items()}
        own = next((one for one in members.all if one.has_said_why), first)
        if (got := _what_happened(own)) is None:
            return own.code or 0
        hint = "Start it again"
        if run := said.get(RUN):
            hint = f"Continue with: rnnkit train {quote(run)} --resume {again}"
        expected = "Expected all processes to stay until the training ends"
        raise RnnkitError("", got, expected, hint, exit_code=TRY_AGAIN)


def _command(words: Sequence[str], place: Place, report: Path) -> list[str]:
    """The same call, as one process of the training; what comes later counts, so these are last
    among the options.
    """
    own = ["--num-processes", place.number, "--process-id", place.rank]
    own += ["--coordinator", place.coordinator, "--launcher", "local", "--member", report]
    end = words.index("--") if "--" in words else len(words)
    return [sys.executable, "-m", "rnnkit", *words[:end], *map(str, own), *words[end:]]


def _what_happened(member: Member) -> str | None:
    """To the process that failed first; None where it said that itself."""
    code, said = member.code or 0, member.said
    if lost := said.get(LOST):
        return lost
    if code < 0 and -code != signal.SIGABRT:
        return f"process {member.place.rank} was ended by {signal.Signals(-code).name}"
    if code in (-signal.SIGABRT, ABORTED):
        return "another process is gone, or cannot be reached"
    if member.messages:
        member.messages.seek(0)
        for line in member.messages.read().decode(errors="replace").splitlines():
            log.error(f"process {member.place.rank}: {line}")
    return None
