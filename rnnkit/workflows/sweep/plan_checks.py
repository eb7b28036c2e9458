"""Checks, from their configs alone, that the trials of a sweep can be trained and compared."""

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
MOST_TRIED = 32
"""Values of a key, and combinations of other keys, one of which may give it an effect; of more
combinations it is not known.
"""


def require_configs(plan: Plan) -> None:
    """Each value can be trained, makes a training of its own, and its score can be compared.

    Raises:
        RnnkitError: If one does not.
    """
    task = type(plan.recipe.task({}))
    for key in plan.space.domains:
        with at(f"{plan.recipe.origin(key)}: {key}"):
            _require_of_training(task, key)
    for key in plan.space.domains:
        _require_different(plan, key)
        _require_effect(plan, key)


def _require_of_training(task: type[Task], key: str) -> None:
    """A key changes a training, and not by what it is judged."""
    if not all(decision.trains for decision in _decisions(task, key.partition(".")[0])):
        raise RnnkitError("", NOTHING, "Expected a key of data, model, task or train")
    if key == MONITOR or MONITOR.startswith(f"{key}."):
        got = "varies: trials that are judged by different scores have no best one"
        raise RnnkitError("", got, "Expected one score, which --metric names")


def _decisions(task: type[Task], section: str) -> Iterator[OnResume]:
    """What a task and the section itself say of another value of it."""
    if field := task.model_fields.get(section):
        yield decision_of(task, section)
        if own := getattr(field.annotation, "on_resume", None):
            yield own


def remark_on_validation(plan: Plan) -> None:
    """Says of a key that it changes what is validated: the scores do not say which value of it is
    the best one.
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
    """The values of a key are of as many configs."""
    before: dict[str, object] = {}
    for point in _corners(plan, key):
        config = repr(plan.recipe.task(point))
        if config in before:
            texts = f"{value_text(before[config])} and {value_text(point[key])}"
            where = f"{plan.recipe.origin(key)}: {key}"
            raise RnnkitError(where, f"{texts}, which mean the same", "Expected each value once")
        before[config] = point[key]


def _require_effect(plan: Plan, key: str) -> None:
    """The values of a key are of different trainings, with some values of the other keys."""
    others = {name: values for name, values in _values(plan).items() if name != key}
    points = itertools.product(*others.values())
    why, hint = "", ""
    for point in itertools.islice(points, MOST_TRIED):
        fixed = dict(zip(others, point, strict=True))
        values = itertools.islice(_values(plan)[key], MOST_TRIED)
        tasks = (plan.recipe.task(fixed | {key: value}) for value in values)
        try:
            why, hint = _why_same(tasks)
        except RnnkitError:  # a combination that cannot be trained
            return
        if not why:
            return
    if next(points, None) is None:
        where = f"{plan.recipe.origin(key)}: {key}"
        raise RnnkitError(where, why, "Expected a key that changes what is trained", hint)


def _why_same(tasks: Iterable[Task]) -> tuple[str, str]:
    """Why no two of these configs, one after the other, are of different trainings, and what to do;
    "" where two are.
    """
    why, hint = "", ""
    for before, after in pairwise(tasks):
        unused = [one for task in (before, after) for one in unused_keys(task)]
        beside = {*before.beside_training(), *after.beside_training()}
        for change in changes(before, after):
            of_this = (one for one in unused if f"{change.key}.".startswith(f"{one.key}."))
            if one := next(of_this, None):
                why, hint = f"varies, which has no effect: {one.reason}", one.hint
            elif change.decision.trains and change.key not in beside:
                return "", ""
            else:
                why, hint = NOTHING, ""
    return why, hint


def _values(plan: Plan) -> dict[str, Sequence[Any]]:
    """Each value of a key, and each end of a range, by the keys."""
    return {
        key: domain.values if isinstance(domain, Choices) else domain.ends
        for key, domain in plan.space.domains.items()
    }


def _corners(plan: Plan, key: str) -> Iterator[Point]:
    """Each value of a key, and each end of a range, with the first ones of the others."""
    values = _values(plan)
    first = {key: every[0] for key, every in values.items()}
    for value in values[key]:
        yield first | {key: value}
