"""Builds the site of the documentation: writes the reference pages that come from the sources
(commands, configuration, Python), then runs Zensical over docs/.

    python scripts/build_docs.py              # build/site/index.html
    python scripts/build_docs.py --pages-only DIR
"""

from __future__ import annotations

import argparse
import inspect
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import click
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

import rnnkit
from rnnkit.cli import main as command_line
from rnnkit.cli.groups import GROUPS
from rnnkit.config.component import Component
from rnnkit.config.spec import Spec
from rnnkit.registry import TASK_FORMS, TASKS, lookup, offered, task_forms

REPO = Path(__file__).resolve().parent.parent
GENERATED = REPO / "docs" / "reference" / "generated"
KINDS = {
    "dataset": "Data sets",
    "tokenizer": "Tokenizers",
    "input": "Embeddings and other inputs",
    "layer": "Layers",
    "initializer": "Initializers",
    "optimizer": "Optimizers",
    "schedule": "Schedules of the learning rate",
    "metric": "Metrics",
    "tracker": "Trackers",
    "sampler": "Samplers",
}
WORDS = {
    int: "whole number",
    float: "number",
    str: "text",
    bool: "true or false",
    types.NoneType: "nothing",
}
ESTIMATORS = ("RNNClassifier", "RNNRegressor", "RNNTagger", "RNNForecaster")
COLLECTIONS = {list: "list", dict: "mapping"}


# Commands.


def commands_page() -> str:
    parts = ["# Commands", "The help of each verb, as `rnnkit VERB --help` prints it."]
    for title, names in GROUPS.items():
        parts.append(f"## {title}")
        for name in names:
            parts += [text for path, text in _helps(command_line.commands[name], (name,))]
    return "\n\n".join(parts) + "\n"


def _helps(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    above = click.Context(command_line, info_name="rnnkit", **command_line.context_settings)
    context = click.Context(
        command, parent=above, info_name=" ".join(path), max_content_width=100, terminal_width=100
    )
    level = "#" * min(4, 2 + len(path))
    heading = f"{level} rnnkit {' '.join(path)}"
    yield path, f"{heading}\n\n```text\n{command.get_help(context).rstrip()}\n```"
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _helps(inner, (*path, name))


# Configuration.


class Reference:
    """The tables of all keys; a section that several places share is written once."""

    def __init__(self) -> None:
        self.sections: dict[type[Spec], str] = {}
        self.waiting: list[type[Spec]] = []

    def page(self) -> str:
        parts = [
            "# Configuration",
            "Every key of a config, its type, default and meaning, from the classes that check it. "
            "A *short* key is the one that a bare value sets: `lstm: 32` is `lstm: {units: 32}`.",
            "## Tasks",
        ]
        for name in sorted(TASKS):
            task = lookup("task", name)
            for form in (task, *task_forms(name, TASK_FORMS.get(name, ()))):
                keys = TASK_FORMS.get(name, {}) if form is not task else {}
                title = f"{name}, with `{next(iter(keys))}`" if keys else name
                parts += [f"### Task: {title}", _about(form), self.table(form)]
        parts += self.shared()
        for kind, title in KINDS.items():
            parts.append(f"## {title} {{ #{kind} }}")
            for name in offered(kind):
                spec = lookup(kind, name)
                parts += [f"### {kind}: {name}", _about(spec)]
                if spec.model_fields:
                    parts.append(self.table(spec))
            parts += self.shared()
        return "\n\n".join(part for part in parts if part) + "\n"

    def shared(self) -> list[str]:
        """The sections that tables so far refer to, and those that these refer to."""
        parts: list[str] = []
        while self.waiting:
            spec = self.waiting.pop(0)
            heading = f"### {spec.__name__} {{ #{self.sections[spec]} }}"
            parts += [heading, _about(spec), self.table(spec) if spec.model_fields else ""]
        return parts

    def table(self, spec: type[Spec]) -> str:
        rows = ["| key | type | default | meaning |", "|---|---|---|---|"]
        for name, field in spec.model_fields.items():
            short = " *short*" if name == spec.short else ""
            meaning = field.description or self.section_of(field)
            cells = [
                f"`{name}`{short}",
                self.annotated(field.annotation, field.metadata),
                _default(field),
                meaning,
            ]
            rows.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
        return "\n".join(rows)

    def section_of(self, field: FieldInfo) -> str:
        """What a section is for, by its class."""
        kind = field.annotation
        kinds = [kind] if isinstance(kind, type) else list(get_args(kind))
        about = [_about(one) for one in kinds if isinstance(one, type) and issubclass(one, Spec)]
        return about[0].split("\n\n")[0] if len(about) == 1 else ""

    def named(self, annotation: Any) -> str:
        """A type in words, with links to components and sections."""
        if isinstance(annotation, type) and issubclass(annotation, Spec):
            return self.link(annotation)
        origin, inner = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self.annotated(inner[0], inner[1:])
        if origin is Literal:
            return ", ".join(f"`{value}`" for value in inner)
        if origin in (Union, types.UnionType):
            return " or ".join(self.named(one) for one in inner)
        if origin in (list, dict):
            return f"{COLLECTIONS[origin]} of {' to '.join(self.named(one) for one in inner)}"
        return WORDS.get(annotation, str(getattr(annotation, "__name__", annotation)))

    def annotated(self, annotation: Any, metadata: Any) -> str:
        for item in metadata:
            if isinstance(item, Component):
                return f"[{item.kind}](#{item.kind})"
        return self.named(annotation) + _bounds(metadata)

    def link(self, section: type[Spec]) -> str:
        if section not in self.sections:
            self.sections[section] = f"{section.__module__}.{section.__name__}"
            self.waiting.append(section)
        return f"[{section.__name__}](#{self.sections[section]})"


def _about(spec: type[Any]) -> str:
    return inspect.cleandoc(vars(spec).get("__doc__") or "")


def _bounds(metadata: Any) -> str:
    signs = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
    bounds = [
        f"{sign} {getattr(item, key)}"
        for item in metadata
        for key, sign in signs.items()
        if getattr(item, key, None) is not None
    ]
    return f" ({', '.join(bounds)})" if bounds else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True) if not _has_data(field) else None
    if value is None or value is PydanticUndefined:
        return "unset"
    if isinstance(value, Spec):
        return "its own defaults"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _has_data(field: FieldInfo) -> bool:
    """Whether the default is computed from the fields before."""
    return bool(field.default_factory and field.default_factory_takes_validated_data)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# Python.


def python_page() -> str:
    """A directive of mkdocstrings for each public name, `Run` first."""
    names = [name for name in rnnkit.__all__ if not name.startswith("_")]
    parts = ["# Python reference", "What `import rnnkit as rk` gives."]
    for name in sorted(names, key=lambda name: (name != "Run", name)):
        value = getattr(rnnkit, name)
        parts.append(
            f"::: {value.__module__}.{value.__name__}\n    options:\n      heading_level: 2\n"
            f"      heading: rk.{name}\n      toc_label: {name}"
        )
    parts += ["## Estimators of scikit-learn", "What `import rnnkit.sklearn` gives."]
    parts += [
        f"::: rnnkit.sklearn.{name[3:].lower()}.{name}\n    options:\n      heading_level: 3\n"
        f"      heading: {name}\n      toc_label: {name}"
        for name in ESTIMATORS
    ]
    return "\n\n".join(parts) + "\n"


def write_pages(folder: Path) -> None:
    """Writes the pages of the reference that come from the sources."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("commands.md", commands_page()),
        ("config.md", Reference().page()),
        ("python.md", python_page()),
    ):
        (folder / name).write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages-only", type=Path, metavar="DIR", help="write the pages there")
    arguments = parser.parse_args()
    write_pages(arguments.pages_only or GENERATED)
    if arguments.pages_only is None:
        zensical = Path(sys.executable).with_name("zensical")
        raise SystemExit(subprocess.call([zensical, "build", "--clean"], cwd=REPO))


if __name__ == "__main__":
    main()
