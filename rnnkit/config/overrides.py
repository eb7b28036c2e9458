"""Overrides: `train.epochs=3 model.layers.0.lstm.units=64`, from the command line or from the
environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rnnkit.config.document import Document, Place, plain
from rnnkit.config.spec import SHORT_FORM
from rnnkit.config.yaml12 import parse
from rnnkit.errors import RnnkitError
from rnnkit.platform.shell import split

ENVIRONMENT = "RNNKIT_CONFIG_OVERRIDES"

Assignment = str | Mapping[str, Any]


@dataclass(frozen=True)
class Placed:
    """An assignment with its origin.

    Args:
        path: The path of the key.
        value: Its new value.
        origin: Where the assignment was written: "command line", "mine.yaml:7".
    """

    path: str
    value: Any
    origin: str


Override = Assignment | Placed

MOST_SHOWN = 200  # characters of an assignment in a message
MARKS = (",", ";", "|", "?", "-", "%")  # separators of tables, which are syntax in YAML


def apply_overrides(
    document: Document, assignments: Iterable[Override], *, environment: bool = True
) -> None:
    """Sets keys of `document`: first those of the environment, if wanted, then `assignments`, each
    "path.to.key=value", {"path.to.key": value}, {"train": {"epochs": 3}} for keys of a section, or
    `Placed`.

    Values that are text are parsed as YAML 1.2. Unknown keys are reported later, with all other
    mistakes, by the specs.

    Raises:
        RnnkitError: If an assignment has no "=", or its path leads through a list item that is not
            there.
    """
    try:
        from_environment = split(os.environ.get(ENVIRONMENT, "")) if environment else []
    except ValueError as error:
        raise RnnkitError(
            ENVIRONMENT,
            f"cannot be split into overrides: {error}",
            "Expected KEY=VALUE KEY=VALUE, quoted as in a shell",
        ) from None
    for named in from_environment:
        _assign(document, named, ENVIRONMENT)
    for assignment in assignments:
        if isinstance(assignment, str):
            _assign(document, assignment, "command line")
            continue
        if isinstance(assignment, Placed):
            path, origin = assignment.path, assignment.origin
            value = plain(assignment.value, f"{origin}: {path}")
            _set(document, path, value, origin, f"{origin}: {path}")
            continue
        for path, value in _paths(plain(assignment, "overrides")):
            _set(document, path, value, "overrides", f"overrides: {path}")


def _assign(document: Document, assignment: str, origin: str) -> None:
    path, separator, text = assignment.partition("=")
    shown = assignment if len(assignment) <= MOST_SHOWN else f"{assignment[:MOST_SHOWN]}..."
    where = f"{origin}: {shown}"
    if not separator or not all(path.split(".")):
        raise RnnkitError(where, "not an override", "Expected KEY=VALUE, such as train.epochs=3")
    _set(document, path, value_of(text, where), origin, where)


def value_of(text: str, where: str) -> Any:
    """The value of an assignment, by YAML 1.2; a single mark such as , or ? or | stands for itself.

    Raises:
        RnnkitError: If it is not YAML.
    """
    return text if text in MARKS else parse(text, where).tree


def _paths(overrides: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The paths and values of keys, those of nested sections included."""
    for path, value in overrides.items():
        is_section = "." not in path and path != "task" and isinstance(value, dict)
        if not all(path.split(".")):
            expected = "Expected a key, such as train.epochs"
            raise RnnkitError("overrides", f"found the key {path!r}", expected)
        inner = {f"{path}.{key}": item for key, item in value.items()} if is_section else {}
        yield from inner.items() if is_section else [(path, value)]


def _set(document: Document, path: str, value: Any, origin: str, where: str) -> None:
    place: Place = ()
    holder: Any = document.tree
    keys = path.split(".")
    for index, key in enumerate(keys):
        step = _step(holder, key, where, place)
        place = (*place, step)
        if index + 1 == len(keys):
            holder[step] = value
            document.forget(place)
        else:
            inner = holder.get(step) if isinstance(holder, dict) else holder[step]
            holder[step] = _opened(inner, keys[index + 1])
            if inner is None:  # a new key has no line
                document.overridden[place] = origin
            holder = holder[step]
    document.overridden[place] = origin


def _step(holder: Any, key: str, where: str, place: Place) -> str | int:
    if not isinstance(holder, list):
        return key
    if not key.isdecimal() or int(key) >= len(holder):
        name = ".".join(map(str, place))
        raise RnnkitError(
            where, f"no item {key!r} in {name}", f"Expected a number from 0 to {len(holder) - 1}"
        )
    return int(key)


def _opened(value: Any, next_key: str) -> Any:
    """A value that can take `next_key`: `lstm: 32` becomes a mapping that still remembers its
    32."""
    if isinstance(value, dict | list):
        return value
    if value is None or value == next_key:
        return {} if value is None else {value: {}}
    return {SHORT_FORM: value}
