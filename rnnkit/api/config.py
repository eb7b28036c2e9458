"""A config in Python: built, checked, changed and written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from rnnkit.api.arguments import Pathlike, checked
from rnnkit.config import dump_config
from rnnkit.config.yaml12 import parse
from rnnkit.names import find_config
from rnnkit.storage import write_text
from rnnkit.tasks.task import load_task


class Config(Mapping[str, Any]):
    """A whole config, checked: a mapping of its sections, every default included.

    Args:
        config: Its path, the name of a shipped one, or a mapping with the same keys.
        overrides: Assignments such as "train.epochs=3" or {"train.epochs": 3}.

    Raises:
        RnnkitError: With every mistake in it.

    Examples:
        >>> import rnnkit
        >>> config = rnnkit.Config("fable", {"train.epochs": 3})
        >>> config["train"]["epochs"]
        3
    """

    @checked
    def __init__(self, config: Pathlike | Mapping[str, Any], *overrides: str | Mapping[str, Any]):
        named = config if isinstance(config, Mapping) else find_config(os.fspath(config))
        self._text = dump_config(load_task(named, overrides, environment=False))
        self._tree: dict[str, Any] = parse(self._text, "config").tree

    @classmethod
    def load(cls, path: Pathlike) -> Self:
        """The config in a file, of a shipped name or of a run.

        Examples:
            >>> rk.Config.load("fable")["data"]["dataset"]
            'fable'
        """
        return cls(path)

    def changed(self, *overrides: str | Mapping[str, Any]) -> Self:
        """The same with other values; arguments as of the class.

        Examples:
            >>> rk.Config("fable").changed("train.epochs=3")["train"]["epochs"]
            3
        """
        return type(self)(self, *overrides)

    def to_yaml(self) -> str:
        """All of it as YAML, which `rnnkit train` reads.

        Examples:
            >>> rk.Config("fable").to_yaml().splitlines()[0]
            '...:'
        """
        return self._text

    def save(self, path: Pathlike) -> None:
        """Writes it as YAML.

        Examples:
            >>> rk.Config("fable").save("my.yaml")
            >>> rk.Config("my.yaml") == rk.Config("fable")
            True
        """
        write_text(Path(os.fspath(path)), self._text)

    def __getitem__(self, key: str) -> Any:
        return self._tree[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree)

    def __len__(self) -> int:
        return len(self._tree)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Config) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"Config({self._tree!r})"
