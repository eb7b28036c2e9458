"""One of several processes of a training: it connects to the others, and trains with them."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

from rnnkit import backend
from rnnkit.errors import TRY_AGAIN
from rnnkit.progress import quiet_stderr
from rnnkit.ranks.group import joined
from rnnkit.ranks.meeting import LostError, Meeting, met
from rnnkit.ranks.place import Place
from rnnkit.signals import expect_echoes, stop_without_parent
from rnnkit.storage import write_json
from rnnkit.workflows.processes.follower import follow
from rnnkit.workflows.processes.training_call import TrainingCall, require_equal
from rnnkit.workflows.train import Training

RUN, LOST = "run", "lost"
"""The keys of a process's report: the run folder, and a message about a process that is gone."""
POLL_SECONDS = 0.5
GRACE_SECONDS = 8.0
"""The time for a process to notice by itself that another one is gone."""


def take_part(call: TrainingCall, place: Place, report: Path) -> Training | int:
    """Trains with the other processes.

    Args:
        call: The arguments of the training.
        place: The place of this process.
        report: The file for the process that started this one.

    Returns:
        The training in the first process, an exit code in the others.

    Raises:
        RnnkitError: If the processes do not connect or differ, or the training fails.
    """
    expect_echoes()
    _end_with_parent()
    contents: dict[str, str] = {}

    def write(key: str, text: str) -> None:
        contents[key] = text
        write_json(report, contents)

    def end(lost: str) -> NoReturn:
        """Ends the process at once, since JAX would wait for the others."""
        write(LOST, lost)
        sys.stderr.flush()
        os._exit(TRY_AGAIN)

    task = call.task()
    with met(place) as meeting, ending_after(meeting, end):
        require_equal(call, task, meeting)
        # keras first: JAX can join the processes only before its first computation
        backend.select(call.backend_name, "cpu" if call.device == "cpu" else "auto")
        meeting.exchange("")  # detects a process that is gone, for which JAX would wait
        from rnnkit.backend.joined import is_loss, join

        try:
            with joined(join(meeting, lambda run: write(RUN, run))):
                if place.rank == 0:
                    return call.train()
                with quiet_stderr(True):
                    number = follow(call, task)
                return 128 + number if number else 0
        except Exception as error:
            if not is_loss(error):
                raise
            end(_loss_message(error, meeting))


def _loss_message(error: Exception, meeting: Meeting) -> str:
    """The message about a process that is gone, with its rank, which JAX does not tell."""
    if isinstance(error, LostError):
        return error.got
    if (rank := meeting.missing()) is not None:
        return meeting.lost(rank).got
    return f"another process is gone ({error})"


@contextlib.contextmanager
def ending_after(meeting: Meeting, end: Callable[[str], None]) -> Iterator[None]:
    """A context that ends this process soon after another one is gone, since JAX may wait for that
    one forever, whatever signals arrive.

    Args:
        meeting: The connections to the other processes.
        end: Ends this process, with the message about the other one.
    """
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(POLL_SECONDS):
            if meeting.closed_by_peer() is None or is_over.wait(GRACE_SECONDS):
                continue
            if (rank := meeting.closed_by_peer()) is not None:  # else it was closed on purpose
                end(meeting.lost(rank).got)

    threading.Thread(target=watch, daemon=True, name="rnnkit: others").start()
    try:
        yield
    finally:
        is_over.set()


def _end_with_parent() -> None:
    """Stops this process, as SIGTERM does, when the process that started it is gone, whose end of
    standard input is closed then.
    """

    def wait() -> None:
        # not sys.stdin, whose lock would block the exit
        with contextlib.suppress(OSError), open(0, "rb", buffering=0, closefd=False) as parent:
            while parent.read(1):
                pass
        stop_without_parent()

    if sys.stdin is not None:
        threading.Thread(target=wait, daemon=True, name="rnnkit: parent").start()
