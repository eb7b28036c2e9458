"""Misspelled keys: one mistake each, and the values below them are checked as those of the key that
is meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rnnkit.config.document import Document, Place
from rnnkit.config.mistakes import SECTIONS, choices
from rnnkit.errors import did_you_mean, nearest

Mistake = tuple[Place, dict[str, str]]
"""The place of a mistake; what was found, what is expected, and a hint."""

UNKNOWN = "unknown key"
_HINT = re.compile(r"Did you mean '([^']+)'\?")


def misspelled(tree: Any, mistakes: Sequence[Mistake]) -> dict[Place, str]:
    """The unknown keys of a config that are similar to an absent one, with the key that is meant,
    which is required or has keys of its own.
    """
    meant, places = {}, {place for place, _ in mistakes}
    for place, context in mistakes:
        hint, beside = _HINT.fullmatch(context["hint"]), _below(tree, place[:-1])
        if context["got"] != UNKNOWN or not hint or beside is None or hint[1] in beside:
            continue
        is_missing = (*place[:-1], hint[1]) in places
        if is_missing or isinstance(beside.get(place[-1]), dict | list):
            meant[place] = hint[1]
    return meant


def misspelled_task(tree: Any) -> list[Mistake]:
    """The mistake of a config without `task`, one of whose keys is a misspelling of it."""
    if not isinstance(tree, dict) or "task" in tree:
        return []
    unknown = [key for key in tree if isinstance(key, str) and key not in SECTIONS]
    return [
        (
            (key,),
            {
                "got": UNKNOWN,
                "expected": f"Expected {choices(SECTIONS)}",
                "hint": did_you_mean(key, ["task"]),
            },
        )
        for key in nearest("task", unknown, count=1)
    ]


def respelled(document: Document, meant: Mapping[Place, str]) -> Document:
    """The document with misspelled keys corrected, at their lines.

    Args:
        document: The config.
        meant: As in `misspelled`.
    """

    def renamed(place: Place) -> Place:
        for written, name in meant.items():
            if place[: len(written)] == written:
                return (*written[:-1], name, *place[len(written) :])
        return place

    return Document(
        document.source,
        _renamed(document.tree, (), meant),
        {renamed(place): line for place, line in document.lines.items()},
        {renamed(place): origin for place, origin in document.overridden.items()},
    )


def without_meant(mistakes: Sequence[Mistake], meant: Mapping[Place, str]) -> list[Mistake]:
    """The mistakes without keys that are only missing because they are misspelled."""
    places = {(*written[:-1], name) for written, name in meant.items()}
    return [(place, context) for place, context in mistakes if place not in places]


def _renamed(tree: Any, place: Place, meant: Mapping[Place, str]) -> Any:
    if isinstance(tree, dict):
        return {
            meant.get((*place, key), key): _renamed(value, (*place, key), meant)
            for key, value in tree.items()
        }
    if isinstance(tree, list):
        return [_renamed(value, (*place, index), meant) for index, value in enumerate(tree)]
    return tree


def _below(tree: Any, place: Place) -> Any:
    """The mapping at a place; None if there is none."""
    for key in place:
        if isinstance(tree, dict):
            tree = tree.get(key)
        elif isinstance(tree, list) and isinstance(key, int) and key < len(tree):
            tree = tree[key]
        else:
            return None
    return tree if isinstance(tree, dict) else None
