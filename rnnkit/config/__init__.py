"""From a YAML file and overrides to a checked config, and back to YAML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rnnkit.config.complete import require_complete
from rnnkit.config.component import Component
from rnnkit.config.document import Document, plain
from rnnkit.config.dump import dump
from rnnkit.config.mistakes import with_whole_paths
from rnnkit.config.overrides import Override, apply_overrides
from rnnkit.config.spec import Spec
from rnnkit.config.yaml12 import parse, read
from rnnkit.errors import RnnkitError, RnnkitErrors
from rnnkit.registry import lookup, task_forms

__all__ = [
    "dump_config",
    "load_config",
    "parse_config",
    "read_config",
    "shipped_configs",
    "task_class",
]

_TASK = Component("task")


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
        environment: Whether RNNKIT_CONFIG_OVERRIDES counts too.

    Raises:
        RnnkitError: With every mistake that was found, each with its file and line.
    """
    return _checked(read_config(config, overrides, environment=environment))


def read_config(
    config: Path | Mapping[str, Any],
    overrides: Iterable[Override] = (),
    *,
    environment: bool = True,
) -> Document:
    """A config that is not checked yet; arguments as of `load_config`."""
    document = read(config) if isinstance(config, Path) else Document("config", plain(config))
    apply_overrides(document, overrides, environment=environment)
    return document


def parse_config(tree: Mapping[str, Any] | str, source: str = "config") -> Spec:
    """The checked config in a mapping or in YAML text."""
    return _checked(parse(tree, source) if isinstance(tree, str) else Document(source, plain(tree)))


def dump_config(config: Spec) -> str:
    """The resolved config as YAML: every key, defaults included; `load_config` reads it back to an
    equal config.
    """
    tree = config.model_dump()
    settings = tree.pop("task")
    return dump({"task": {config.name(): settings}, **tree})  # type: ignore[attr-defined]


def task_class(document: Document) -> tuple[type[Spec], str, Any]:
    """The class of the task that a config names, the name, and its settings.

    Raises:
        RnnkitError: If there is none.
    """
    tree = document.tree
    if not isinstance(tree, dict) or "task" not in tree:
        keys = ", ".join(tree) if isinstance(tree, dict) else type(tree).__name__
        raise RnnkitError(
            f"{document.source}: task",
            f"missing (found {keys or 'nothing'})",
            "Expected the kind of work, such as `task: {language_model: {window: 3}}`",
        )
    try:
        name, settings = _TASK.split(tree["task"])
        task = lookup("task", name)
        if not (isinstance(task, type) and issubclass(task, Spec)):
            raise RnnkitError(
                "task", f"{name!r} is not a task", "Expected a subclass of rnnkit.tasks.task.Task"
            )
        require_complete("task", name, task)
    except RnnkitError as error:
        raise RnnkitError(
            f"{document.where(('task',))}: task", error.got, error.expected, error.hint
        ) from None
    except ValueError as error:
        raise _located(document, ("task",), error.context) from None  # type: ignore[attr-defined]
    if isinstance(settings, dict):
        (task,) = task_forms(name, settings) or [task]
    return task, name, settings


def _checked(document: Document) -> Spec:
    task, name, settings = task_class(document)
    try:
        return task.model_validate({**document.tree, "task": settings})
    except ValidationError as error:
        lines = [
            (
                (("task", name, *line["loc"][1:]) if line["loc"][:1] == ("task",) else line["loc"]),
                line["ctx"],
            )
            for line in error.errors()
        ]
    lines.sort(key=lambda line: document.line(line[0]))
    found_errors = [_located(document, place, context) for place, context in lines]
    raise found_errors[0] if len(found_errors) == 1 else RnnkitErrors(found_errors)


def _located(
    document: Document, place: tuple[str | int, ...], context: dict[str, str]
) -> RnnkitError:
    path = ".".join(map(str, place))
    where = f"{document.where(place)}: {path}" if path else document.where(place)
    expected, hint = (
        with_whole_paths(context[part], place, document.tree) for part in ("expected", "hint")
    )
    return RnnkitError(where, context["got"], expected, hint)
