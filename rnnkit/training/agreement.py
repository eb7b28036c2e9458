"""What several processes that train together decide, each time for all of them: they take the same
steps, or they would wait for each other for ever. One process alone decides as it is.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rnnkit.progress import log
from rnnkit.ranks.group import group, require_equal
from rnnkit.training.interrupt import StopRequest
from rnnkit.training.progress import DivergedError
from rnnkit.training.steps import Steps

MICRO = 1_000_000
LONGEST_STEP = 3600.0  # seconds; one that was not measured counts as so long


def on_start(
    run: str, identity: Mapping[str, str], variables: Sequence[Any], *, each: bool
) -> bool:
    """All processes start from the same, and take one step at a time where one of them has to.

    Args:
        run: The folder of the first one's run.
        identity: What data and layers they have.
        variables: Of model and optimizer.
        each: Whether this one has to.

    Raises:
        RnnkitError: If they do not.
    """
    if group().number > 1:
        group().tell_run(run)
        require_equal("the data", hashlib.sha256(json.dumps(identity).encode()).hexdigest())
        require_equal("the first weights", _checksum(variables))
    return bool(group().agree([each])[0])


def on_end(weights: Sequence[Any]) -> None:
    """All processes end with the same weights, and each goes on alone.

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
    """Whether a signal or a callback stops them, whether a checkpoint is due by the clock, and how
    many steps the next call may take.

    Args:
        steps: What goes on.
        request: What this process hears, and then what is obeyed.
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
    """A loss that is no number is one for all processes: each ends alone."""
    try:
        yield
    except DivergedError:
        group().leave()
        raise


def on_signal(request: StopRequest) -> bool:
    """Whether a signal stops them."""
    if group().number > 1:
        request.signal = group().agree([request.heard or 0])[0] or None
    return request.signal is not None


def _checksum(variables: Sequence[Any]) -> str:
    checksum = hashlib.sha256()
    for variable in variables:
        checksum.update(np.asarray(variable).tobytes())
    return checksum.hexdigest()
