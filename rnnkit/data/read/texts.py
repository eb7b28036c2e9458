"""The cells of a table that are texts."""

from __future__ import annotations

import math

from rnnkit.errors import RnnkitError


def text_of(value: object, column: str) -> str:
    """A cell as text; "" where it is missing.

    Args:
        value: The cell.
        column: The name of its column.

    Raises:
        RnnkitError: If it is neither.
    """
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    hint = "Save it as text"
    if isinstance(value, list | dict):
        hint = "Join what it holds to one text"
    raise RnnkitError("", f"{column} is {value!r}", "Expected text", hint)
