"""Configs as text: a starter for a task, and the difference of two."""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

from rnnkit.config import parse_config
from rnnkit.errors import RnnkitError, at, did_you_mean
from rnnkit.names import find_config
from rnnkit.registry import lookup
from rnnkit.tasks.task import Task, load_task

STARTERS = tuple(
    sorted(
        file.name.removesuffix(".yaml")
        for file in resources.files("rnnkit.tasks").joinpath("starters").iterdir()
    )
)
"""The kinds of task; a task may have several."""


def starter(task: str) -> str:
    """A commented config for a kind of task, which trains as it is; for a task of the user's own
    ("my_module:MyTask") that of the task of rnnkit's that it is a subclass of.

    Raises:
        RnnkitError: If there is no such task, or no starter for it.
    """
    if task in STARTERS:
        return _starter(task)
    if ":" in task:
        with at("TASK"):
            return _starter_of_own(task)
    expected = f"Expected one of: {', '.join(STARTERS)}"
    raise RnnkitError("TASK", f"unknown task {task!r}", expected, did_you_mean(task, STARTERS))


def _starter(task: str) -> str:
    file = resources.files("rnnkit.tasks").joinpath("starters", f"{task}.yaml")
    return file.read_text(encoding="utf-8")


def _starter_of_own(task: str) -> str:
    own = lookup("task", task, "")
    is_task = isinstance(own, type) and issubclass(own, Task)
    if not is_task:
        got, expected = f"{task} is not a task", "Expected a subclass of rnnkit.tasks.task.Task"
        raise RnnkitError("", got, expected)
    rooms = [base.__module__.split(".") for base in own.__mro__[1:] if issubclass(base, Task)]
    parent = next((room[2] for room in rooms if room[2:] and room[2] in STARTERS), None)
    if parent is None:
        got = f"{task} is not a subclass of a task that has a starter"
        raise RnnkitError("", got, f"Expected one of: {', '.join(STARTERS)}")
    text = re.sub(r"^(task:\s+)\w+", rf'\1"{task}"', _starter(parent), count=1, flags=re.MULTILINE)
    try:
        parse_config(text, parent)
    except RnnkitError as error:
        got = f"{task} has other keys than a {parent}: {error}"
        hint = f"Start from `rnnkit config new {parent}`"
        raise RnnkitError("", " ".join(got.split()), "", hint) from None
    module, _, name = task.partition(":")
    text = text.replace(f"{parent}.yaml", f"{name}.yaml")
    return re.sub(r"(rnnkit .*\.yaml)", rf"\1 --code {module}.py", text)


def difference(first: str, second: str) -> list[tuple[str, Any, Any]]:
    """The keys in which two resolved configs differ: path, first value, second value (None if a
    key is absent).

    Args:
        first: A config's path, the name of a shipped one, or a run's folder.
        second: Another.
    """
    flat = [_flat(load_task(find_config(name)).model_dump()) for name in (first, second)]
    paths = dict.fromkeys([*flat[0], *flat[1]])
    return [
        (path, flat[0].get(path), flat[1].get(path))
        for path in paths
        if flat[0].get(path) != flat[1].get(path)
    ]


def _flat(tree: Any, path: str = "") -> dict[str, Any]:
    if isinstance(tree, dict | list) and tree:
        items = tree.items() if isinstance(tree, dict) else enumerate(tree)
        return {
            place: value
            for key, item in items
            for place, value in _flat(item, f"{path}.{key}" if path else str(key)).items()
        }
    return {path: tree}
