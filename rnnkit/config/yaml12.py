"""YAML as rnnkit reads it: plain data, YAML 1.2 scalars, and the line of every key.

PyYAML follows YAML 1.1, where `1e-3` is text, `no` is false and `010` is eight; a second key
silently wins over the first. Here numbers and booleans are those of YAML 1.2's core schema, and
duplicate keys, tags, anchors and aliases are refused (an alias bomb of 400 bytes unfolds to
gigabytes).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from rnnkit.config.document import Document, Place
from rnnkit.config.scalars import FastLoader, Loader, scalar_value
from rnnkit.errors import RnnkitError, combined
from rnnkit.storage.reading import read_bytes

MAX_BYTES = 100_000
MAX_DEPTH = 40
MAX_DIGITS = 300

READ_OTHERWISE = re.compile("[\t?!\ufeff]|[|>][-+0-9]*#")
"""Where libyaml is less strict than PyYAML, which rnnkit follows with and without it."""


def parse(text: str, source: str) -> Document:
    """Reads YAML text.

    Args:
        text: The YAML.
        source: Its file name, for messages.

    Raises:
        RnnkitError: If it is not YAML, or holds tags, aliases or duplicate keys (all of these
            together).
    """
    if len(text) > MAX_BYTES:
        raise RnnkitError(source, f"more than {MAX_BYTES:,} characters", "Expected a config")
    document = Document(source, None)
    errors: list[RnnkitError] = []
    try:
        node = _composed_fast(text, source) or _composed(text, source, Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
        hint = "Check brackets, colons and indentation"
        if "escape" in str(error.problem):
            hint = "A backslash in double quotes starts an escape: use single quotes, or /"
        elif "\\t" in str(error.problem):
            hint = "Indent with spaces, not tabs"
        raise RnnkitError(
            place, f"not valid YAML: {error.problem or error.context}", "", hint
        ) from None
    except yaml.YAMLError as error:
        raise RnnkitError(
            source, f"not valid YAML: {str(error).splitlines()[0]}", "Expected plain text", ""
        ) from None
    if node is not None:
        document.tree = _value(node, (), document, errors)
    if errors:
        raise combined(errors)
    return document


def _composed_fast(text: str, source: str) -> yaml.Node | None:
    """By libyaml; None if it cannot, or reads something in another way: the other loader says
    where the fault is.
    """
    if READ_OTHERWISE.search(text):
        return None
    try:
        return _composed(text, source, FastLoader)
    except (yaml.YAMLError, UnicodeError):
        return None


def _composed(text: str, source: str, loader: type[Any]) -> yaml.Node | None:
    _refuse_more_than_plain_data(text, source, loader)
    node: yaml.Node | None = yaml.compose(text, Loader=loader)
    return node


def _refuse_more_than_plain_data(text: str, source: str, loader: type[Any]) -> None:
    """Refuses anchors, aliases, tags and deep nesting as they are read, before anything is built of
    them.
    """
    errors: list[RnnkitError] = []
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        where = f"{source}:{event.start_mark.line + 1}" if event.start_mark else source
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(
            event, yaml.CollectionEndEvent
        )
        if depth > MAX_DEPTH:
            raise RnnkitError(where, "too deeply nested", f"Expected at most {MAX_DEPTH} levels")
        if anchor := getattr(event, "anchor", None):
            errors.append(
                RnnkitError(
                    where,
                    f"the anchor or alias {anchor!r}",
                    "Expected plain data",
                    "Write the value out where it is used",
                )
            )
        if tag := getattr(event, "tag", None):
            errors.append(
                RnnkitError(
                    where,
                    f"the tag {tag.replace('tag:yaml.org,2002:', '!!')!r}",
                    "Expected plain data",
                    "Remove the tag",
                )
            )
    if errors:
        raise combined(errors)


def _value(node: yaml.Node, place: Place, document: Document, errors: list[RnnkitError]) -> Any:
    document.lines.setdefault(place, node.start_mark.line + 1)
    where = f"{document.source}:{node.start_mark.line + 1}"
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, document, errors)
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(item, (*place, index), document, errors) for index, item in enumerate(node.value)
        ]
    if node.tag.endswith(":int") and len(node.value) > MAX_DIGITS:
        errors.append(
            RnnkitError(
                where, f"a number of {len(node.value)} digits", f"Expected at most {MAX_DIGITS}"
            )
        )
        return None
    return scalar_value(node.tag, node.value)


def _mapping(
    node: yaml.MappingNode, place: Place, document: Document, errors: list[RnnkitError]
) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = key_node.value
        if not isinstance(key, str):
            errors.append(
                RnnkitError(
                    f"{document.source}:{line}", "a list or mapping as a key", "Expected a name"
                )
            )
            continue
        if key in mapping:
            first = document.lines[(*place, key)]
            errors.append(
                RnnkitError(
                    f"{document.source}:{line}",
                    f"the key {key!r} a second time",
                    "",
                    f"It is already in line {first}: remove one",
                )
            )
            continue
        document.lines[(*place, key)] = line
        mapping[key] = _value(value_node, (*place, key), document, errors)
    return mapping


def read(path: Path) -> Document:
    """Reads a YAML file: UTF-8, with or without a byte order mark.

    Raises:
        RnnkitError: If it is missing, a directory, empty, not UTF-8 or not acceptable YAML.
    """
    try:
        raw = read_bytes(path, MAX_BYTES)
    except IsADirectoryError:
        raise RnnkitError(str(path), "a directory", "Expected a YAML file") from None
    except FileNotFoundError:
        raise RnnkitError(str(path), "no such file", "Expected a YAML file") from None
    except OSError as error:
        raise RnnkitError(str(path), f"cannot be read ({error.strerror})") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise RnnkitError(
            f"{path}:{line}",
            f"byte {error.start} is not UTF-8",
            "Expected text",
            "Save the file as UTF-8",
        ) from None
    document = parse(text, str(path))
    if document.tree is None:
        raise RnnkitError(
            str(path),
            "an empty file",
            "Expected a config with at least task, data and model",
            "See `rnnkit config list`",
        )
    if not isinstance(document.tree, dict):
        raise RnnkitError(
            f"{path}:1",
            "a list" if isinstance(document.tree, list) else "no keys",
            "Expected a config with at least task, data and model",
            _of_data(path),
        )
    return document


def _of_data(path: Path) -> str:
    """What is to be done where a file is one of data."""
    if path.suffix.lower() in (".yaml", ".yml", ".json"):
        return ""
    return "A file of data is named in a config; `rnnkit config new` prints one of each task"
