"""Chooses the format of a file by its suffix."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rnnkit.config.complete import lacking
from rnnkit.config.spec import validated
from rnnkit.data.formats.format import Format
from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.registry import FORMATS, lookup, name_of

TABLES = ("csv", "tsv", "jsonl", "parquet", "arrow")
"""The formats of tables with named columns."""


def format_of(
    path: Path,
    names: Sequence[str],
    *,
    own: Format | None = None,
    otherwise: str | None = None,
    keys: Mapping[str, object] | None = None,
) -> Format:
    """The format of a file by its suffix, among these and user-defined ones (`--code`).

    Args:
        path: The file, which need not exist.
        names: The accepted formats, in the order in which they claim a suffix.
        own: A format whose options apply to files of the same kind, such as that of the table that
            a run was trained on.
        otherwise: The format of a file with an unknown suffix; None to refuse it.
        keys: Options to set.

    Raises:
        RnnkitError: If the suffix belongs to none of them, or the format lacks an option.
    """
    kind = _kind_of(path, names, otherwise)
    fields = kind.model_fields
    if unknown := [key for key in keys or {} if key not in fields]:
        got, name = f"the key {unknown[0]!r} for {path}", name_of("format", kind)
        expected = f"A {name} file has: {', '.join(fields) or 'none'}"
        raise RnnkitError("", got, expected, did_you_mean(unknown[0], fields))
    base = own if own is not None and type(own) is kind else kind()
    return with_keys(base, keys or {})


def with_keys(kind: Format, keys: Mapping[str, object]) -> Format:
    """The format with the options set that it has; others are ignored."""
    options = {key: value for key, value in keys.items() if key in type(kind).model_fields}
    return validated(type(kind), {**dict(kind), **options}) if options else kind


def _kind_of(path: Path, names: Sequence[str], otherwise: str | None) -> type[Format]:
    allowed, custom = [lookup("format", name) for name in names], list(_user_defined())
    for kind in custom:
        if has_suffix(path, kind):
            return _complete(kind)
    for kind in allowed:
        if has_suffix(path, kind):
            return kind
    others = [lookup("format", name) for name in FORMATS]
    if otherwise is not None and not any(has_suffix(path, kind) for kind in others):
        default: type[Format] = lookup("format", otherwise)
        return default
    suffix = path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix
    expected = ", ".join(suffix for kind in [*allowed, *custom] for suffix in kind.suffixes)
    raise RnnkitError("", f"{path}: unknown kind of file {suffix!r}", f"Expected {expected}")


def has_suffix(path: Path, kind: type[Format]) -> bool:
    """Whether the name of a file has a suffix of the format."""
    name = path.name.lower()
    if kind.is_text:
        name = name.removesuffix(".gz")
    return any(name.endswith(suffix) and name != suffix for suffix in kind.suffixes)


def is_called(path: Path, names: Sequence[str]) -> bool:
    """Whether the name of a file has a suffix of one of these formats, or of a user-defined one."""
    kinds = [*(lookup("format", name) for name in names), *_user_defined()]
    return any(has_suffix(path, kind) for kind in kinds)


def _user_defined() -> Iterator[type[Format]]:
    """Formats defined outside rnnkit, in modules imported by `--code` or the user's program."""
    kinds = Format.__subclasses__()
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind.suffixes and kind.__module__.partition(".")[0] != "rnnkit" and _is_defined(kind):
            yield kind


def _is_defined(kind: type[Format]) -> bool:
    """Whether the module of a class still defines it: Python keeps a class for a while after it was
    redefined, or its module failed.
    """
    scope: Any = sys.modules.get(kind.__module__)
    if "<locals>" in kind.__qualname__:
        return scope is not None
    for name in kind.__qualname__.split("."):
        scope = getattr(scope, name, None)
    return scope is kind


def _complete(kind: type[Format]) -> type[Format]:
    """Checks that a user-defined format implements all required methods.

    Raises:
        RnnkitError: If it lacks one.
    """
    if lacks := lacking(kind):
        name = f"{kind.__module__}:{kind.__qualname__}"
        got = f"the format {name} does not define {', '.join(lacks)}"
        raise RnnkitError("--code", got, "Expected a complete format", "Define it")
    return kind
