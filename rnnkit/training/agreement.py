"""Decisions that processes training one model together must share: unless all take the same steps,
they wait for each other for ever. A single process decides alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rnnkit import backend
from rnnkit.progress import log
from rnnkit.ranks.group import group, require_equal
from rnnkit.training.interrupt import StopRequest
from rnnkit.training.progress import DivergedError
from rnnkit.training.steps import Steps

MICRO = 1_000_000
LONGEST_STEP = 3600.0  # seconds; stands for a step that was not measured


def on_start(
    run: str, identity: Mapping[str, str], variables: Sequence[Any], *, each: bool
) -> bool:
    """Checks that all processes start from the same data and weights; returns whether one of them
    needs a call for each step.

    Args:
        run: The run folder of the first process.
        identity: The data and the layers of this process.
        variables: The variables of model and optimizer.
        each: Whether this process needs a call for each step.

    Raises:
        RnnkitError: If data or weights differ.
    """
    if group().number > 1:
        group().tell_run(run)
        require_equal("the data", hashlib.sha256(json.dumps(identity).encode()).hexdigest())
        require_equal("the first weights", _checksum(variables))
    return bool(group().agree([each])[0])


def on_end(weights: Sequence[Any]) -> None:
    """Checks that all processes end with the same weights, and parts them.

    Raises:
        RnnkitError: If the weights differ.
    """
    together = group()
    if together.number > 1:
        checksum = _checksum(weights)
        require_equal("the weights", checksum)
        log.info(f"{together.number} processes have the same weights ({checksum[:12]})")
    together.leave()


def on_next(steps: Steps, request: StopRequest, model: Any) -> None:
    """Makes the processes agree on whether a signal or a callback stops them, whether a checkpoint
    is due by time, and on the pace, by which the next call is sized.

    Args:
        steps: Gets the pace, and whether it is time for a checkpoint.
        request: Holds the signal that this process received; gets the one that all obey.
        model: The keras model, whose `stop_training` a callback may set.
    """
    steps.pace = steps.measured
    if group().number > 1:
        micro = round(min(steps.measured, LONGEST_STEP) * MICRO)
        wishes = [request.heard or 0, model.stop_training, steps.saver.is_time, micro]
        signal, stops, is_time, micro = group().agree(wishes)
        request.signal, model.stop_training = signal or None, bool(stops)
        steps.saver.agreed, steps.pace = bool(is_time), micro / MICRO


@contextlib.contextmanager
def on_divergence() -> Iterator[None]:
    """Parts the processes when the loss is not a number: it is the same for all of them."""
    try:
        yield
    except DivergedError:
        group().leave()
        raise


def on_signal(request: StopRequest) -> bool:
    """Whether a signal stops the training, in all processes alike."""
    if group().number > 1:
        request.signal = group().agree([request.heard or 0])[0] or None
    return request.signal is not None


def _checksum(variables: Sequence[Any]) -> str:
    checksum = hashlib.sha256()
    for variable in variables:
        checksum.update(backend.value(variable).tobytes())
    return checksum.hexdigest()
