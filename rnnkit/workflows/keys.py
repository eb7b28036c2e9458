"""Finds the config keys that an option's name can mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rnnkit.errors import RnnkitError, nearest
from rnnkit.names import find_config
from rnnkit.tasks.task import load_task
from rnnkit.training.options import Train


def keys_called(
    name: str, words: Sequence[str], *, is_exact: bool = True, prefers_run: bool = True
) -> list[str]:
    """The paths of the keys that end in a name, the shortest first.

    Args:
        name: A name such as "epochs", "batch-size" or "train.epochs".
        words: The words of a command; the keys are those of the config or run among them, else the
            keys of `train`.
        is_exact: Whether the name must match; else a similar one is enough.
        prefers_run: Whether a run takes precedence over a shipped config of the same name.
    """
    end = name.strip("-").replace("-", "_").split(".")
    known = list(_paths(_config(words, prefers_run=prefers_run)))
    paths = [path for path in known if path[-len(end) :] == tuple(end)]
    if not paths and not is_exact:
        near = nearest(end[-1], {path[-1] for path in known}, count=1)
        paths = [path for path in known if path[-1] in near]
    return [".".join(path) for path in sorted(paths, key=len)]


def _config(words: Sequence[str], *, prefers_run: bool) -> Any:
    """The config that one of these words names, as plain data; else the keys of `train`."""
    for word in words:
        try:
            return load_task(find_config(word, prefers_run=prefers_run)).model_dump()
        except (RnnkitError, OSError):
            continue
    return {"train": Train.model_fields}


def _paths(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all nodes of a tree of mappings and lists."""
    if path:
        yield path
    children = dict(enumerate(tree)) if isinstance(tree, list) else tree
    for key, value in children.items() if isinstance(children, dict) else ():
        yield from _paths(value, (*path, str(key)))
