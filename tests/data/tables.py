"""Tables for the tests, written and read in any format."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from rnnkit.config.yaml12 import parse
from rnnkit.data.formats.format import Format, Row, Rows
from rnnkit.data.read.columns import RequiredColumns
from rnnkit.registry import lookup


def made(kind: str, **options: Any) -> Format:
    """A format; options that it does not have are dropped."""
    spec: type[Format] = lookup("format", kind)
    return spec(**{key: value for key, value in options.items() if key in spec.model_fields})


def table(content: str | bytes, kind: str = "csv", name: str = "", **options: Any) -> Rows:
    """The rows of a file with this content."""
    path = Path(name or f"in.{kind}")
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return made(kind, **options).read(path)


def read(content: str | bytes, kind: str = "csv", name: str = "", **options: Any) -> list[Row]:
    """All of them."""
    return list(table(content, kind, name, **options))


def checked(rows: Rows, *arguments: Any) -> list[Row]:
    """All of them, each with the columns that `RequiredColumns` is given."""
    required, every = RequiredColumns(rows, *arguments), list[Row]()
    with rows:
        for row in rows:
            required.check(row)
            every.append(row)
    return every


def times(*texts: str, zone: str | None = None) -> pd.DatetimeIndex:
    """What the clock of a zone shows, as times."""
    return (
        pd.DatetimeIndex(pd.to_datetime(list(texts), format="ISO8601"))
        .as_unit("us")
        .tz_localize(zone)
    )


def cures(message: str) -> dict[str, Any]:
    """The keys that a message names, "`separator: ';'`", and their values."""
    settings = re.findall(r"`(\w+: [^`]+)`", message)
    return {key: value for text in settings for key, value in parse(text, "hint").tree.items()}
