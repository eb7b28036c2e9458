"""Starts processes that train together, on this machine, and watches them."""

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

LOOK_SECONDS = 0.1
LAST_SECONDS = 15.0  # for the others, once one has failed


@dataclass
class Member:
    """A process that was started.

    Args:
        place: Which one of the training it is.
        process: The process.
        report: What it writes down.
        messages: Its standard error; None if that is this process' own.
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
    def ending(self) -> Ending:
        """How it ended."""
        return ending(self.place.rank, self.code, self.said.get(LOST, ""))

    def repeat(self) -> None:
        """Says what it said, where nobody has read it yet."""
        if self.messages:
            self.messages.seek(0)
            for line in self.messages.read().decode(errors="replace").splitlines():
                log.error(f"process {self.place.rank}: {line}")


class Members:
    """Processes of one training, which end with the block.

    Args:
        places: The places of the processes to start here.
        words: The call of `rnnkit train`, without `rnnkit`.
        again: Options that a resumed training needs, for what the processes say.
    """

    def __init__(self, places: Sequence[Place], words: Sequence[str], again: str):
        self._places, self._words, self._again = places, words, again
        self.all: list[Member] = []
        self.heard: int | None = None

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

    def wait(self) -> Ended:
        """Until all have ended, or some long after one was lost to the others."""
        until = float("inf")
        while any(member.code is None for member in self.all) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            if until == float("inf") and self._is_one_lost():
                until = time.monotonic() + LAST_SECONDS
        return Ended([member.ending for member in self.all], self._run, self.heard)

    @property
    def _run(self) -> str:
        return next((member.said[RUN] for member in self.all if RUN in member.said), "")

    def _is_one_lost(self) -> bool:
        """Whether one ended by itself; before they have met, the others would wait for it."""
        kinds = {member.ending.kind for member in self.all if member.code is not None}
        return bool(kinds) and not (self._run and kinds <= {Kind.STOPPED, Kind.DONE})

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
            self._command(place, report),
            stdin=subprocess.PIPE,  # its end tells that this process is gone
            stdout=None if is_first else subprocess.DEVNULL,
            stderr=messages,
            env={"RNNKIT_THREADS": str(share), **os.environ},
            **detached(),  # a terminal's signals come from here alone
        )
        return Member(place, process, report, messages)

    def _command(self, place: Place, report: Path) -> list[str]:
        """The same call, as one process of the training; what comes later counts, so these are last
        among the options.
        """
        words, own = self._words, ["--num-processes", place.number, "--process-id", place.rank]
        own += ["--coordinator", place.coordinator, "--launcher", "local", "--member", report]
        own += ["--again", self._again]
        end = words.index("--") if "--" in words else len(words)
        return [sys.executable, "-m", "rnnkit", *words[:end], *map(str, own), *words[end:]]


def watch(places: Sequence[Place], words: Sequence[str], again: str) -> Ended:
    """Starts processes, and waits for them; the arguments are those of `Members`."""
    with Members(places, words, again) as members:
        with SignalHandler(members.pass_on):
            ended = members.wait()
        if ended.first.kind is Kind.FAILED:
            next(one for one in members.all if one.place.rank == ended.first.rank).repeat()
        return ended


def launch(places: Sequence[Place], words: Sequence[str], again: str) -> int:
    """Starts processes, waits for them, and gives the exit code for all; the arguments are those of
    `Members`.

    Raises:
        RnnkitError: If one of them was killed, here or elsewhere.
    """
    return watch(places, words, again).code
