"""Which format a file is in: its name says it."""

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
"""The formats of rows with named columns."""


def format_of(
    path: Path,
    names: Sequence[str],
    *,
    own: Format | None = None,
    otherwise: str | None = None,
    keys: Mapping[str, object] | None = None,
) -> Format:
    """The format of a file by its suffix, among those named and those of the user's own (`--code`).

    Args:
        path: The file; it need not be there.
        names: The formats that may be, in the order in which a suffix of several is tried.
        own: A format whose options hold for a file of the same kind, such as that of the table
            that a run was trained on.
        otherwise: The format of a file whose suffix is not that of any other.
        keys: Options that are set.

    Raises:
        RnnkitError: If its suffix names none of them, or its format has not these options.
    """
    kind = _kind_of(path, names, otherwise)
    fields = kind.model_fields
    if unknown := [key for key in keys or {} if key not in fields]:
        got, name = f"the key {unknown[0]!r} for {path}", name_of("format", kind)
        expected = f"A {name} file has: {', '.join(fields) or 'none'}"
        raise RnnkitError("", got, expected, did_you_mean(unknown[0], fields))
    usual = own if own is not None and type(own) is kind else kind()
    return with_keys(usual, keys or {})


def with_keys(kind: Format, keys: Mapping[str, object]) -> Format:
    """The format with those of the options that it has."""
    own = {key: value for key, value in keys.items() if key in type(kind).model_fields}
    return validated(type(kind), {**dict(kind), **own}) if own else kind


def _kind_of(path: Path, names: Sequence[str], otherwise: str | None) -> type[Format]:
    allowed, own = [lookup("format", name) for name in names], list(_users_own())
    for kind in own:
        if has_suffix(path, kind):
            return _whole(kind)
    for kind in allowed:
        if has_suffix(path, kind):
            return kind
    others = [lookup("format", name) for name in FORMATS]
    if otherwise is not None and not any(has_suffix(path, kind) for kind in others):
        usual: type[Format] = lookup("format", otherwise)
        return usual
    suffix = path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix
    expected = ", ".join(suffix for kind in [*allowed, *own] for suffix in kind.suffixes)
    raise RnnkitError("", f"{path}: unknown kind of file {suffix!r}", f"Expected {expected}")


def has_suffix(path: Path, kind: type[Format]) -> bool:
    """Whether a file is called as those of a format are."""
    name = path.name.lower()
    if kind.is_text:
        name = name.removesuffix(".gz")
    return any(name.endswith(suffix) and name != suffix for suffix in kind.suffixes)


def is_called(path: Path, names: Sequence[str]) -> bool:
    """Whether a file is called as those of one of these formats are, or of one of the user's
    own.
    """
    kinds = [*(lookup("format", name) for name in names), *_users_own()]
    return any(has_suffix(path, kind) for kind in kinds)


def _users_own() -> Iterator[type[Format]]:
    """The formats of modules that are not ours, as these define them now: nothing but `--code`
    brings such a module in, or the user's own program.
    """
    kinds = Format.__subclasses__()
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind.suffixes and kind.__module__.partition(".")[0] != "rnnkit" and _is_defined(kind):
            yield kind


def _is_defined(kind: type[Format]) -> bool:
    """Whether its module still has it: Python keeps a class that was replaced, or whose module
    failed, for a while.
    """
    found: Any = sys.modules.get(kind.__module__)
    if "<locals>" in kind.__qualname__:
        return found is not None
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is kind


def _whole(kind: type[Format]) -> type[Format]:
    """The user's own format.

    Raises:
        RnnkitError: If it lacks a method.
    """
    if lacks := lacking(kind):
        name = f"{kind.__module__}:{kind.__qualname__}"
        got = f"the format {name} does not define {', '.join(lacks)}"
        raise RnnkitError("--code", got, "Expected a complete format", "Define it")
    return kind
