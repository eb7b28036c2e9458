"""The scores of held-out data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rnnkit import backend
from rnnkit.stages import VALIDATION, stage
from rnnkit.training import agreement
from rnnkit.training.batches import Batches
from rnnkit.training.interrupt import StopRequest


@stage(VALIDATION)
def validate(
    batches: Batches | None,
    step: backend.TestStep,
    metrics: Callable[[dict[str, float]], dict[str, float]],
    callbacks: Any,
    request: StopRequest,
) -> dict[str, float] | None:
    """The scores of an epoch, by column of history.csv; none without held-out data, and None where
    it was stopped.

    Args:
        batches: Held-out data, or None.
        step: What scores a batch.
        metrics: From sums to scores.
        callbacks: A keras.callbacks.CallbackList.
        request: What stops it, after any batch.
    """
    if batches is None:
        return {}
    totals: dict[str, float] = {}
    callbacks.on_test_begin()
    for index, batch in enumerate(batches.in_order()):
        callbacks.on_test_batch_begin(index)
        sums = step(*batch)
        for name, value in sums.items():
            totals[name] = totals.get(name, 0.0) + value
        callbacks.on_test_batch_end(index, metrics(sums))
        if agreement.on_signal(request):
            return None
    scores = metrics(totals)
    callbacks.on_test_end(scores)
    return {f"val_{name}": value for name, value in scores.items()}
