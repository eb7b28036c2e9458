"""One of several processes: it meets the others, and trains with them."""

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
"""What a member writes down for whoever started it: the run's folder, and who is gone."""
LOOK_SECONDS = 0.5
GRACE_SECONDS = 8.0
"""Within which a member ends by itself that another one is gone from."""


def take_part(call: TrainingCall, place: Place, report: Path) -> Training | int:
    """Trains with the others; the first process has the training, the others an exit code.

    Args:
        call: The arguments of the training.
        place: Which process this is.
        report: A file for whoever started it.

    Raises:
        RnnkitError: If the processes do not meet or differ, or the training fails.
    """
    expect_echoes()
    _end_with_parent()
    written: dict[str, str] = {}

    def write(kind: str, text: str) -> None:
        written[kind] = text
        write_json(report, written)

    def end(lost: str) -> NoReturn:
        """At once: JAX would wait for the others."""
        write(LOST, lost)
        sys.stderr.flush()
        os._exit(TRY_AGAIN)

    task = call.task()
    with met(place) as meeting, ending_after(meeting, end):
        require_equal(call, task, meeting)
        # keras first: JAX may know the other processes until it computes something
        backend.select(call.backend_name, "cpu" if call.device == "cpu" else "auto")
        meeting.exchange("")  # JAX would wait for one that is gone by now
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
            end(_who_is_gone(error, meeting))


def _who_is_gone(error: Exception, meeting: Meeting) -> str:
    """The message about a process that is gone, of which JAX knows at most an address."""
    if isinstance(error, LostError):
        return error.got
    if (rank := meeting.missing()) is not None:
        return meeting.lost(rank).got
    return f"another process is gone ({error})"


@contextlib.contextmanager
def ending_after(meeting: Meeting, end: Callable[[str], None]) -> Iterator[None]:
    """Ends the process soon after another one: what JAX begins with it may wait for ever, and hears
    neither of its end nor of a signal.

    Args:
        meeting: The processes.
        end: Ends this one, which misses another one.
    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_SECONDS):
            if meeting.closed_by_peer() is None or over.wait(GRACE_SECONDS):
                continue
            if (rank := meeting.closed_by_peer()) is not None:  # else all went on alone meanwhile
                end(meeting.lost(rank).got)

    threading.Thread(target=watch, daemon=True, name="rnnkit: others").start()
    try:
        yield
    finally:
        over.set()


def _end_with_parent() -> None:
    """Stops as after SIGTERM when whoever started this process is gone: its end of standard input
    is closed then.
    """

    def wait() -> None:
        # not sys.stdin, whose lock would be held when this process ends
        with contextlib.suppress(OSError), open(0, "rb", buffering=0, closefd=False) as parent:
            while parent.read(1):
                pass
        stop_without_parent()

    if sys.stdin is not None:
        threading.Thread(target=wait, daemon=True, name="rnnkit: parent").start()
