"""A config in Python: built, checked, changed and written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from rnnkit.api.arguments import Pathlike, checked
from rnnkit.config import dump_config, read_config
from rnnkit.config.dump import dump
from rnnkit.config.yaml12 import parse
from rnnkit.errors import RnnkitError, at, combined
from rnnkit.names import find_config
from rnnkit.progress import to_stderr
from rnnkit.storage import write_text
from rnnkit.tasks.task import load_task
from rnnkit.workflows.outputs import require_free
from rnnkit.workflows.remarks import remark_on_unused


class Config(Mapping[str, Any]):
    """A checked config, as a mapping of its sections. A complete one has every default; one that
    still lacks keys, such as `data`, is checked as far as it goes, and can be completed step by
    step.

    Args:
        config: A path, the name of a shipped config, or a mapping with the same keys; None for the
            sections alone.
        overrides: Assignments such as "train.epochs=3" or {"train.epochs": 3}.
        sections: Whole sections: task="classification", model={"layers": [{"lstm": 32}]}.

    Raises:
        RnnkitError: With every mistake in it, apart from missing keys.

    Examples:
        >>> import rnnkit
        >>> config = rnnkit.Config("fable", {"train.epochs": 3})
        >>> config["train"]["epochs"]
        3
        >>> config = rnnkit.Config(task="classification", model={"layers": [{"lstm": 32}]})
        >>> config.missing
        ['data', 'model.embedding']
        >>> config = config.changed({"train.epochs": 3}, data={"dataset": "imdb"})
        >>> config.changed({"model.embedding": 32}).missing
        []
    """

    @checked
    def __init__(
        self,
        config: Pathlike | Mapping[str, Any] | None = None,
        *overrides: str | Mapping[str, Any],
        **sections: Any,
    ):
        named: Path | Mapping[str, Any]
        if config is None or isinstance(config, Mapping):
            named = {**(config or {}), **sections}
        else:
            named = find_config(os.fspath(config))
            overrides = (sections, *overrides) if sections else overrides
        self._lacks: tuple[RnnkitError, ...] = ()
        try:
            self._text = dump_config(load_task(named, overrides, environment=False))
        except RnnkitError as error:
            if wrong := [
                mistake for mistake in error.errors if not mistake.got.startswith("missing")
            ]:
                raise combined(wrong) from None
            self._lacks = tuple(error.errors)
            self._text = dump(read_config(named, overrides, environment=False).tree)
        self._tree: dict[str, Any] = parse(self._text, "config").tree or {}

    @property
    def missing(self) -> list[str]:
        """The keys that it still lacks. If `rnnkit.train` gets `data`, neither `data` nor
        `model.embedding` is needed.

        Examples:
            >>> rk.Config("fable").missing
            []
        """
        return [error.where.rpartition(": ")[2] for error in self._lacks]

    def check(self) -> Self:
        """Returns the config itself, if it is complete; names its keys that have no effect.

        Examples:
            >>> rk.Config("fable").check()["task"]
            {'language_model': ...}

        Raises:
            RnnkitError: With every key that it lacks.
        """
        if self._lacks:
            raise combined(self._lacks)
        to_stderr()
        remark_on_unused(load_task(self._tree, environment=False))
        return self

    @classmethod
    def load(cls, path: Pathlike) -> Self:
        """Loads the config in a file, a shipped one by its name, or that of a run.

        Examples:
            >>> rk.Config.load("fable")["data"]["dataset"]
            'fable'
        """
        return cls(path)

    def changed(self, *overrides: str | Mapping[str, Any], **sections: Any) -> Self:
        """The same config with other values; arguments as in the class.

        Examples:
            >>> rk.Config("fable").changed("train.epochs=3")["train"]["epochs"]
            3
        """
        return type(self)(self, *overrides, **sections)

    def to_yaml(self) -> str:
        """The whole config as YAML, which `rnnkit train` reads.

        Examples:
            >>> rk.Config("fable").to_yaml().splitlines()[0]
            '...:'
        """
        return self._text

    @checked
    def save(self, path: Pathlike, *, overwrite: bool = False) -> None:
        """Writes it as YAML.

        Args:
            path: A file in a folder that exists.
            overwrite: Whether the file may be replaced.

        Raises:
            RnnkitError: If the file exists already.

        Examples:
            >>> rk.Config("fable").save("my.yaml")
            >>> rk.Config("my.yaml") == rk.Config("fable")
            True
        """
        file = Path(os.fspath(path))
        with at("path"):
            require_free(file, overwrite)
        write_text(file, self._text)

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
