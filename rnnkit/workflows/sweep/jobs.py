"""Runs a study in several processes of this machine.

Each ends with the process that started it, however that ends: its standard input is closed then,
whereupon it saves and stops.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from signal import SIGTERM

from rnnkit.errors import RUN_FAILED, RnnkitError
from rnnkit.piped_process import get_frame, put_frame
from rnnkit.platform.processes import detached, processors
from rnnkit.progress import log, to_stderr
from rnnkit.quantities import agreed, counted
from rnnkit.signals import SignalHandler, expect_echoes, stop_without_parent
from rnnkit.training.interrupt import StopRequest
from rnnkit.workflows.code import import_file, user_files
from rnnkit.workflows.sweep.plan import SweepOptions, make_plan
from rnnkit.workflows.sweep.study import Study
from rnnkit.workflows.sweep.study_folder import make_study
from rnnkit.workflows.sweep.worker import work

PROGRAM = "from rnnkit.workflows.sweep.jobs import serve; serve()"
STOPPED = 128 + SIGTERM  # the exit status of a process that saved and stopped on request
SECONDS_BETWEEN_POLLS = 0.3

SETTINGS = ("RNNKIT_", "KERAS_BACKEND")
"""Prefixes of the environment variables that processes of other machines receive."""

THREADS = ("RNNKIT_THREADS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
SHARED_GPU = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
"""Lets a process allocate GPU memory as it needs it, instead of all at once."""


@dataclass(frozen=True)
class Work:
    """The work of a process of a study.

    Args:
        options: The options of the sweep.
        folder: The folder of the study.
        earlier: As in `Claims`: trials that failed before this call, which are tried again.
        code: The user's own Python files.
        working: The working directory.
        settings: Environment variables.
    """

    options: SweepOptions
    folder: Path
    earlier: Mapping[str, float]
    code: Sequence[str]
    working: str
    settings: Mapping[str, str]


def make_work(options: SweepOptions, study: Study) -> Work:
    """The work of each process of a study."""
    settings = {name: value for name, value in os.environ.items() if name.startswith(SETTINGS)}
    return Work(
        replace(options, jobs=1, launcher="local"),
        study.folder,
        study.claims.earlier,
        user_files(),
        str(Path.cwd()),
        settings,
    )


class Job:
    """A process that works on a study.

    Args:
        content: Its pickled `Work`.
        share: How many such processes share the processors of this machine.
    """

    def __init__(self, content: bytes, share: int):
        path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        defaults = {name: str(max(1, processors() // share)) for name in THREADS} | SHARED_GPU
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", PROGRAM],
            stdin=subprocess.PIPE,
            env={**defaults, **os.environ, **path},
            **detached(),
        )
        assert self._process.stdin is not None
        put_frame(self._process.stdin, content)

    def wait(self, seconds: float | None = None) -> int | None:
        """Waits for the process to end; None if it is still running after these seconds.

        Returns:
            The exit status.
        """
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """Asks the process to save and stop."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()


def work_in_processes(options: SweepOptions, study: Study, count: int) -> int | None:
    """Trains all trials of a study in processes of this machine.

    Args:
        options: The options of the sweep.
        study: The study.
        count: How many processes.

    Returns:
        The signal that stopped them; None if none did.

    Raises:
        RnnkitError: If a process ended before all trials were done.
    """
    content = pickle.dumps(make_work(options, study))
    jobs: list[Job] = []
    with StopRequest() as request:
        try:
            jobs += [Job(content, count) for _ in range(count)]
            while any(job.wait(SECONDS_BETWEEN_POLLS) is None for job in jobs):
                if request.signal:
                    break
        finally:
            for job in jobs:
                job.stop()
        statuses = [job.wait() for job in jobs]
    if request.signal:
        return request.signal
    require_done(study, statuses)
    return None


def require_done(study: Study, statuses: Sequence[int | None]) -> None:
    """Checks that the processes did all trials; one that was killed left its trial to the others.

    Raises:
        RnnkitError: If a trial is not done.
    """
    for number, status in enumerate(statuses):
        if status:
            log.warning(f"process {number + 1} of {len(statuses)} ended with exit status {status}")
    left = study.plan.trials - study.done
    if left > 0:
        raise RnnkitError(
            str(study.folder),
            f"{left} of {counted(study.plan.trials, 'trial')} {agreed(left, 'is', 'are')} not done:"
            " the processes ended before",
            "",
            "The same command again continues it",
            exit_code=RUN_FAILED,
        )


def serve() -> None:
    """The main function of a process: reads its work from standard input, and does it."""
    to_stderr()
    expect_echoes()
    assigned: Work = pickle.loads(get_frame(sys.stdin.buffer))
    threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    os.environ.update(assigned.settings)
    with SignalHandler(_exit, ends=True):
        try:
            sys.exit(_serve(assigned))
        except RnnkitError as error:
            log.error(str(error))
            sys.exit(error.exit_code)


def _serve(assigned: Work) -> int:
    """Does the work, and returns the exit status."""
    if not Path(assigned.working).is_dir():
        got = "no such folder on this machine"
        expected = "Expected a drive that all machines share"
        raise RnnkitError(assigned.working, got, expected)
    os.chdir(assigned.working)
    for file in assigned.code:
        import_file(file)
    study = make_study(make_plan(assigned.options), assigned.folder, assigned.earlier)
    signal = work(study, assigned.options.device, assigned.options.backend_name)
    return 128 + signal if signal else 0


def _exit(number: int) -> None:
    """Ends the process after a signal, through every `with` and `finally`."""
    sys.exit(128 + number)


def _stop_at_end_of_input() -> None:
    """Stops this process when the process that started it has ended."""
    while os.read(0, 1):  # a thread that waits in a buffered read would block the exit
        pass
    stop_without_parent()
