"""How many steps one call of the framework takes: a call takes longer than a step of a small model.

The numbers of a training do not depend on it, nor does what a checkpoint holds.
"""

from __future__ import annotations

from typing import Any

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
