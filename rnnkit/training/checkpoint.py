"""Checkpoints: the whole state of a training, written so that a power failure at any instant
leaves a good one.

A checkpoint is a folder `step-000120/` with `state.npz` (every variable) and `state.json`
(everything else and the checksum of the arrays). It is written under a temporary name, flushed to
the disk and renamed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import model_validator

from rnnkit.errors import RUN_FAILED, RnnkitError
from rnnkit.platform.disk import cure, exit_code
from rnnkit.platform.files import rename_folder, sync_folder
from rnnkit.platform.shell import quote
from rnnkit.progress import log
from rnnkit.ranks.group import group
from rnnkit.resume_command import resume_command
from rnnkit.run import RunFolder
from rnnkit.stage_times import stage
from rnnkit.storage import (
    npz_bytes,
    read_bytes,
    read_json,
    read_npz,
    write_bytes,
    write_json,
)
from rnnkit.storage.history import require_epochs
from rnnkit.storage.reading import ARRAYS_BYTES
from rnnkit.storage.records import Record, as_record
from rnnkit.training.options import Checkpoints
from rnnkit.training.progress import Progress

ARRAYS, STATE = "state.npz", "state.json"
MAX_FAILED_SAVES = 3


class _State(Record, strict=False):
    sha256: str
    identity: dict[str, Any]
    progress: Progress
    steps: int | None = None
    config: str | None = None
    circumstances: dict[str, str] | None = None

    @model_validator(mode="after")
    def _epochs_are_whole(self) -> Self:
        require_epochs(self.progress.history)
        if self.progress.epoch != len(self.progress.history):
            raise ValueError("progress.history: other epochs than are done")
        return self


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds."""

    arrays: dict[str, np.ndarray]
    state: dict[str, Any]


def save_checkpoint(
    folder: Path, step: int, arrays: Mapping[str, np.ndarray], state: Mapping[str, Any], keep: int
) -> None:
    """Writes the checkpoint of `step` below `folder`, then removes all but the newest `keep`.

    Raises:
        OSError: If the disk is full or fails; earlier checkpoints stay.
    """
    final = folder / f"step-{step:09d}"
    temporary = final.with_suffix(".tmp")
    if _is_whole(final):
        return
    folder.mkdir(exist_ok=True)  # never a run anew
    shutil.rmtree(temporary, ignore_errors=True)
    shutil.rmtree(final, ignore_errors=True)
    try:
        temporary.mkdir()
        content = npz_bytes(arrays)
        write_bytes(temporary / ARRAYS, content)
        write_json(temporary / STATE, {"sha256": _checksum(content, state), **state})
        rename_folder(temporary, final)
        sync_folder(folder)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    for old in [*_folders(folder)[keep:], *folder.glob("step-*.tmp")]:
        shutil.rmtree(old, ignore_errors=True)


def load_checkpoint(folder: Path) -> Checkpoint:
    """The newest intact checkpoint below `folder`; damaged ones are set aside as
    `corrupt-step-...`.

    Raises:
        RnnkitError: If there is none, or none is intact.
    """
    damaged = []
    for path in _folders(folder):
        try:
            return _load(path)
        except (RnnkitError, OSError) as error:
            aside = path.with_name(f"corrupt-{path.name}")
            shutil.rmtree(aside, ignore_errors=True)
            rename_folder(path, aside)
            damaged.append(path.name)
            log.warning(
                f"{path}: damaged checkpoint ({error}); kept as {aside.name}, the one before is"
                " tried"
            )
    if damaged:
        raise RnnkitError(
            str(folder),
            f"every checkpoint is damaged: {', '.join(damaged)}",
            "",
            _train_anew(folder),
            exit_code=RUN_FAILED,
        )
    raise no_checkpoint(folder)


def no_checkpoint(folder: Path) -> RnnkitError:
    """What is wrong with a folder of checkpoints that holds none."""
    return RnnkitError(
        str(folder), "no checkpoint", "Expected one to resume from", _train_anew(folder)
    )


def _train_anew(folder: Path) -> str:
    return f"Train a new run: `rnnkit train {quote(str(folder.parent))}`"


class Saver:
    """Writes checkpoints when they are due, and tolerates a full disk for a while. Of several
    processes the first alone writes.

    Args:
        run: Where checkpoints and history.csv go.
        options: How often, and how many are kept.
    """

    def __init__(self, run: RunFolder, options: Checkpoints):
        self._run, self._options = run, options
        self._failures = 0  # in a row
        self._saved_at = time.monotonic()
        self.epochs_written, self._history_due = 0, 0.0  # in history.csv, or tried in vain
        self.agreed: bool | None = None  # whether it is time, of several processes

    def is_due(self, step: int) -> bool:
        """Whether a checkpoint is to be written after `step` steps."""
        steps = self._options.every_steps
        is_time = self.is_time if self.agreed is None else self.agreed
        return (steps is not None and step % steps == 0) or is_time

    @property
    def is_time(self) -> bool:
        """Whether one is due by the clock of this process."""
        seconds = self._options.every_seconds
        return seconds is not None and time.monotonic() - self._saved_at >= seconds

    def steps_left(self, step: int) -> int:
        """Steps from `step` on to the next that a checkpoint is due after, by their number."""
        every = self._options.every_steps
        return sys.maxsize if every is None else every - step % every

    @stage("checkpoints")
    def save_checkpoint(
        self, arrays: Mapping[str, np.ndarray], state: Mapping[str, Any], progress: Progress
    ) -> None:
        """Writes a checkpoint of the training's current state.

        Raises:
            RnnkitError: If writing fails for the third time in a row, or at the very end.
        """
        step = progress.step
        if not group().rank:
            with self._tolerating_full_disk(f"checkpoint of step {step}", last=progress.finished):
                save_checkpoint(self._run.checkpoints, step, arrays, state, self._options.keep)
                self._failures = 0
        self._saved_at = time.monotonic()

    def save_history(self, history: Sequence[Mapping[str, float]], *, now: bool) -> None:
        """Writes history.csv; failures are tolerated as in `save_checkpoint`. Unless it must be
        `now`, epochs of a few milliseconds wait for those after them: writing all rows takes a
        twentieth of the time at most.
        """
        started = time.monotonic()
        is_due = len(history) != self.epochs_written and (now or started >= self._history_due)
        if is_due and not group().rank:
            self.epochs_written = len(history)
            with self._tolerating_full_disk("history.csv", last=False):
                self._run.save_history(history)
            self._history_due = started + 20 * (time.monotonic() - started)

    @contextlib.contextmanager
    def _tolerating_full_disk(self, name: str, *, last: bool) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._failures += 1
            message = f"{name} not written: {error.strerror or error}"
            if self._failures >= MAX_FAILED_SAVES or last:
                hint = cure(error, f"continue with `{resume_command(self._run)}`")
                raise RnnkitError(
                    str(self._run), message, "", hint, exit_code=exit_code(error)
                ) from None
            log.warning(f"{message}; the one before is kept")


def _load(path: Path) -> Checkpoint:
    state = read_json(path / STATE)
    checked = as_record(state, _State, str(path / STATE))
    content = read_bytes(path / ARRAYS, ARRAYS_BYTES, links=False)
    of_arrays = hashlib.sha256(content).hexdigest()  # as the first versions wrote it
    if state.pop("sha256", None) not in (_checksum(content, state), of_arrays):
        raise RnnkitError(str(path), "the checksum does not match")
    state["progress"] = asdict(checked.progress)
    return Checkpoint(read_npz(content, str(path / ARRAYS)), state)


def _checksum(content: bytes, state: Mapping[str, Any]) -> str:
    return hashlib.sha256(content + json.dumps(state, sort_keys=True).encode()).hexdigest()


def _is_whole(path: Path) -> bool:
    try:
        _load(path)
    except (RnnkitError, OSError):
        return False
    return True


def _folders(folder: Path) -> list[Path]:
    return sorted((path for path in folder.glob("step-*") if path.suffix != ".tmp"), reverse=True)
