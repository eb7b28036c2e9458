"""How often labels were confused, as pictures in a run folder."""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit import process
from rnnkit.background import BackgroundCall
from rnnkit.progress import log
from rnnkit.storage import write_bytes

if TYPE_CHECKING:
    from rnnkit.run import RunFolder
    from rnnkit.tasks.evaluation import Evaluation


def keep_pictures(run: RunFolder, evaluations: Sequence[Evaluation]) -> None:
    """Draws those of evaluations."""
    for part, inputs in _described(run, evaluations).items():
        _keep(run, part, draw(**inputs))


@contextlib.contextmanager
def pictures_kept(run: RunFolder, evaluations: Sequence[Evaluation]) -> Iterator[None]:
    """Draws those of evaluations while what is inside is done: of a command in another process,
    because importing matplotlib takes longer than drawing. Another program imports it once.
    """
    described, calls = _described(run, evaluations), dict[str, BackgroundCall]()
    is_alone = (os.cpu_count() or 1) < 2 or getattr(sys, "frozen", False)
    try:
        for part, inputs in described.items():
            if process.is_own() and not is_alone:
                with contextlib.suppress(OSError, pickle.PicklingError):
                    calls[part] = BackgroundCall(draw, inputs)
        yield
        for part, inputs in described.items():
            drawn = calls[part].result() if part in calls else None
            _keep(run, part, drawn or draw(**inputs))
    finally:
        for call in calls.values():
            call.close()


def draw(counts: np.ndarray, labels: Sequence[str], title: str) -> dict[str, np.ndarray]:
    """The bytes of a picture, as `png`; the arguments are those of `draw_confusion`."""
    from rnnkit.report.confusion import draw_confusion

    return {"png": np.frombuffer(draw_confusion(counts, labels, title), np.uint8)}


def _described(run: RunFolder, evaluations: Sequence[Evaluation]) -> dict[str, Mapping[str, Any]]:
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


def _keep(run: RunFolder, part: str, drawn: Mapping[str, np.ndarray]) -> None:
    try:
        write_bytes(run.confusion(part), drawn["png"].tobytes())
    except OSError as error:  # it does not withhold the scores
        log.warning(f"{error.filename or run.path}: not saved ({error.strerror})")
