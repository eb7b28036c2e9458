"""Whether the trials of a sweep can be trained and compared, as far as their configs say."""

from __future__ import annotations

from collections.abc import Iterator

from rnnkit.errors import RnnkitError, at
from rnnkit.workflows.sweep.asked import Plan
from rnnkit.workflows.sweep.space import Choices, Point, value_text

UNREAD = ("sweep", "generate", "published")
"""Sections that change nothing in a training."""

MONITOR = "train.monitor"


def require_configs(plan: Plan) -> None:
    """Each value can be trained, makes a training of its own, and its score can be compared.

    Raises:
        RnnkitError: If one does not.
    """
    for key in plan.space.domains:
        if key.partition(".")[0] in UNREAD:
            got = f"{key} varies, which changes nothing in a training"
            raise RnnkitError("sweep", got, "Expected a key of data, model, task or train")
        if key == MONITOR or MONITOR.startswith(f"{key}."):
            got = f"{key} varies: trials that are judged by different scores have no best one"
            raise RnnkitError("sweep", got, "Expected one score, which --metric names")
    with at("sweep"):
        for key in plan.space.domains:
            _require_different(plan, key)


def _require_different(plan: Plan, key: str) -> None:
    """The values of a key are of as many configs."""
    before: dict[str, object] = {}
    for point in _corners(plan, key):
        config = repr(plan.recipe.task(point))
        if config in before:
            texts = f"{value_text(before[config])} and {value_text(point[key])}"
            raise RnnkitError(key, f"{texts}, which mean the same", "Expected each value once")
        before[config] = point[key]


def _corners(plan: Plan, key: str) -> Iterator[Point]:
    """Each value of a key, and each end of a range, with the first ones of the others."""
    values = {
        key: domain.values if isinstance(domain, Choices) else domain.ends
        for key, domain in plan.space.domains.items()
    }
    first = {key: every[0] for key, every in values.items()}
    for value in values[key]:
        yield first | {key: value}
