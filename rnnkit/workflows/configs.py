"""Configs as text: a starter for a task, and the difference of two."""

from __future__ import annotations

from importlib import resources
from typing import Any

from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.names import find_config
from rnnkit.tasks.task import load_task

STARTERS = tuple(
    sorted(
        file.name.removesuffix(".yaml")
        for file in resources.files("rnnkit.tasks").joinpath("starters").iterdir()
    )
)
"""The kinds of task; a task may have several."""


def starter(task: str) -> str:
    """A commented config for a kind of task, which trains as it is.

    Raises:
        RnnkitError: If there is no such task.
    """
    if task not in STARTERS:
        raise RnnkitError(
            "TASK",
            f"unknown task {task!r}",
            f"Expected one of: {', '.join(STARTERS)}",
            did_you_mean(task, STARTERS),
        )
    return (
        resources.files("rnnkit.tasks")
        .joinpath("starters", f"{task}.yaml")
        .read_text(encoding="utf-8")
    )


def difference(first: str, second: str) -> list[tuple[str, Any, Any]]:
    """The keys in which two resolved configs differ: path, first value, second value (None where a
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
