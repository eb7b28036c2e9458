"""Which keys of a config a word means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rnnkit.errors import RnnkitError, nearest
from rnnkit.names import find_config
from rnnkit.tasks.task import load_task
from rnnkit.training.options import Train


def keys_called(name: str, words: Sequence[str], *, is_exact: bool = True) -> list[str]:
    """The paths of the keys that end in `name`, the shortest first.

    Args:
        name: "epochs", "batch-size" or "train.epochs".
        words: What a person typed, a config or a run among it, whose keys they are; where there is
            none, they are those of every training.
        is_exact: Whether a name that is only near that of a key means none.
    """
    end = name.strip("-").replace("-", "_").split(".")
    known = list(_paths(_config(words)))
    paths = [path for path in known if path[-len(end) :] == tuple(end)]
    if not paths and not is_exact:
        near = nearest(end[-1], {path[-1] for path in known}, count=1)
        paths = [path for path in known if path[-1] in near]
    return [".".join(path) for path in sorted(paths, key=len)]


def _config(words: Sequence[str]) -> Any:
    for word in words:
        try:
            return load_task(find_config(word, prefers_run=True)).model_dump()
        except (RnnkitError, OSError):
            continue
    return {"train": Train.model_fields}


def _paths(tree: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if above:
        yield above
    inner = dict(enumerate(tree)) if isinstance(tree, list) else tree
    for key, value in inner.items() if isinstance(inner, dict) else ():
        yield from _paths(value, (*above, str(key)))
