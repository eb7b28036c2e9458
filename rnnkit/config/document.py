"""The data of a YAML file, and the line of each of its keys."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rnnkit.errors import RnnkitError

Place = tuple[str | int, ...]

_KEYS = (str, bool, int, float)


@dataclass
class Document:
    """The data of a YAML file, with the line of every key and item."""

    source: str
    tree: Any
    lines: dict[Place, int] = field(default_factory=dict)
    overridden: dict[Place, str] = field(default_factory=dict)

    def where(self, place: Place) -> str:
        """ "file:line", or the override that set it, for the nearest enclosing key that was written
        down.
        """
        for end in range(len(place), -1, -1):
            if place[:end] in self.overridden:
                return self.overridden[place[:end]]
            if place[:end] in self.lines:
                return f"{self.source}:{self.lines[place[:end]]}"
        return self.source

    def line(self, place: Place) -> int:
        """The line of the nearest enclosing key that was written down."""
        return next(
            (
                self.lines[place[:end]]
                for end in range(len(place), -1, -1)
                if place[:end] in self.lines
            ),
            0,
        )

    def forget(self, place: Place) -> None:
        """Forgets the line of the value at `place`, because an override replaced it."""
        self.lines = {
            known: line for known, line in self.lines.items() if known[: len(place)] != place
        }
        self.overridden = {
            known: origin
            for known, origin in self.overridden.items()
            if known[: len(place)] != place
        }


def plain(value: Any, place: str = "config") -> Any:
    """A Python value as plain YAML data: nested mappings and lists, paths as text, numbers of other
    libraries as Python's own. Keys that are numbers or booleans, as labels may be, become text.

    Raises:
        RnnkitError: If a key is anything else.
    """
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, _KEYS) and getattr(key, "ndim", None) != 0:
                raise RnnkitError(place, f"found the key {key!r}", "Expected text as a key")
        return {str(key): plain(item, f"{place}: {key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, place) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value.item() if getattr(value, "ndim", None) == 0 else value
