"""How many steps go into one call of the framework, as a call costs more than a step of a small
model.

Neither the numbers of a training nor the content of a checkpoint depend on it.
"""

from __future__ import annotations

from typing import Any

MOST_STEPS = 16
CALL_SECONDS = 0.05  # a signal waits for two calls; longer ones would save next to nothing more

_OF_STEPS = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")


def most_steps(seconds: float) -> int:
    """The most steps for the next call, if a step of the last one took `seconds`."""
    return max(1, min(MOST_STEPS, int(CALL_SECONDS / max(seconds, 1e-6))))


def needs_each_step(callback: Any) -> bool:
    """Whether a callback acts at each step, and may look at the model as it is after that step. One
    that only shows the logs can set `takes_logs_late`, and gets them after a call.
    """
    import keras

    if getattr(callback, "takes_logs_late", False):
        return False
    base = keras.callbacks.Callback
    return any(
        getattr(getattr(callback, name, None), "__func__", None) is not getattr(base, name)
        for name in _OF_STEPS
    )
