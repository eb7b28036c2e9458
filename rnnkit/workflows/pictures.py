"""The pictures of confusion matrices in a run folder."""

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


def save_pictures(run: RunFolder, evaluations: Sequence[Evaluation]) -> None:
    """Draws and saves the confusion matrices of evaluations."""
    for part, arguments in _drawing_arguments(run, evaluations).items():
        _save(run, part, draw_confusion(**arguments))


@contextlib.contextmanager
def drawing(run: RunFolder, *, early: bool) -> Iterator[Pictures]:
    """Draws pictures in parallel with other work.

    Args:
        run: Where pictures are saved.
        early: Whether there will probably be a matrix to draw: then a command already starts a
            process that imports matplotlib, which takes longer than drawing. Programs that are not
            commands import it once, in their own process.
    """
    pictures = Pictures(run)
    try:
        if early and process.is_command() and can_run_in_parallel():
            pictures.start()
        yield pictures
    finally:
        pictures.close()


class Pictures:
    """The pictures of a run: `submit` starts to draw them, `save` saves them."""

    def __init__(self, run: RunFolder):
        self._run = run
        self._arguments: dict[str, dict[str, Any]] = {}
        self._images: dict[str, Future[bytes | None]] = {}
        self._worker: Worker | None = None

    def start(self) -> None:
        """Starts the drawing process, if the system can start one."""
        with contextlib.suppress(OSError):
            self._worker = Worker(drawer, {}, {})

    def submit(self, evaluations: Sequence[Evaluation]) -> None:
        """Starts to draw the confusion matrices of evaluations."""
        self._arguments = _drawing_arguments(self._run, evaluations)
        if self._worker and self._arguments:
            executor = ThreadPoolExecutor(1)
            for part, arguments in self._arguments.items():
                self._images[part] = executor.submit(self._worker.ask, pickle.dumps(arguments))
            executor.shutdown(wait=False)

    def save(self) -> None:
        """Saves the pictures, after drawing those that the drawing process did not."""
        for part, arguments in self._arguments.items():
            image = self._images[part].result() if part in self._images else None
            _save(self._run, part, image or draw_confusion(**arguments))

    def close(self) -> None:
        """Ends the drawing process."""
        if self._worker:
            self._worker.close()


def _drawing_arguments(
    run: RunFolder, evaluations: Sequence[Evaluation]
) -> dict[str, dict[str, Any]]:
    """Returns the arguments of `draw_confusion` by part; the part "data", a file outside the data
    set, has no picture in the run folder.
    """
    return {
        evaluation.part: {
            "counts": np.array(evaluation.confusion.counts),
            "labels": list(evaluation.confusion.labels),
            "title": f"{run.path.name}, {evaluation.part}",
        }
        for evaluation in evaluations
        if evaluation.confusion and evaluation.part != "data"
    }


def _save(run: RunFolder, part: str, image: bytes) -> None:
    try:
        write_bytes(run.confusion(part), image)
    except OSError as error:  # the scores are still shown
        log.warning(f"{error.filename or run.path}: not saved ({error.strerror})")
