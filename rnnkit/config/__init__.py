"""Reads a YAML file and overrides as a checked config, and writes it back as YAML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rnnkit.config.checking import checked, task_class
from rnnkit.config.document import Document, plain
from rnnkit.config.dump import dump
from rnnkit.config.overrides import Override, apply_overrides
from rnnkit.config.spec import Spec
from rnnkit.config.yaml12 import parse, read

__all__ = [
    "dump_config",
    "load_config",
    "parse_config",
    "read_config",
    "shipped_configs",
    "task_class",
]


def shipped_configs() -> dict[str, Path]:
    """The configs that come with rnnkit: name to path. A wheel carries its copy; a checkout reads
    its own.
    """
    package = Path(__file__).resolve().parent.parent
    folder = package / "configs" if (package / "configs").is_dir() else package.parent / "configs"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def load_config(
    config: Path | Mapping[str, Any],
    overrides: Iterable[Override] = (),
    *,
    environment: bool = True,
) -> Spec:
    """The checked config in a file or a mapping: an instance of its task's class.

    Args:
        config: A YAML file, or the same as a mapping.
        overrides: Assignments such as "train.epochs=3", or {"train.epochs": 3}.
        environment: Whether RNNKIT_CONFIG_OVERRIDES applies.

    Raises:
        RnnkitError: With every mistake that was found, each with its file and line.
    """
    return checked(read_config(config, overrides, environment=environment))


def read_config(
    config: Path | Mapping[str, Any],
    overrides: Iterable[Override] = (),
    *,
    environment: bool = True,
) -> Document:
    """An unchecked config; arguments as in `load_config`."""
    document = read(config) if isinstance(config, Path) else Document("config", plain(config))
    apply_overrides(document, overrides, environment=environment)
    return document


def parse_config(tree: Mapping[str, Any] | str, source: str = "config") -> Spec:
    """The checked config in a mapping or in YAML text."""
    return checked(parse(tree, source) if isinstance(tree, str) else Document(source, plain(tree)))


def dump_config(config: Spec) -> str:
    """The resolved config as YAML: every key, defaults included; `load_config` reads it back to an
    equal config.
    """
    return dump(resolved_config(config))


def resolved_config(config: Spec) -> dict[str, Any]:
    """The resolved config as a tree: every key, defaults included."""
    tree = config.model_dump()
    settings = tree.pop("task")
    return {"task": {config.name(): settings}, **tree}  # type: ignore[attr-defined]
