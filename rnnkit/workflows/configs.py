"""Starter configs, and the differences between two configs."""

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
"""The task kinds that have a starter config."""


def starter(task: str) -> str:
    """A commented config that trains without changes. A user-defined task ("my_module:MyTask") gets
    the starter of the built-in task that it subclasses.

    Raises:
        RnnkitError: If the task is unknown or has no starter.
    """
    if task in STARTERS:
        return _read_starter(task)
    if ":" in task:
        with at("TASK"):
            return _starter_of_user_task(task)
    expected = f"Expected one of: {', '.join(STARTERS)}"
    raise RnnkitError("TASK", f"unknown task {task!r}", expected, did_you_mean(task, STARTERS))


def _read_starter(task: str) -> str:
    file = resources.files("rnnkit.tasks").joinpath("starters", f"{task}.yaml")
    return file.read_text(encoding="utf-8")


def _starter_of_user_task(task: str) -> str:
    component = lookup("task", task, "")
    is_task = isinstance(component, type) and issubclass(component, Task)
    if not is_task:
        got, expected = f"{task} is not a task", "Expected a subclass of rnnkit.tasks.task.Task"
        raise RnnkitError("", got, expected)
    bases = [base for base in component.__mro__[1:] if issubclass(base, Task)]
    packages = [base.__module__.split(".")[2:3] for base in bases]  # of rnnkit.tasks.NAME
    parent = next((name for package in packages for name in package if name in STARTERS), None)
    if parent is None:
        got = f"{task} is not a subclass of a task that has a starter"
        raise RnnkitError("", got, f"Expected one of: {', '.join(STARTERS)}")
    text = re.sub(
        r"^(task:\s+)\w+", rf'\1"{task}"', _read_starter(parent), count=1, flags=re.MULTILINE
    )
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
    """The keys whose values differ between two resolved configs, each as (path, first value, second
    value); None stands for an absent key.

    Args:
        first: A config's path, the name of a shipped one, or a run's folder.
        second: The other config, given likewise.
    """
    first_values, second_values = [
        _flattened(load_task(find_config(name)).model_dump()) for name in (first, second)
    ]
    paths = dict.fromkeys([*first_values, *second_values])
    return [
        (path, first_values.get(path), second_values.get(path))
        for path in paths
        if first_values.get(path) != second_values.get(path)
    ]


def _flattened(tree: Any, path: str = "") -> dict[str, Any]:
    """The leaves of a config by their paths, such as "model.layers.0.lstm"."""
    if isinstance(tree, dict | list) and tree:
        items = tree.items() if isinstance(tree, dict) else enumerate(tree)
        return {
            leaf: value
            for key, item in items
            for leaf, value in _flattened(item, f"{path}.{key}" if path else str(key)).items()
        }
    return {path: tree}
