"""Trainings that are planned before the first of them begins: comparisons and sweeps. What is done
is not done again.
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
    """A training whose folder is known before it begins.

    Args:
        name: What is trained, such as "lstm".
        task: Its checked config.
        run: Its folder.
    """

    name: str
    task: Task
    run: RunFolder

    def __str__(self) -> str:
        return self.name

    @property
    def is_begun(self) -> bool:
        """Whether its folder is there."""
        return self.run.config.is_file()

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is left to do: its scores are measured at its very end."""
        scores = measured_scores(self.run).values() if self.run.is_trained else ()
        return any(OWN in part for part in scores)

    def require_same(self) -> None:
        """A run that is there has the config that it was begun with.

        Raises:
            RnnkitError: If it was edited.
        """
        train = self.task.train.decided_as(task_of(self.run).train)
        task = self.task.model_copy(update={"train": train})
        if read_bytes(self.run.config).decode("utf-8", "replace") == dump_config(task):
            return
        found = "; ".join(str(change) for change in changes(task, task_of(self.run)))
        if not found:  # written by a version that lacks a key, which has its usual value
            return
        raise RnnkitError(
            str(self.run),
            f"its config was changed ({found})",
            "Expected the one that it was begun with",
            f"Remove the folder {quote(str(self.run))} to train it again",
        )

    def carry_out(
        self,
        clock: Clock,
        device: str,
        backend_name: str | None,
        further: Sequence[keras.callbacks.Callback] = (),
    ) -> Training:
        """Trains it, or continues it where it was stopped.

        Args:
            clock: Says how far all of them have come.
            device: auto, cpu or gpu.
            backend_name: tensorflow or jax; None for the environment's.
            further: What else the training calls after each epoch.

        Raises:
            RnnkitError: If it cannot be trained.
        """
        backend.select(backend_name, device)  # before the clock's callback imports keras
        callbacks = [clock.callback(self.task.train.epochs), *further]
        where: dict[str, Any] = {"device": device, "backend_name": backend_name}
        with quiet_stderr(True):
            if self.is_begun:
                return resume(str(self.run), callbacks=callbacks, **where)
            with next_run_at(self.run.path):
                return train(self.task, callbacks=callbacks, **where)


def carry_out_all(
    trainings: Sequence[Planned],
    device: str,
    backend_name: str | None,
    failures: tuple[type[Exception], ...],
    failed: Callable[[Planned, Exception], None],
) -> int | None:
    """Trains those that are not done, one after the other.

    Args:
        trainings: Planned in one folder.
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the environment's.
        failures: What ends one training alone; the others continue.
        failed: Called with each that failed, and why.

    Returns:
        The signal that stopped them; None if none did.

    Raises:
        RnnkitError: If a run that is there is damaged or changed.
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
            signal = training.carry_out(clock, device, backend_name).signal
        except failures as error:
            failed(training, error)
        else:
            if signal:
                return signal
        clock.end()
    return None


def folder_of(
    name: str, file: str, content: str, is_same: Callable[[str], bool] | None = None
) -> Path:
    """The folder of an earlier call with this very content, else a new one, below runs/.

    Args:
        name: How it is called; a number is added where that is taken.
        file: The file in it that says what is asked for.
        content: What that says.
        is_same: Whether another text says the same; None if it must be the same text.
    """
    whole = portable(name)

    def earlier() -> Path | None:
        numbered = re.compile(rf"{re.escape(whole)}(-\d+)?")
        paths = [
            path for path in runs_folder().glob(f"*/{file}") if numbered.fullmatch(path.parent.name)
        ]
        for path in sorted(paths, key=lambda path: (len(str(path)), str(path))):  # the oldest first
            text = read_bytes(path).decode("utf-8", "replace")
            if text == content or (is_same and is_same(text)):
                return path.parent
        return None

    if folder := earlier():
        log.info(f"continues in {folder}: what is done stays")
        return folder
    runs_folder().mkdir(exist_ok=True)
    own = new_folder(runs_folder(), whole, lambda path: write_text(path / file, content))
    folder = earlier()
    if folder is None or folder == own:
        return own
    shutil.rmtree(own)  # another process began the same meanwhile, and was first
    return folder
