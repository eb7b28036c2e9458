"""Checks values at run time against the annotations of methods and class attributes."""

from __future__ import annotations

import dataclasses
import numbers
import sys
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, Union, get_args, get_origin

import numpy as np

from rnnkit.config.mistakes import shown
from rnnkit.config.spec import Spec

MAX_ITEMS = 100  # checked of a list, whose other items probably have the same mistake
Parts = Callable[[Any], Iterable[tuple[str, Any, "Kind | None"]]]


@dataclass(frozen=True)
class Kind:
    """A kind of value, as an annotation names it.

    Args:
        takes: Whether a value is of this kind.
        words: The kind in words.
        parts: The items or fields of such a value, each with its place (".labels", "[0]") and its
            kind.
    """

    takes: Callable[[Any], bool]
    words: str
    parts: Parts = lambda value: ()

    def mistake(self, value: Any, place: str = "") -> tuple[str, str] | None:
        """The `got` and the `expected` of a message about a value or a part of it that is not of
        its kind; None if there is none.
        """
        if not self.takes(value):
            got = _value_text(value)
            return f"{got} as {place}" if place else got, f"Expected {self.words}"
        for name, part, kind in self.parts(value):
            if kind is not None and (mistake := kind.mistake(part, f"{place}{name}")):
                return mistake
        return None


def _value_text(value: Any) -> str:
    """A value in a message."""
    if value is None:
        return "None"
    if isinstance(value, str | numbers.Number | list | tuple | dict):
        return shown(value)
    if isinstance(value, type):
        return f"the class {value.__qualname__}"
    return f"an object of class {type(value).__qualname__}"


def result_kind(method: Callable[..., Any]) -> Kind | None:
    """The kind of a method's result; None if its annotation does not tell."""
    return _kind(_annotation(method.__annotations__.get("return"), method.__globals__))


def item_kind(method: Callable[..., Any]) -> Kind | None:
    """The kind of the items of the iterator that a method returns; None if unknown."""
    annotation = _annotation(method.__annotations__.get("return"), method.__globals__)
    items = get_args(annotation)
    return _kind(items[0]) if get_origin(annotation) is Iterator and items else None


def attribute_kind(component: type[Spec], name: str) -> Kind | None:
    """The kind of a class attribute that a base class of rnnkit declares; None for others."""
    for base in component.__mro__[1:]:
        if base.__module__.startswith("rnnkit.") and name in vars(base).get("__annotations__", {}):
            names = vars(sys.modules[base.__module__])
            annotation = _annotation(vars(base)["__annotations__"][name], names)
            is_class_variable = get_origin(annotation) is ClassVar
            return _kind(get_args(annotation)[0]) if is_class_variable else None
    return None


def _annotation(annotation: Any, names: dict[str, Any]) -> Any:
    """The evaluated annotation; None if it has a name that only type checkers import."""
    holder = type("Holder", (), {"__annotations__": {"value": annotation}})
    try:
        return typing.get_type_hints(holder, names)["value"]
    except (NameError, TypeError):
        return None


_KINDS: dict[Any, Kind] = {
    float: Kind(
        lambda value: (
            isinstance(value, numbers.Real) or (isinstance(value, np.ndarray) and value.ndim == 0)
        ),
        "a number",
    ),
    int: Kind(lambda value: isinstance(value, numbers.Integral), "a whole number"),
    str: Kind(lambda value: isinstance(value, str), "text"),
    bool: Kind(lambda value: isinstance(value, bool | np.bool_), "True or False"),
    np.ndarray: Kind(lambda value: isinstance(value, np.ndarray), "a NumPy array"),
    type: Kind(lambda value: isinstance(value, type), "a class"),
    type(None): Kind(lambda value: value is None, "None"),
}


def _kind(annotation: Any) -> Kind | None:
    """The kind of an evaluated annotation; None if it allows any value."""
    if isinstance(annotation, TypeVar):
        annotation = annotation.__bound__
    origin, items = get_origin(annotation) or annotation, get_args(annotation)
    if origin in (Union, types.UnionType):
        return _union([_kind(item) for item in items])
    if origin in _KINDS:
        return _KINDS[origin]
    if origin is tuple:
        item = _kind(items[0]) if items[1:] == (Ellipsis,) else None
        return Kind(lambda value: isinstance(value, tuple), "a tuple", _items(item))
    if origin in (list, Sequence):
        return Kind(_is_sequence, "a list", _items(_kind(items[0]) if items else None))
    if origin in (dict, Mapping):
        values = _kind(items[1]) if items else None
        return Kind(lambda value: isinstance(value, Mapping), "a dict", _values(values))
    if not isinstance(origin, type) or origin in (object, Any):
        return None
    if getattr(origin, "_is_protocol", False):
        return _protocol(origin)
    words = {Callable: "what can be called", Iterator: "an iterator"}.get(origin)
    article = "an" if origin.__qualname__[0] in "AEIOU" else "a"
    words = words or f"{article} {origin.__qualname__} ({origin.__module__})"
    is_raw = origin.__module__.startswith("rnnkit.data.raw")
    return Kind(lambda value: isinstance(value, origin), words, _fields if is_raw else _nothing)


def _is_sequence(value: Any) -> bool:
    has_items = hasattr(value, "__len__") and hasattr(value, "__getitem__")
    return has_items and not isinstance(value, str | bytes | Mapping)


def _items(kind: Kind | None) -> Parts:
    return lambda value: (
        (f"[{index}]", value[index], kind) for index in range(min(len(value), MAX_ITEMS))
    )


def _values(kind: Kind | None) -> Parts:
    return lambda value: ((f"[{key!r}]", item, kind) for key, item in value.items())


def _fields(value: Any) -> Iterator[tuple[str, Any, Kind | None]]:
    """The fields of a data class, with their kinds."""
    names = vars(sys.modules[type(value).__module__])
    for field in dataclasses.fields(value):
        annotation = _annotation(field.type, names)
        yield f".{field.name}", getattr(value, field.name), _kind(annotation)


def _nothing(value: Any) -> tuple[()]:
    return ()


def _union(kinds: list[Kind | None]) -> Kind | None:
    known = [kind for kind in kinds if kind is not None]
    if len(known) < len(kinds):
        return None
    words = " or ".join(kind.words for kind in known)

    def parts(value: Any) -> Iterator[tuple[str, Any, Kind | None]]:
        kind = next(kind for kind in known if kind.takes(value))
        yield from kind.parts(value)

    return Kind(lambda value: any(kind.takes(value) for kind in known), words, parts)


def _protocol(protocol: type) -> Kind:
    """The kind of an object with the methods of a protocol."""
    members = vars(protocol).items()
    names = [name for name, member in members if callable(member) and not name.startswith("_")]

    def takes(value: Any) -> bool:
        has_all = all(callable(getattr(value, name, None)) for name in names)
        return has_all and not isinstance(value, type)

    return Kind(takes, f"an object with {', '.join(names)}")
