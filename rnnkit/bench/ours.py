"""rnnkit's own side of a comparison: the loop of `rnnkit train`, the engine of its answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit import backend
from rnnkit.bench.peer import SEED
from rnnkit.bench.plain import Plain
from rnnkit.bench.rows import Reading
from rnnkit.data.batch.buckets import Buckets, TaggedTexts
from rnnkit.data.batch.rows import Batch, Rows
from rnnkit.data.batch.widths import bucket_widths
from rnnkit.engine.forward import Engine
from rnnkit.generation.decode import generate
from rnnkit.generation.options import Generate
from rnnkit.generation.stepper import Stepper, StreamStepper, window_stepper
from rnnkit.run import RunFolder
from rnnkit.training.batches import Batches

ANSWERED = 256
"""Rows that are answered at once, by everybody."""


class _InOrder(Rows):
    """Rows in their own order in every epoch, so that everybody takes the same steps."""

    def __init__(self, reading: Reading):
        super().__init__(reading.inputs, reading.targets, reading.batch_size)
        self._every_step = reading.kind != "last"

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        rows = np.arange(step * self.batch_size, min((step + 1) * self.batch_size, len(self)))
        inputs, targets, weights = self._batch(rows)
        if self._every_step:
            weights = np.repeat(weights[:, None], targets.shape[1], axis=1)
        return Batch(inputs, targets, weights)


class Training:
    """A training of which a unit of work does some epochs; nobody writes checkpoints.

    Args:
        work: The model and the rows.
        folder: For a run that nobody keeps.
        passes: Epochs of a unit of work.
        buckets: Whether texts are batched by length, without padding, as `rnnkit train` does.
    """

    def __init__(self, work: Plain, folder: Path, passes: int, *, buckets: bool):
        from rnnkit.models.build import build_model, build_stream, set_weights
        from rnnkit.training.fit import Fit

        class Unsaved(Fit):
            def _save_checkpoint(self) -> None:  # once a minute, and peers write none
                pass

        train = work.task.train
        architecture = work.architecture.for_training(train.kernel)
        if buckets:
            architecture = replace(architecture, padded=True)
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
        """The mean loss of the first epoch of this unit."""
        fit = self._fit
        first = fit.progress.epoch
        options = fit.options.model_copy(update={"epochs": first + self._passes})
        fit.options, fit.course = options, replace(fit.course, options=options)
        fit.go()
        loss: float = fit.progress.history[first]["loss"]
        return loss


def _batches(work: Plain, *, buckets: bool) -> Batches:
    if not buckets:
        return _InOrder(work.reading)
    return _buckets(work.reading, work.reading.batch_size)


def _buckets(reading: Reading, size: int) -> Buckets:
    """The texts without padding, in batches of similar length."""
    assert reading.texts is not None
    widths = bucket_widths(reading.texts.lengths, min(size, len(reading.texts)))
    if reading.tags is not None:
        return TaggedTexts(reading.texts, reading.tags, size, widths)
    return Buckets(reading.texts, reading.targets, size, widths)


def answering(work: Plain, *, buckets: bool) -> Callable[[], Any]:
    """A unit of work that answers every row: logits of each, or of each step, (rows, ...); a list
    of these where they are of unequal length.
    """
    engine = Engine(replace(work.architecture, padded=buckets), work.weights)
    reading = work.reading
    if buckets:
        batches = _buckets(reading, ANSWERED)
        if isinstance(batches, TaggedTexts):
            return lambda: batches.tagged(lambda inputs, _: engine(inputs))
        return lambda: batches.answers(engine)
    size = reading.batch_size if reading.kind == "stream" else ANSWERED
    batched = np.split(reading.inputs, range(size, len(reading.inputs), size))
    if reading.kind == "stream":
        return lambda: _carried(engine, batched)
    return lambda: np.concatenate([engine(inputs) for inputs in batched])


def _carried(engine: Engine, chunks: list[np.ndarray]) -> np.ndarray:
    states, answers = engine.init_state(len(chunks[0])), []
    for inputs in chunks:
        logits, states = engine.step(inputs, states)
        answers.append(logits)
    return np.concatenate(answers)


def generating(work: Plain, tokens: int) -> Callable[[], list[int]]:
    """A unit of work that continues the first row: the most probable token, again and again."""
    engine, seed = Engine(work.architecture, work.weights), work.reading.inputs[:1]
    options = Generate(max_new_tokens=tokens)
    if work.reading.kind == "stream":
        stepper: Stepper = StreamStepper(engine)
        seed = seed[:, :SEED]
    else:
        stepper = window_stepper(engine, seed.shape[1])
    return lambda: [int(token[0]) for token in generate(stepper, seed, options)]
