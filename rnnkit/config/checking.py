"""A config against the specs of its task: every mistake at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from rnnkit.config.complete import require_complete
from rnnkit.config.component import Component
from rnnkit.config.document import Document
from rnnkit.config.mistakes import with_whole_paths
from rnnkit.config.spec import Spec
from rnnkit.errors import RnnkitError, RnnkitErrors, nearest
from rnnkit.registry import TASK_FORMS, TASKS, lookup, task_forms

_TASK = Component("task")

Mistake = tuple[tuple[str | int, ...], dict[str, str]]
"""Its place, and what was found, is expected, and is to be done."""


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
    try:
        task, name, settings = task_class(document)
    except RnnkitError as error:
        raise _joined([error, *_mistakes(document, _of_other_sections(document.tree))]) from None
    try:
        return task.model_validate({**document.tree, "task": settings})
    except ValidationError as error:
        mistakes = _lines(error, name)
    raise _joined(_mistakes(document, mistakes))


def _joined(errors: list[RnnkitError]) -> RnnkitError:
    return errors[0] if len(errors) == 1 else RnnkitErrors(errors)


def _mistakes(document: Document, mistakes: list[Mistake]) -> list[RnnkitError]:
    ordered = sorted(mistakes, key=lambda one: document.line(one[0]))
    return [_located(document, place, context) for place, context in ordered]


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
    the task that it names nearly, or else of every task that reads its data set.
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
    each = [_without_the_task(task, {**tree, "task": {}}) for task in tasks]
    each = [one for one in each if ("data", "dataset") not in dict(one)] or each
    return [agreed for line in each[0] if (agreed := _agreed(line, each[1:]))]


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
        return [line for line in _lines(error, "") if line[0][:1] != ("task",)]
    return []


def _agreed(line: Mistake, others: list[list[Mistake]]) -> Mistake | None:
    """A mistake that all have, without the keys that are expected where these differ."""
    place, context = line
    same = [
        those
        for mistakes in others
        for where, those in mistakes
        if (where, those["got"]) == (place, context["got"])
    ]
    if len(same) < len(others):
        return None
    if all(those == context for those in same):
        return line
    return place, {**context, "expected": "", "hint": ""}


def _located(
    document: Document, place: tuple[str | int, ...], context: dict[str, str]
) -> RnnkitError:
    path = ".".join(map(str, place))
    where = f"{document.where(place)}: {path}" if path else document.where(place)
    expected, hint = (
        with_whole_paths(context[part], place, document.tree) for part in ("expected", "hint")
    )
    return RnnkitError(where, context["got"], expected, hint)
