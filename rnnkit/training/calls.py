"""How many steps one call of the framework takes: a call takes longer than a step of a small model.

The numbers of a training do not depend on it, nor does what a checkpoint holds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rnnkit.training.batches import Batch

MOST_STEPS = 16
CALL_SECONDS = 0.05  # a signal waits for two; less would be saved of a call that takes longer

_OF_STEPS = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")


def most_steps(seconds: float) -> int:
    """The steps that the next call may take, where a step of the last one took `seconds`."""
    return max(1, min(MOST_STEPS, int(CALL_SECONDS / max(seconds, 1e-6))))


def needs_each_step(callback: Any) -> bool:
    """Whether a callback does something at each step: it finds the model as it is after that step.
    One that only shows the logs may say that it `takes_logs_late`, after a call.
    """
    import keras

    if getattr(callback, "takes_logs_late", False):
        return False
    base = keras.callbacks.Callback
    return any(
        getattr(getattr(callback, name, None), "__func__", None) is not getattr(base, name)
        for name in _OF_STEPS
    )


class Ahead:
    """The batches of an epoch, in their order, by runs of equal shapes.

    Args:
        batch_of: The batch of a step.
    """

    def __init__(self, batch_of: Callable[[int], Batch]):
        self._batch_of = batch_of
        self._next: tuple[int, Batch] | None = None  # one that was of another shape

    def take(self, start: int, most: int) -> list[Batch]:
        """The batch of the step `start` and those after it that have its shapes, `most` in all."""
        batches: list[Batch] = []
        for step in range(start, start + most):
            batch = self._next[1] if self._next and self._next[0] == step else self._batch_of(step)
            if batches and _shapes(batch) != _shapes(batches[0]):
                self._next = step, batch
                break
            batches.append(batch)
        return batches


def _shapes(batch: Batch) -> list[tuple[int, ...]]:
    inputs = batch[0] if isinstance(batch[0], tuple) else (batch[0],)
    return [array.shape for array in (*inputs, *batch[1:])]
