"""The scores of held-out data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rnnkit import backend
from rnnkit.stage_times import VALIDATION, stage
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
    """The scores of held-out data, by column of history.csv: empty without such data, None if the
    training was asked to stop.

    Args:
        batches: Held-out data, or None.
        step: The compiled step that scores a batch.
        metrics: From sums to scores.
        callbacks: A keras.callbacks.CallbackList.
        request: Checked after each batch.
    """
    if batches is None:
        return {}
    totals: dict[str, float] = {}
    callbacks.on_test_begin()
    for index, sums in enumerate(_each(batches, step)):
        callbacks.on_test_batch_begin(index)
        for name, value in sums.items():
            totals[name] = totals.get(name, 0.0) + value
        callbacks.on_test_batch_end(index, metrics(sums))
        if agreement.on_signal(request):
            return None
    scores = metrics(totals)
    callbacks.on_test_end(scores)
    return {f"val_{name}": value for name, value in scores.items()}


def _each(batches: Batches, step: backend.TestStep) -> Iterator[dict[str, float]]:
    """The sums of each batch, read once the next batch has started, so that no device waits for
    Python. Scoring changes no weights, so callbacks see the same model in either case.
    """
    begun: Callable[[], dict[str, float]] | None = None
    for batch in batches.in_order():
        before, begun = begun, step.begin(*batch)
        if before is not None:
            yield before()
    if begun is not None:
        yield begun()
