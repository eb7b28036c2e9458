"""Repetitions in lists of names: a column, a label or a metric that occurs twice is a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic_core import InitErrorDetails

from rnnkit.config.mistakes import mistake


def lists_names(annotation: Any) -> bool:
    """Whether a field is a list of names or components, rather than of numbers."""
    if get_origin(annotation) is list:
        return _is_name(get_args(annotation)[0])
    return get_origin(annotation) is not dict and any(map(lists_names, get_args(annotation)))


def _is_name(item: Any) -> bool:
    if get_origin(item) is Annotated:
        return _is_name(get_args(item)[0])
    if get_origin(item) is Literal or not get_args(item):
        return item not in (int, float, bool)
    return get_origin(item) not in (list, dict) and any(map(_is_name, get_args(item)))


def repeats_in(items: list[Any], place: tuple[str | int, ...]) -> Iterator[InitErrorDetails]:
    """The mistake of each item that occurs a second time.

    Args:
        items: The list in a field.
        place: The field.
    """
    counts: dict[object, int] = {}
    for index, item in enumerate(items):
        is_number = isinstance(item, int | float) and not isinstance(item, bool)
        name = item if is_number else repr(item)  # 0 and 0.0 are one number
        counts[name] = counts.get(name, 0) + 1
        if counts[name] == 2:
            is_name = isinstance(item, str | int | float)
            what = f"{item!r} twice" if is_name else "the same as an earlier one"
            where = place if is_name else (*place, index)
            wrong = mistake(what, "Expected each once")
            yield InitErrorDetails(type=wrong, loc=where, input=None)
