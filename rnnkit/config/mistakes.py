"""Mistakes in a config in rnnkit's words: those of validators, and pydantic's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails, PydanticCustomError

from rnnkit.errors import OTHER_NAMES, did_you_mean
from rnnkit.quantities import counted

SECTIONS = ("task", "data", "model", "train", "generate", "metrics")
"""The keys of a whole config."""


def shown(value: Any) -> str:
    """A value of a config in YAML's words, short enough for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    text = repr(value)
    if "\n" in text:  # such as a table of pandas
        return f"a {type(value).__name__}"
    return (text if len(text) <= 60 else text[:57] + "...") + (
        " (text)" if isinstance(value, str) else ""
    )


def mistake(got: str, expected: str = "", hint: str = "") -> PydanticCustomError:
    """The error that a validator raises: what was found, what is expected, what to do. The place is
    added where the config is read.
    """
    return PydanticCustomError(
        "rnnkit", "{got}. {expected} {hint}", {"got": got, "expected": expected, "hint": hint}
    )


def mistakes_at(places: list[tuple[tuple[str | int, ...], PydanticCustomError]]) -> ValidationError:
    """Several mistakes, each at its own place below the spec that raises them."""
    return line_errors(
        "config", [InitErrorDetails(type=error, loc=place, input=None) for place, error in places]
    )


def with_whole_paths(text: str, place: Sequence[str | int], tree: Any) -> str:
    """A validator's message, which names keys of its own section, with their whole paths:
    "`generate.temperature: 0.8`" for "`temperature: 0.8`".

    Args:
        text: The message.
        place: The section, or a key of it.
        tree: The config.
    """
    holder, parent = _value_at(tree, place), _value_at(tree, place[:-1])

    def whole(key: re.Match[str]) -> str:
        name, has_value = key[1], key[2] == ":"
        is_beside = not isinstance(holder, Mapping) or (
            isinstance(parent, Mapping) and name in parent
        )
        known = parent if is_beside else holder
        if not place or name in SECTIONS or not (has_value or name in (known or ())):
            return key[0]
        return f"`{'.'.join(map(str, place[:-1] if is_beside else place))}.{name}{key[2]}"

    return re.sub(r"`(\w+)([:`])", whole, text)


def _value_at(tree: Any, place: Sequence[str | int]) -> Any:
    for key in place:
        is_there = isinstance(tree, Mapping) or (
            isinstance(tree, list) and isinstance(key, int) and key < len(tree)
        )
        tree = (tree.get(key) if isinstance(tree, Mapping) else tree[key]) if is_there else None
    return tree


def line_errors(title: str, lines: list[InitErrorDetails]) -> ValidationError:
    return ValidationError.from_exception_data(title, lines)


def choices(names: Any) -> str:
    return ", ".join(sorted(names))


_EXPECTED = {
    "int_type": "Expected a whole number",
    "int_from_float": "Expected a whole number",
    "float_type": "Expected a number",
    "string_type": "Expected text",
    "bool_type": "Expected true or false",
    "list_type": "Expected a list",
    "dict_type": "Expected a mapping",
    "finite_number": "Expected a finite number",
}


_COUNTS = {
    "string_too_short": ("min_length", "at least", "character"),
    "string_too_long": ("max_length", "at most", "character"),
    "too_short": ("min_length", "at least", "item"),
    "too_long": ("max_length", "at most", "item"),
}


_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def explained(
    fields: Mapping[str, FieldInfo], elsewhere: Iterable[str], line: Any
) -> InitErrorDetails:
    """One of pydantic's errors, in rnnkit's words."""
    kind, place, value, context = line["type"], line["loc"], line["input"], line.get("ctx", {})
    if kind == "rnnkit":
        error = mistake(context["got"], context["expected"], context["hint"])
    elif kind == "extra_forbidden":
        known = [*fields, *elsewhere]
        error = mistake(
            "unknown key",
            f"Expected {choices(known) or 'no keys here'}",
            did_you_mean(str(place[-1]), known) or _in_section(str(place[-1]), fields),
        )
    elif kind == "missing":
        expected = _described(fields.get(str(place[-1]))) if len(place) == 1 else "a value"
        error = mistake("missing", f"Expected {expected}", "Add the key")
    elif kind == "literal_error":
        field = fields.get(str(place[0])) if place else None
        known = [
            item.strip("' ") for item in str(context["expected"]).replace(" or ", ", ").split(",")
        ]
        hint = did_you_mean(value, known) if isinstance(value, str) and field else ""
        error = mistake(f"found {shown(value)}", f"Expected one of: {', '.join(known)}", hint)
    elif kind in _BOUNDS and value != value:  # nan is neither more nor less than anything
        error = mistake(f"found {shown(value)}", "Expected a number")
    elif kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        error = mistake(f"found {shown(value)}", f"Expected {words} {context[bound]}")
    elif kind in _COUNTS:
        bound, words, what = _COUNTS[kind]
        expected = f"Expected {words} {counted(context[bound], what)}"
        error = mistake(f"found {shown(value)}", expected)
    elif kind in _EXPECTED:
        about = _described(fields.get(str(place[-1]))) if place else ""
        expected = f"Expected {about}" if about.startswith("a list") else _EXPECTED[kind]
        error = mistake(f"found {shown(value)}", expected)
    else:
        error = mistake(f"found {shown(value)}", line["msg"])
    return InitErrorDetails(type=error, loc=place, input=value)


def _section(field: FieldInfo | None) -> Mapping[str, FieldInfo]:
    """The keys below a key; empty if its value is not a section."""
    kind = field.annotation if field else None
    return kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}


def _in_section(name: str, fields: Mapping[str, FieldInfo]) -> str:
    """The section to which a key belongs that was written one level too high."""
    own = OTHER_NAMES.get(name, name)
    places = [f"`{section}`" for section, of in fields.items() if own in _section(of)]
    return f"'{own}' is a key of {' and of '.join(places)}" if places else ""


def _described(field: FieldInfo | None) -> str:
    """The value that a key expects, in words."""
    if field and field.description:
        return field.description
    keys = ", ".join(_section(field))
    return f"a section with the keys {keys}" if keys else "a value"
