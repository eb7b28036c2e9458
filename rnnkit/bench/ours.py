"""rnnkit's own units of work: the loop of `rnnkit train`, and the engine of its answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from rnnkit import backend
from rnnkit.bench.answers import ANSWERED, continued
from rnnkit.bench.plain import Plain
from rnnkit.bench.rows import Reading
from rnnkit.data.batch.rows import Batch, Rows
from rnnkit.engine.forward import Engine
from rnnkit.run import RunFolder
from rnnkit.training.batches import Batches


class _InOrder(Rows):
    """Rows in their own order in every epoch, so that all contenders take the same steps."""

    def __init__(self, reading: Reading):
        super().__init__(reading.inputs, reading.targets, reading.batch_size)
        self._reading = reading

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        rows = np.arange(step * self.batch_size, min((step + 1) * self.batch_size, len(self)))
        inputs, targets, weights = self._batch(rows)
        if self._reading.kind != "last":
            weights = np.repeat(weights[:, None], targets.shape[1], axis=1)
        if self._reading.kind == "conditioned":
            filled, _ = self.share.filled(rows, self.batch_size)
            return Batch((inputs, self._reading.context[filled]), targets, weights)
        return Batch(inputs, targets, weights)


class Training:
    """A training without checkpoints, a unit of which is some epochs.

    Args:
        work: The model and the rows.
        folder: A temporary run folder.
        passes: The epochs of a unit of work.
        buckets: Whether texts are batched by length, as `rnnkit train` does.
    """

    def __init__(self, work: Plain, folder: Path, passes: int, *, buckets: bool):
        from rnnkit.models.build import build_model, build_stream, set_weights
        from rnnkit.training.fit import Fit

        class Unsaved(Fit):
            def _save_checkpoint(self) -> None:  # peers write none
                pass

        train = work.task.train
        layers = work.in_buckets() if buckets else work.architecture
        architecture = layers.for_training(train.kernel)
        with backend.BUILDING:
            backend.seed(train.random_seed)
            build = build_stream if architecture.carries_state else build_model
            model = build(architecture)
        set_weights(model, architecture, work.weights)
        states = [shape for layer in architecture.states().values() for shape in layer]
        sizes = [tuple(size or 0 for size in shape) for shape in states]
        self._passes = passes
        self._fit = Unsaved(
            model,
            work.network.objective(),
            work.network.epoch_metrics,
            _batches(work, buckets=buckets),
            None,
            train,
            RunFolder(folder),
            states=sizes if architecture.carries_state else [],
        )

    def __call__(self) -> float:
        """Trains for some epochs; returns the mean loss of the first of them."""
        fit = self._fit
        first = fit.progress.epoch
        options = fit.options.model_copy(update={"epochs": first + self._passes})
        fit.options, fit.course = options, replace(fit.course, options=options)
        fit.go()
        loss: float = fit.progress.history[first]["loss"]
        return loss


def _batches(work: Plain, *, buckets: bool) -> Batches:
    reading = work.reading
    if not buckets:
        return _InOrder(reading)
    assert reading.in_buckets
    return reading.in_buckets(reading.batch_size)


def answering_in_buckets(work: Plain) -> Callable[[], list[np.ndarray]]:
    """A unit of work that answers every row, batched by length, with the logits of each batch."""
    reading = work.reading
    engine = Engine(work.in_buckets(), work.weights)
    assert reading.in_buckets
    batches = reading.in_buckets(ANSWERED)
    conditioned = reading.kind == "conditioned"

    def answer(batch: Batch) -> np.ndarray:
        rows = np.count_nonzero(batch.weights.reshape(len(batch.weights), -1).any(axis=1))
        if not conditioned:
            return engine(batch.inputs[:rows])
        return continued(engine, *(part[:rows] for part in batch.inputs))

    return lambda: [answer(batch) for batch in batches.in_order()]
