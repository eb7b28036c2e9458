"""The data of a YAML file, and where each of its keys was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Place = tuple[str | int, ...]


@dataclass
class Document:
    """The data of a YAML file and, for every key and item, its line."""

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
        """Forgets the line of the value at `place`, because an override took its place."""
        self.lines = {
            known: line for known, line in self.lines.items() if known[: len(place)] != place
        }
        self.overridden = {
            known: origin
            for known, origin in self.overridden.items()
            if known[: len(place)] != place
        }
