"""Starts processes that train together on this machine, and waits for them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from rnnkit.platform.processes import detached, processors
from rnnkit.progress import log
from rnnkit.ranks.place import Place
from rnnkit.signals import SignalHandler
from rnnkit.storage import read_json
from rnnkit.workflows.processes.endings import Ended, Ending, Kind, ending
from rnnkit.workflows.processes.member import LOST, RUN

POLL_SECONDS = 0.1
LAST_SECONDS = 13.0  # for the others to end once one has failed: 15 with the end of the launcher


@dataclass
class Member:
    """A process of the training.

    Args:
        place: Its place in the training.
        process: The process.
        report: The file to which it writes the run folder, or which process it lost.
        messages: Its standard error; None if that is this process's own.
    """

    place: Place
    process: subprocess.Popen[bytes]
    report: Path
    messages: IO[bytes] | None

    @property
    def code(self) -> int | None:
        """Its exit code; None while it is running."""
        return self.process.poll()

    @property
    def reported(self) -> dict[str, str]:
        """The content of its report; {} if it has written none."""
        return read_json(self.report) if self.report.exists() else {}

    @property
    def ending(self) -> Ending:
        """How it ended."""
        return ending(self.place.rank, self.code, self.reported.get(LOST, ""))

    def log_messages(self) -> None:
        """Logs its standard error, unless that is this process's own."""
        if self.messages:
            self.messages.seek(0)
            for line in self.messages.read().decode(errors="replace").splitlines():
                log.error(f"process {self.place.rank}: {line}")


class Members:
    """A context manager of the processes of one training, which it starts and, if need be, kills.

    Args:
        places: The places of the processes to start here.
        words: The arguments of `rnnkit`, with `train` first.
        again: The options of a command that resumes the training, for messages.
    """

    def __init__(self, places: Sequence[Place], words: Sequence[str], again: str):
        self._places, self._words, self._again = places, words, again
        self.all: list[Member] = []
        self.signal: int | None = None

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="rnnkit-")
        for place in self._places:
            self.all.append(self._start(place))
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

    def wait(self) -> Ended:
        """Waits until all processes have ended, or for LAST_SECONDS after one of them failed."""
        until = float("inf")
        while any(member.code is None for member in self.all) and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
            if until == float("inf") and self._has_failed():
                until = time.monotonic() + LAST_SECONDS
        return Ended([member.ending for member in self.all], self._run, self.signal)

    @property
    def _run(self) -> str:
        return next((member.reported[RUN] for member in self.all if RUN in member.reported), "")

    def _has_failed(self) -> bool:
        """Whether a process ended so that the others cannot continue; before all have connected,
        this is any end.
        """
        kinds = {member.ending.kind for member in self.all if member.code is not None}
        return bool(kinds) and not (self._run and kinds <= {Kind.STOPPED, Kind.DONE})

    def forward(self, number: int) -> None:
        """Sends a signal to all processes."""
        self.signal = self.signal or number
        for member in self.all:
            if member.code is None:
                member.process.send_signal(number)

    def _start(self, place: Place) -> Member:
        report = Path(self._folder.name) / f"{place.rank}.json"
        is_first = place.rank == 0 or len(self._places) == 1
        messages = None if is_first else tempfile.TemporaryFile()  # noqa: SIM115 (closed with all)
        share = max(1, processors() // len(self._places))
        process = subprocess.Popen(
            self._command(place, report),
            stdin=subprocess.PIPE,  # closed when this process ends
            stdout=None if is_first else subprocess.DEVNULL,
            stderr=messages,
            env={"RNNKIT_THREADS": str(share), **os.environ},
            **detached(),  # from the terminal, whose signals this process forwards
        )
        return Member(place, process, report, messages)

    def _command(self, place: Place, report: Path) -> list[str]:
        """The command of one process: the call with options that, coming last, prevail."""
        words, options = self._words, ["--num-processes", place.number, "--process-id", place.rank]
        options += ["--coordinator", place.coordinator, "--launcher", "local", "--member", report]
        options += ["--again", self._again]
        end = words.index("--") if "--" in words else len(words)
        return [sys.executable, "-m", "rnnkit", *words[:end], *map(str, options), *words[end:]]


def watch(places: Sequence[Place], words: Sequence[str], again: str) -> Ended:
    """Starts processes, and waits for them; arguments as in `Members`."""
    with Members(places, words, again) as members:
        with SignalHandler(members.forward):
            ended = members.wait()
        if ended.first.kind is Kind.FAILED:
            failed = ended.first.rank
            next(member for member in members.all if member.place.rank == failed).log_messages()
        return ended


def launch(places: Sequence[Place], words: Sequence[str], again: str) -> int:
    """Starts processes, waits for them, and returns the exit code; arguments as in `Members`.

    Raises:
        RnnkitError: If a process was killed, on this machine or another.
    """
    return watch(places, words, again).code
