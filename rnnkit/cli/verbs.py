"""The verbs by name: the module of each is imported when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, MutableMapping

import click

from rnnkit.cli.groups import GROUPS

MODULES = {"push": "hub", "pull": "hub"}
"""The verbs whose module has another name."""


class Verbs(MutableMapping[str, click.Command]):
    """The commands of the group, imported on first access."""

    def __init__(self) -> None:
        names = [name for group in GROUPS.values() for name in group]
        self._loaded: dict[str, click.Command | None] = dict.fromkeys(names)

    def __getitem__(self, name: str) -> click.Command:
        command = self._loaded[name]
        if command is None:
            module = importlib.import_module(f"rnnkit.cli.{MODULES.get(name, name)}")
            command = self._loaded[name] = getattr(module, name)
            assert command is not None
        return command

    def __contains__(self, name: object) -> bool:
        return name in self._loaded

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]
