"""Pictures of confusion matrices in a run folder."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit import process
from rnnkit.piped_process import can_run_in_parallel
from rnnkit.progress import log
from rnnkit.report.confusion import draw_confusion, drawer
from rnnkit.storage import write_bytes
from rnnkit.worker_process import Worker

if TYPE_CHECKING:
    from rnnkit.run import RunFolder
    from rnnkit.tasks.evaluation import Evaluation


def keep_pictures(run: RunFolder, evaluations: Sequence[Evaluation]) -> None:
    """Draws and saves the confusion matrices of evaluations."""
    for part, inputs in _described(run, evaluations).items():
        _keep(run, part, draw_confusion(**inputs))


@contextlib.contextmanager
def drawing(run: RunFolder, *, early: bool) -> Iterator[Pictures]:
    """Draws pictures in parallel with other work.

    Args:
        run: Where pictures are saved.
        early: Whether there will likely be something to draw: then a command starts a process now
            that imports matplotlib, which takes longer than drawing. Other programs import it once.
    """
    pictures = Pictures(run)
    try:
        if early and process.is_command() and can_run_in_parallel():
            pictures.start()
        yield pictures
    finally:
        pictures.close()


class Pictures:
    """The pictures of a run: `show` starts to draw them, `keep` saves them."""

    def __init__(self, run: RunFolder):
        self._run = run
        self._described: dict[str, dict[str, Any]] = {}
        self._drawn: dict[str, Future[bytes | None]] = {}
        self._worker: Worker | None = None

    def start(self) -> None:
        """Starts the process that draws, if one can be started."""
        with contextlib.suppress(OSError):
            self._worker = Worker(drawer, {}, {})

    def show(self, evaluations: Sequence[Evaluation]) -> None:
        """Starts to draw the confusion matrices of evaluations."""
        self._described = _described(self._run, evaluations)
        if self._worker and self._described:
            executor = ThreadPoolExecutor(1)
            for part, inputs in self._described.items():
                self._drawn[part] = executor.submit(self._worker.ask, pickle.dumps(inputs))
            executor.shutdown(wait=False)

    def keep(self) -> None:
        """Saves the pictures, and draws those that the other process did not."""
        for part, inputs in self._described.items():
            drawn = self._drawn[part].result() if part in self._drawn else None
            _keep(self._run, part, drawn or draw_confusion(**inputs))

    def close(self) -> None:
        """Ends the process."""
        if self._worker:
            self._worker.close()


def _described(run: RunFolder, evaluations: Sequence[Evaluation]) -> dict[str, dict[str, Any]]:
    """What is drawn, by part; a further file has no place in a run folder."""
    return {
        evaluation.part: {
            "counts": np.array(evaluation.confusion.counts),
            "labels": list(evaluation.confusion.labels),
            "title": f"{run.path.name}, {evaluation.part}",
        }
        for evaluation in evaluations
        if evaluation.confusion and evaluation.part != "data"
    }


def _keep(run: RunFolder, part: str, drawn: bytes) -> None:
    try:
        write_bytes(run.confusion(part), drawn)
    except OSError as error:  # it does not withhold the scores
        log.warning(f"{error.filename or run.path}: not saved ({error.strerror})")
