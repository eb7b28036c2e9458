"""JSON files, whose content is used only after a schema has checked it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from rnnkit.errors import RnnkitError
from rnnkit.storage.damage import blaming
from rnnkit.storage.reading import read_bytes

MOST_CONTAINERS = 2_000_000  # mappings and lists, each some hundred bytes of memory
AGAIN = "Copy the run again, or train again"
WHOLE = "Expected the file that the training wrote"


class Record(BaseModel):
    """The schema of a run's JSON file: its keys and the types of their values. Files of later
    versions may have further keys.
    """

    # the validator is built when its file is first read
    model_config = ConfigDict(strict=True, extra="allow", frozen=True, defer_build=True)


R = TypeVar("R", bound=Record)


def parse_json(
    content: bytes | str,
    where: str = "",
    what: str = "damaged JSON",
    expected: str = "",
    hint: str = "",
) -> Any:
    """The data in a JSON text.

    Args:
        content: The JSON, in UTF-8.
        where: As in `blaming`, like the other arguments.
        what: What was found if it is not JSON.
        expected: What is expected.
        hint: What to do.

    Raises:
        RnnkitError: If it is not JSON, or has too many containers.
    """
    with blaming(where, what, expected, hint):
        text = content if isinstance(content, str) else content.decode("utf-8")
        if text.count("[") + text.count("{") > MOST_CONTAINERS:
            raise ValueError(f"more than {MOST_CONTAINERS:,} lists and mappings")
        return json.loads(text)


def read_json(path: Path, *keys: str, kind: type[Record] | None = None) -> dict[str, Any]:
    """The mapping in a run's JSON file, unconverted.

    Args:
        path: The file.
        keys: Keys that it must have.
        kind: The schema that it must match.

    Raises:
        RnnkitError: If it is missing or damaged.
    """
    try:
        content = read_bytes(path, links=False)
        data = parse_json(content, str(path), expected=WHOLE, hint=AGAIN)
    except FileNotFoundError:
        raise RnnkitError(str(path), "no such file", WHOLE, AGAIN) from None
    if not isinstance(data, dict):
        got = f"damaged JSON: a {type(data).__name__}"
        raise RnnkitError(str(path), got, "Expected a mapping", AGAIN)
    if missing := [key for key in keys if key not in data]:
        got = f"damaged: no {' and no '.join(map(repr, missing))}"
        raise RnnkitError(str(path), got, WHOLE, AGAIN)
    if kind:
        as_record(data, kind, str(path))
    return data


def read_record(path: Path, kind: type[R]) -> R:
    """A run's JSON file as an instance of its schema.

    Raises:
        RnnkitError: If it is missing, damaged, or does not match the schema.
    """
    return as_record(read_json(path), kind, str(path))


def as_record(data: dict[str, Any], kind: type[R], where: str) -> R:
    """A mapping as an instance of a schema.

    Args:
        data: The mapping.
        kind: The schema.
        where: The file, as messages call it.

    Raises:
        RnnkitError: With the first key that is wrong.
    """
    try:
        record: R = kind.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(map(str, first["loc"]))
        got = f"damaged: {key}: {first['msg']}" if key else f"damaged: {first['msg']}"
        if first["type"] == "missing":
            got = f"damaged: no {key!r}"
        raise RnnkitError(where, got, WHOLE, AGAIN) from None
    return record
