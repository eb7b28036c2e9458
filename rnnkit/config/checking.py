"""Checks a config against the specs of its task: every mistake at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from rnnkit.config.complete import require_complete
from rnnkit.config.component import Component
from rnnkit.config.document import Document, Place
from rnnkit.config.misspelled import (
    UNKNOWN,
    Mistake,
    misspelled,
    misspelled_task,
    respelled,
    without_meant,
)
from rnnkit.config.mistakes import with_whole_paths
from rnnkit.config.spec import Spec
from rnnkit.errors import RnnkitError, combined, nearest
from rnnkit.registry import TASK_FORMS, TASKS, lookup, task_forms

_TASK = Component("task")


def task_class(document: Document) -> tuple[type[Spec], str, Any]:
    """The class of the task that a config names, the name, and its settings.

    Raises:
        RnnkitError: If there is none.
    """
    tree = document.tree
    if not isinstance(tree, dict) or "task" not in tree:
        keys = ", ".join(tree) if isinstance(tree, dict) else type(tree).__name__
        raise RnnkitError(
            f"{document.source}: task",
            f"missing (found {keys or 'nothing'})",
            "Expected the kind of work, such as `task: {language_model: {window: 3}}`",
        )
    try:
        name, settings = _TASK.split(tree["task"])
        task = lookup("task", name)
        if not (isinstance(task, type) and issubclass(task, Spec)):
            raise RnnkitError(
                "task", f"{name!r} is not a task", "Expected a subclass of rnnkit.tasks.task.Task"
            )
        require_complete("task", name, task)
    except RnnkitError as error:
        raise RnnkitError(
            f"{document.where(('task',))}: task", error.got, error.expected, error.hint
        ) from None
    except ValueError as error:
        raise _located(document, ("task",), error.context) from None  # type: ignore[attr-defined]
    if isinstance(settings, dict):
        (task,) = task_forms(name, settings) or [task]
    return task, name, settings


def checked(document: Document) -> Spec:
    """The config in a document.

    Raises:
        RnnkitError: With every mistake; also those of the other sections of a config whose task is
            missing or unknown.
    """
    config, mistakes = _config(document)
    if config is None:
        raise combined([error for _, error in sorted(mistakes, key=lambda one: one[0])])
    return config


def _config(document: Document) -> tuple[Spec | None, list[tuple[int, RnnkitError]]]:
    """The config, or its mistakes with their lines. Values below a misspelled key are checked as
    those of the key that is meant.
    """
    if mistakes := misspelled_task(document.tree):
        return _as_meant(document, mistakes, {mistakes[0][0]: "task"})
    try:
        task, name, settings = task_class(document)
    except RnnkitError as error:
        others = _of_other_sections(document.tree)
        return None, [(0, error), *_located_ones(document, others)]
    try:
        return task.model_validate({**document.tree, "task": settings}), []
    except ValidationError as error:
        mistakes = _lines(error, name)
    if meant := misspelled(document.tree, mistakes):
        misspellings = [(place, context) for place, context in mistakes if place in meant]
        return _as_meant(document, misspellings, meant)
    return None, _located_ones(document, mistakes)


def _as_meant(
    document: Document, misspellings: list[Mistake], meant: dict[Place, str]
) -> tuple[None, list[tuple[int, RnnkitError]]]:
    """The misspellings, and the mistakes that remain when they are corrected."""
    return None, [*_located_ones(document, misspellings), *_config(respelled(document, meant))[1]]


def _located_ones(document: Document, mistakes: list[Mistake]) -> list[tuple[int, RnnkitError]]:
    return [
        (document.line(place), _located(document, place, context)) for place, context in mistakes
    ]


def _lines(error: ValidationError, name: str) -> list[Mistake]:
    return [
        (
            ("task", name, *line["loc"][1:]) if line["loc"][:1] == ("task",) else line["loc"],
            line["ctx"],
        )
        for line in error.errors()
    ]


def _of_other_sections(tree: Any) -> list[Mistake]:
    """The mistakes of a config whose task is missing or unknown: those that it has as a config of
    the task with the most similar name, or else of every task that reads its data set.
    """
    if not isinstance(tree, dict):
        return []
    name, settings = _written(tree.get("task"))
    if ":" in name:  # the user's own may have other sections
        return []
    if near := nearest(name, TASKS, count=1):
        return _without_the_task(_forms(near[0], settings)[0], {**tree, "task": settings})
    tasks = [task for known in TASKS for task in _forms(known, {})]
    tasks += [form for known, keys in TASK_FORMS.items() for form in _forms(known, keys)]
    by_task = [_without_the_task(task, {**tree, "task": {}}) for task in tasks]
    reading = [mistakes for mistakes in by_task if ("data", "dataset") not in dict(mistakes)]
    by_task = reading or by_task
    agreed = [same for line in by_task[0] if (same := _agreed(line, by_task[1:]))]
    nearest_task = _of_the_nearest(by_task)
    return [*agreed, *(line for line in nearest_task if line[0] not in dict(agreed))]


def _of_the_nearest(by_task: list[list[Mistake]]) -> list[Mistake]:
    """The mistakes under every task that has these sections, as reported by the task with the
    fewest.
    """
    wrong = [[line for line in mistakes if line[1]["got"] != "missing"] for mistakes in by_task]
    fitting = [
        mistakes
        for mistakes in wrong
        if not any(len(place) == 1 and context["got"] == UNKNOWN for place, context in mistakes)
    ]
    if not fitting or not all(fitting):
        return []
    return min(
        fitting,
        key=lambda mistakes: (len(mistakes), -max(len(place) for place, _ in mistakes)),
    )


def _written(task: Any) -> tuple[str, dict[str, Any]]:
    """The name and the settings of a task, as far as they can be read."""
    if not isinstance(task, dict):
        return str(task), {}
    name, settings = next(iter(task.items()), ("", {}))
    return str(name), settings if isinstance(settings, dict) else {}


def _forms(name: str, keys: Iterable[str]) -> list[Any]:
    return task_forms(name, keys) or [lookup("task", name)]


def _without_the_task(task: Any, tree: dict[str, Any]) -> list[Mistake]:
    try:
        task.model_validate(tree)
    except ValidationError as error:
        mistakes = [line for line in _lines(error, "") if line[0][:1] != ("task",)]
        return without_meant(mistakes, misspelled(tree, mistakes))
    return []


def _agreed(line: Mistake, others: list[list[Mistake]]) -> Mistake | None:
    """A mistake that all tasks report, without the expectation or the hint in which they differ;
    None if some do not report it.
    """
    place, context = line
    same = [
        those
        for mistakes in others
        for where, those in mistakes
        if (where, those["got"]) == (place, context["got"])
    ]
    if len(same) < len(others):
        return None
    differing = {part for part in context for those in same if those[part] != context[part]}
    return place, {part: "" if part in differing else context[part] for part in context}


def _located(
    document: Document, place: tuple[str | int, ...], context: dict[str, str]
) -> RnnkitError:
    path = ".".join(map(str, place))
    where = f"{document.where(place)}: {path}" if path else document.where(place)
    expected, hint = (
        with_whole_paths(context[part], place, document.tree) for part in ("expected", "hint")
    )
    return RnnkitError(where, context["got"], expected, hint)
