"""Checks from the configs alone that the trials of a sweep can be trained and compared."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from rnnkit.config.changes import changes, decision_of
from rnnkit.config.on_resume import OnResume
from rnnkit.config.unused import unused_keys
from rnnkit.errors import RnnkitError, at
from rnnkit.progress import log
from rnnkit.tasks.basis import changed_basis
from rnnkit.tasks.task import Task
from rnnkit.workflows.sweep.outcome import HELD_OUT
from rnnkit.workflows.sweep.plan import Plan
from rnnkit.workflows.sweep.space import Choices, Point, value_text

MONITOR = "train.monitor"
NOTHING = "varies, which changes nothing in a training"
MAX_TRIED = 32
"""The values of a key, and the combinations of other keys, that are checked for an effect."""


def require_configs(plan: Plan) -> None:
    """Checks that each value is valid, changes the training, and leaves scores comparable.

    Raises:
        RnnkitError: If one does not.
    """
    task = type(plan.recipe.task({}))
    for key in plan.space.domains:
        with at(f"{plan.recipe.origin(key)}: {key}"):
            _require_training_key(task, key)
    for key in plan.space.domains:
        _require_different(plan, key)
        _require_effect(plan, key)


def _require_training_key(task: type[Task], key: str) -> None:
    """Refuses a key that does not change a training, or that changes the score that chooses."""
    if not all(decision.trains for decision in _decisions(task, key.partition(".")[0])):
        raise RnnkitError("", NOTHING, "Expected a key of data, model, task or train")
    if key == MONITOR or MONITOR.startswith(f"{key}."):
        got = "varies: trials that are judged by different scores have no best one"
        raise RnnkitError("", got, "Expected one score, which --metric names")


def _decisions(task: type[Task], section: str) -> Iterator[OnResume]:
    """How a task, and a section of it, decide on another value of the section at a resume."""
    if field := task.model_fields.get(section):
        yield decision_of(task, section)
        if decision := getattr(field.annotation, "on_resume", None):
            yield decision


def remark_on_validation(plan: Plan) -> None:
    """Warns of keys that change the validation data or its scoring, whose values cannot be compared
    by score.
    """
    for key in plan.space.domains:
        tasks = [plan.recipe.task(point) for point in _corners(plan, key)]
        if not (changed := changed_basis(tasks, plan.monitor)):
            continue
        others = [name for name in tasks[0].monitored if not changed_basis(tasks, name)]
        log.warning(
            f"{plan.recipe.origin(key)}: {key}: varies, and with it what validation scores"
            f" ({', '.join(changed)}): the best trial may be the one that is judged most leniently,"
            " and not the best model; set it to one value for all trials, and vary other keys"
            + (f", or choose by `--metric {HELD_OUT}{others[0]}`" if others else "")
        )


def _require_different(plan: Plan, key: str) -> None:
    """Refuses two values of a key that make the same config."""
    values: dict[str, object] = {}
    for point in _corners(plan, key):
        config = repr(plan.recipe.task(point))
        if config in values:
            texts = f"{value_text(values[config])} and {value_text(point[key])}"
            where = f"{plan.recipe.origin(key)}: {key}"
            raise RnnkitError(where, f"{texts}, which mean the same", "Expected each value once")
        values[config] = point[key]


def _require_effect(plan: Plan, key: str) -> None:
    """Refuses a key whose values make the same training with all values of the other keys."""
    others = {name: values for name, values in _values(plan).items() if name != key}
    points = itertools.product(*others.values())
    got, hint = "", ""
    for point in itertools.islice(points, MAX_TRIED):
        fixed = dict(zip(others, point, strict=True))
        values = itertools.islice(_values(plan)[key], MAX_TRIED)
        tasks = (plan.recipe.task(fixed | {key: value}) for value in values)
        try:
            got, hint = _why_same(tasks)
        except RnnkitError:  # a combination that cannot be trained
            return
        if not got:
            return
    if next(points, None) is None:
        where = f"{plan.recipe.origin(key)}: {key}"
        raise RnnkitError(where, got, "Expected a key that changes what is trained", hint)


def _why_same(tasks: Iterable[Task]) -> tuple[str, str]:
    """Why no two successive configs differ in their training, and a hint; "" if two of them do."""
    got, hint = "", ""
    for before, after in pairwise(tasks):
        unused = [key for task in (before, after) for key in unused_keys(task)]
        outside = {*before.beside_training(), *after.beside_training()}
        for change in changes(before, after):
            covering = (key for key in unused if f"{change.key}.".startswith(f"{key.key}."))
            if key := next(covering, None):
                got, hint = f"varies, which has no effect: {key.reason}", key.hint
            elif change.decision.trains and change.key not in outside:
                return "", ""
            else:
                got, hint = NOTHING, ""
    return got, hint


def _values(plan: Plan) -> dict[str, Sequence[Any]]:
    """By key, its values, or both ends of its range."""
    return {
        key: domain.values if isinstance(domain, Choices) else domain.ends
        for key, domain in plan.space.domains.items()
    }


def _corners(plan: Plan, key: str) -> Iterator[Point]:
    """The points with each value of a key, or each end of its range, and the first values of the
    other keys.
    """
    values = _values(plan)
    first = {name: choices[0] for name, choices in values.items()}
    for value in values[key]:
        yield first | {key: value}
