"""Trainings of comparisons and sweeps, planned before the first begins; those done are not
repeated.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnkit import backend
from rnnkit.config import dump_config
from rnnkit.config.changes import changes
from rnnkit.errors import RnnkitError
from rnnkit.platform import disk
from rnnkit.platform.names import portable
from rnnkit.platform.shell import quote
from rnnkit.progress import log, quiet_stderr
from rnnkit.quantities import counted
from rnnkit.run import RunFolder, next_run_at, runs_folder
from rnnkit.storage import read_bytes, write_text
from rnnkit.storage.together import new_folder
from rnnkit.tasks.evaluation import OWN
from rnnkit.tasks.task import Task, task_of
from rnnkit.workflows.clock import Clock
from rnnkit.workflows.run_page import measured_scores
from rnnkit.workflows.train import Training, resume, train

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Planned:
    """A training whose run folder is known before it begins.

    Args:
        name: The name of what is trained, such as "lstm".
        task: The checked config.
        run: The run folder.
    """

    name: str
    task: Task
    run: RunFolder

    def __str__(self) -> str:
        return self.name

    @property
    def is_begun(self) -> bool:
        """Whether the run folder exists."""
        return self.run.config.is_file()

    @property
    def is_done(self) -> bool:
        """Whether the training is complete: its own scores are written last."""
        scores = measured_scores(self.run).values() if self.run.is_trained else ()
        return any(OWN in part for part in scores)

    def require_same(self) -> None:
        """Checks that the run has the config that it was started with.

        Raises:
            RnnkitError: If the config was edited.
        """
        train = self.task.train.decided_as(task_of(self.run).train)
        task = self.task.model_copy(update={"train": train})
        if read_bytes(self.run.config).decode("utf-8", "replace") == dump_config(task):
            return
        differences = "; ".join(str(change) for change in changes(task, task_of(self.run)))
        if not differences:  # written by a version without a key, which has its default value
            return
        raise RnnkitError(
            str(self.run),
            f"its config was changed ({differences})",
            "Expected the one that it was begun with",
            f"Remove the folder {quote(str(self.run))} to train it again",
        )

    def train(
        self,
        clock: Clock,
        device: str,
        backend_name: str | None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
    ) -> Training:
        """Trains the model, or resumes its training.

        Args:
            clock: Logs the progress of all trainings.
            device: auto, cpu or gpu.
            backend_name: tensorflow or jax; None for the environment's.
            callbacks: Further callbacks of the training.

        Raises:
            RnnkitError: If the training fails.
        """
        backend.select(backend_name, device)  # before the clock's callback imports keras
        options: dict[str, Any] = {
            "callbacks": [clock.callback(self.task.train.epochs), *callbacks],
            "device": device,
            "backend_name": backend_name,
        }
        with quiet_stderr(True):
            if self.is_begun:
                return resume(str(self.run), **options)
            with next_run_at(self.run.path):
                return train(self.task, **options)


def train_all(
    trainings: Sequence[Planned],
    device: str,
    backend_name: str | None,
    failures: tuple[type[Exception], ...],
    failed: Callable[[Planned, Exception], None],
) -> int | None:
    """Runs the trainings that are not done, one after the other.

    Args:
        trainings: Trainings of one folder.
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the environment's.
        failures: The exceptions after which the other trainings continue.
        failed: Called with each training that failed and its exception.

    Returns:
        The signal that stopped them; None if none did.

    Raises:
        RnnkitError: If an existing run is damaged or changed.
    """
    for training in trainings:
        if training.is_begun:
            training.require_same()
    left = [training for training in trainings if not training.is_done]
    folder = trainings[0].run.path.parent
    done = len(trainings) - len(left)
    log.info(f"{counted(len(trainings), 'training')} in {folder}, {done} of them done")
    clock = Clock(len(left))
    for training in left:
        clock.begin(str(training))
        try:
            signal = training.train(clock, device, backend_name).signal
        except failures as error:
            failed(training, error)
        else:
            if signal:
                return signal
        clock.end()
    return None


def planned_folder(
    name: str, file: str, content: str, is_same: Callable[[str], bool] | None = None
) -> Path:
    """The folder of an earlier call with the same options, else a new one, below runs/.

    Args:
        name: The name of the folder; a number is added if it is taken.
        file: The file in it that holds the options.
        content: The content of this file.
        is_same: Whether another content means the same; None if it must be identical.
    """
    name = portable(name)

    def find_earlier() -> Path | None:
        numbered = re.compile(rf"{re.escape(name)}(-\d+)?")
        paths = [
            path for path in runs_folder().glob(f"*/{file}") if numbered.fullmatch(path.parent.name)
        ]
        for path in sorted(paths, key=lambda path: (len(str(path)), str(path))):  # the oldest first
            text = read_bytes(path).decode("utf-8", "replace")
            if text == content or (is_same and is_same(text)):
                return path.parent
        return None

    if earlier := find_earlier():
        log.info(f"continues in {earlier}: what is done stays")
        return earlier
    try:
        runs_folder().mkdir(exist_ok=True)
        created = new_folder(runs_folder(), name, lambda path: write_text(path / file, content))
    except OSError as error:
        raise disk.no_run_folder(runs_folder(), error) from None
    oldest = find_earlier()
    if oldest is None or oldest == created:
        return created
    shutil.rmtree(created)  # another process created one with the same options first
    return oldest
