"""Several processes that work on one study, on this machine. Each ends with the process that
started it, however that ends: it hears it by its standard input, which is closed then, saves, and
stops.
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
from rnnkit.workflows.code import import_file, own_files
from rnnkit.workflows.sweep.plan import SweepOptions, make_plan
from rnnkit.workflows.sweep.study import Study
from rnnkit.workflows.sweep.study_folder import make_study
from rnnkit.workflows.sweep.worker import work

PROGRAM = "from rnnkit.workflows.sweep.jobs import serve; serve()"
STOPPED = 128 + SIGTERM  # of a process that saved and ended because it was asked to
SECONDS_BETWEEN_LOOKS = 0.3

SETTINGS = ("RNNKIT_", "KERAS_BACKEND")
"""What a process of another machine gets of this one's environment."""

THREADS = ("RNNKIT_THREADS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
SHARED_GPU = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
"""A process takes of a GPU's memory what it needs, not all of it."""


@dataclass(frozen=True)
class Work:
    """What a process of a study is to do.

    Args:
        options: The options of the sweep.
        folder: The folder of the study.
        earlier: As in `Claims`: trials that failed before this call, which are tried again.
        code: The user's own Python files.
        working: The folder that relative paths are of.
        settings: Environment variables.
    """

    options: SweepOptions
    folder: Path
    earlier: Mapping[str, float]
    code: Sequence[str]
    working: str
    settings: Mapping[str, str]


def work_of(options: SweepOptions, study: Study) -> Work:
    """What every process of a study is to do."""
    settings = {name: value for name, value in os.environ.items() if name.startswith(SETTINGS)}
    return Work(
        replace(options, jobs=1, launcher="local"),
        study.folder,
        study.claims.earlier,
        own_files(),
        str(Path.cwd()),
        settings,
    )


class Job:
    """A process that works on a study.

    Args:
        content: Its `Work`, pickled.
        share: How many such processes share the processors of this machine.
    """

    def __init__(self, content: bytes, share: int):
        own = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        shared = {name: str(max(1, processors() // share)) for name in THREADS} | SHARED_GPU
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", PROGRAM],
            stdin=subprocess.PIPE,
            env={**shared, **os.environ, **own},
            **detached(),
        )
        assert self._process.stdin is not None
        put_frame(self._process.stdin, content)

    def wait(self, seconds: float | None = None) -> int | None:
        """Its exit status; None if it works still after these seconds."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """Asks it to save and to end."""
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
        RnnkitError: If one of them failed, as other than a trial may.
    """
    content = pickle.dumps(work_of(options, study))
    jobs: list[Job] = []
    with StopRequest() as request:
        try:
            jobs += [Job(content, count) for _ in range(count)]
            while any(job.wait(SECONDS_BETWEEN_LOOKS) is None for job in jobs):
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
    """No process failed; one that was killed has left its trial to the others.

    Raises:
        RnnkitError: If work is left.
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
    """What such a process does: reads its work, and does it."""
    to_stderr()
    expect_echoes()
    task: Work = pickle.loads(get_frame(sys.stdin.buffer))
    threading.Thread(target=_end_with_input, daemon=True).start()
    os.environ.update(task.settings)
    with SignalHandler(_unwind, ends=True):
        try:
            sys.exit(_serve(task))
        except RnnkitError as error:
            log.error(str(error))
            sys.exit(error.exit_code)


def _serve(task: Work) -> int:
    if not Path(task.working).is_dir():
        got = "no such folder on this machine"
        expected = "Expected a drive that all machines share"
        raise RnnkitError(task.working, got, expected)
    os.chdir(task.working)
    for file in task.code:
        import_file(file)
    study = make_study(make_plan(task.options), task.folder, task.earlier)
    signal = work(study, task.options.device, task.options.backend_name)
    return 128 + signal if signal else 0


def _unwind(number: int) -> None:
    """A signal ends the process through every `with` and `finally`."""
    sys.exit(128 + number)


def _end_with_input() -> None:
    """Stops this process when nobody waits for it any more."""
    while os.read(0, 1):  # unbuffered: a thread in a buffer's lock would break the process' end
        pass
    stop_without_parent()
