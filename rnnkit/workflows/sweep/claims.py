"""Distributes the trials of a study among processes, with locks and notes in the study's folder.

A lock ends with its process, however that ends. Processes of all machines that share the folder
respect the locks.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from rnnkit.errors import RnnkitError
from rnnkit.platform.lock import try_lock, wait_for_lock
from rnnkit.quantities import counted
from rnnkit.run import RunFolder
from rnnkit.storage import write_json
from rnnkit.storage.records import Record, read_record

FOLDER = "claims"
STUDY = "study.lock"
MAX_KILLS = 2  # of one trial without a new checkpoint


class Note(Record):
    """The note on a trial that is running or has failed.

    Args:
        at: The time of writing, in seconds since 1970.
        problem: Why the trial failed; "" while it is running.
        is_final: Whether it would fail again.
        kills: How often its process was killed since its newest checkpoint.
        step: The step of this checkpoint; 0 for none.
    """

    at: float
    problem: str = ""
    is_final: bool = False
    kills: int = 0
    step: int = 0


class Claims:
    """The claims of processes on the trials of one study, by the names of their runs.

    Args:
        folder: The folder of the study.
        earlier: By trial, the times of the notes that earlier calls left; None for the notes that
            exist now. A trial that failed in an earlier call is tried again, one that fails in
            this call is not.
    """

    def __init__(self, folder: Path, earlier: Mapping[str, float] | None = None):
        self._folder = folder / FOLDER
        self._folder.mkdir(exist_ok=True)
        if earlier is None:
            names = [path.stem for path in self._folder.glob("*.json")]
            notes = {name: note for name in names if (note := self._note(name))}
            earlier = {name: note.at for name, note in notes.items()}
        self.earlier = dict(earlier)

    @contextlib.contextmanager
    def deciding(self) -> Iterator[None]:
        """Lets one process at a time decide what to do next."""
        with wait_for_lock(self._folder / STUDY):
            yield

    def problem(self, name: str) -> str:
        """Why a trial failed, if this call must not try it again; else ""."""
        note = self._note(name)
        is_old = note is not None and not note.is_final and self.earlier.get(name) == note.at
        return "" if note is None or is_old else note.problem

    def take(self, run: RunFolder) -> Callable[[], None] | None:
        """Claims a trial for this process.

        Returns:
            The function that gives it back; None if another process works on it, or if it fails
            because its process was killed too often.
        """
        name, step = run.path.name, newest_step(run)
        release = try_lock(self._folder / f"{name}.lock")
        if release is None:
            return None
        before = self._note(name)
        is_stuck = before is not None and not before.problem and before.step == step
        kills = before.kills + 1 if before and is_stuck else 0
        if kills > MAX_KILLS:
            problem = f"its process was killed {counted(kills, 'time')} before a checkpoint"
            self.fail(name, problem, is_final=False)
            release()
            return None
        self._write(name, Note(at=time.time(), kills=kills, step=step))

        def give_back() -> None:
            note = self._note(name)
            if note is not None and not note.problem:
                with contextlib.suppress(OSError):
                    self._path(name).unlink()
            release()

        return give_back

    def fail(self, name: str, problem: str, *, is_final: bool) -> None:
        """Notes why a trial failed, and whether it would fail again."""
        self._write(name, Note(at=time.time(), problem=problem, is_final=is_final))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _note(self, name: str) -> Note | None:
        """The note on a trial; None if there is none, or it is damaged."""
        with contextlib.suppress(RnnkitError):
            return read_record(self._path(name), Note)
        return None

    def _write(self, name: str, note: Note) -> None:
        write_json(self._path(name), note.model_dump())


def newest_step(run: RunFolder) -> int:
    """The step of the newest checkpoint of a run; 0 if it has none."""
    names = [path.name.removeprefix("step-") for path in run.checkpoints.glob("step-*")]
    return max((int(name) for name in names if name.isdigit()), default=0)
