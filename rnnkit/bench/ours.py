"""rnnkit's own side of a comparison: the loop of `rnnkit train`, the engine of its answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from rnnkit import backend
from rnnkit.bench.plain import Plain
from rnnkit.data.batch.buckets import Buckets
from rnnkit.data.batch.rows import Batch, Rows
from rnnkit.data.batch.widths import bucket_widths
from rnnkit.engine.forward import Engine
from rnnkit.generation.decode import generate
from rnnkit.generation.options import Generate
from rnnkit.generation.stepper import window_stepper
from rnnkit.run import RunFolder
from rnnkit.training.batches import Batches

ANSWERED = 256
"""Rows that are answered at once, by everybody."""


class _InOrder(Rows):
    """Rows in their own order in every epoch, so that everybody takes the same steps."""

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        rows = np.arange(step * self.batch_size, min((step + 1) * self.batch_size, len(self)))
        return self._batch(rows)


class Training:
    """A training of which a unit of work does some epochs.

    Args:
        work: The model and the rows.
        folder: For a run that nobody keeps.
        passes: Epochs of a unit of work.
        buckets: Whether texts are batched by length, without padding, as `rnnkit train` does.
    """

    def __init__(self, work: Plain, folder: Path, passes: int, *, buckets: bool):
        from rnnkit.models.build import build_model, set_weights
        from rnnkit.training.fit import Fit

        train = work.task.train
        architecture = work.architecture.for_training(train.kernel)
        if buckets:
            architecture = replace(architecture, padded=True)
        with backend.BUILDING:
            backend.seed(train.random_seed)
            model = build_model(architecture)
        set_weights(model, architecture, work.weights)
        self._passes = passes
        self._fit = Fit(
            model,
            work.network.objective(),
            work.network.epoch_metrics,
            _batches(work, buckets=buckets),
            None,
            train,
            RunFolder(folder),
        )

    def __call__(self) -> float:
        """The mean loss of the first epoch of this unit."""
        fit = self._fit
        first = fit.progress.epoch
        fit.options = fit.options.model_copy(update={"epochs": first + self._passes})
        fit.go()
        loss: float = fit.progress.history[first]["loss"]
        return loss


def _batches(work: Plain, *, buckets: bool) -> Batches:
    size = work.task.train.batch_size
    if buckets and work.texts is not None:
        widths = bucket_widths(work.texts.lengths, min(size, len(work.texts)))
        return Buckets(work.texts, work.targets, size, widths)
    return _InOrder(work.inputs, work.targets, size)


def answering(work: Plain, *, buckets: bool) -> Callable[[], np.ndarray]:
    """A unit of work that answers every row: (rows, classes) logits."""
    engine = Engine(replace(work.architecture, padded=buckets), work.weights)
    if buckets and work.texts is not None:
        widths = bucket_widths(work.texts.lengths, ANSWERED)
        batches = Buckets(work.texts, work.targets, ANSWERED, widths)
        return lambda: batches.answers(engine)
    starts = range(0, len(work.inputs), ANSWERED)
    return lambda: np.concatenate(
        [engine(work.inputs[start : start + ANSWERED]) for start in starts]
    )


def generating(work: Plain, tokens: int) -> Callable[[], list[int]]:
    """A unit of work that continues the first row: the most probable token, again and again."""
    stepper = window_stepper(Engine(work.architecture, work.weights), work.inputs.shape[1])
    options = Generate(max_new_tokens=tokens)
    return lambda: [int(token[0]) for token in generate(stepper, work.inputs[:1], options)]
