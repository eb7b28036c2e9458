"""Whether the trials of a sweep can be trained and compared, as far as their configs say."""

from __future__ import annotations

from collections.abc import Iterator

from rnnkit.config.changes import changes
from rnnkit.errors import RnnkitError, at
from rnnkit.progress import log
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
        with at(f"{plan.recipe.origin(key)}: {key}"):
            _require_of_training(key)
    for key in plan.space.domains:
        _require_different(plan, key)


def _require_of_training(key: str) -> None:
    """A key changes a training, and not by what it is judged."""
    if key.partition(".")[0] in UNREAD:
        got = "varies, which changes nothing in a training"
        raise RnnkitError("", got, "Expected a key of data, model, task or train")
    if key == MONITOR or MONITOR.startswith(f"{key}."):
        got = "varies: trials that are judged by different scores have no best one"
        raise RnnkitError("", got, "Expected one score, which --metric names")


def remark_on_validation(plan: Plan) -> None:
    """Says of a key that it changes what is validated: the scores do not say which value of it is
    the best one.
    """
    for key in plan.space.domains:
        if any(_is_of_validation(plan, point, key) for point in _corners(plan, key)):
            log.warning(
                f"{plan.recipe.origin(key)}: {key}: varies, and with it what validation scores: the"
                " best trial may be that of the easiest data, and not the best model; set it to one"
                " value for all trials, and vary other keys"
            )


def _is_of_validation(plan: Plan, point: Point, key: str) -> bool:
    """Whether a value of a key is of other rows, or expects something else of them, than the first
    one.
    """
    first, task = plan.recipe.task(next(_corners(plan, key))), plan.recipe.task(point)
    alone = tuple(f"data.{one}." for one in task.inputs_alone)
    keys = [f"{change.key}." for change in changes(first, task)]
    return any(one.startswith("data.") and not one.startswith(alone) for one in keys)


def _require_different(plan: Plan, key: str) -> None:
    """The values of a key are of as many configs."""
    before: dict[str, object] = {}
    for point in _corners(plan, key):
        config = repr(plan.recipe.task(point))
        if config in before:
            texts = f"{value_text(before[config])} and {value_text(point[key])}"
            where = f"{plan.recipe.origin(key)}: {key}"
            raise RnnkitError(where, f"{texts}, which mean the same", "Expected each value once")
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
