"""Of which kind the result of a method or the attribute of a class is, by its annotation."""

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

LOOKED_AT = 100  # items of a list, each of which would be the same mistake
Parts = Callable[[Any], Iterable[tuple[str, Any, "Kind | None"]]]


@dataclass(frozen=True)
class Kind:
    """A kind of value.

    Args:
        takes: Whether a value is of it.
        words: The kind, in words.
        parts: What such a value holds, each with its place (".labels", "[0]") and its kind.
    """

    takes: Callable[[Any], bool]
    words: str
    parts: Parts = lambda value: ()

    def mistake(self, value: Any, place: str = "") -> tuple[str, str] | None:
        """What is not of its kind in a value, and what is expected; None if all is right."""
        if not self.takes(value):
            return f"{_seen(value)} as {place}" if place else _seen(value), f"Expected {self.words}"
        for name, part, kind in self.parts(value):
            if kind is not None and (found := kind.mistake(part, f"{place}{name}")):
                return found
        return None


def _seen(value: Any) -> str:
    """A value that is not of a kind, as a message shows it."""
    if value is None:
        return "None"
    if isinstance(value, str | numbers.Number | list | tuple | dict):
        return shown(value)
    if isinstance(value, type):
        return f"the class {value.__qualname__}"
    return f"an object of class {type(value).__qualname__}"


def result_kind(method: Callable[..., Any]) -> Kind | None:
    """Of what kind a method's result is; None if its annotation does not say it."""
    return _kind(_annotation(method.__annotations__.get("return"), method.__globals__))


def item_kind(method: Callable[..., Any]) -> Kind | None:
    """Of what kind the items are that a method gives one by one."""
    annotation = _annotation(method.__annotations__.get("return"), method.__globals__)
    items = get_args(annotation)
    return _kind(items[0]) if get_origin(annotation) is Iterator and items else None


def attribute_kind(component: type[Spec], name: str) -> Kind | None:
    """Of what kind a class attribute of rnnkit's own is; None if it is not one."""
    for base in component.__mro__[1:]:
        if base.__module__.startswith("rnnkit.") and name in vars(base).get("__annotations__", {}):
            names = vars(sys.modules[base.__module__])
            annotation = _annotation(vars(base)["__annotations__"][name], names)
            is_of_the_class = get_origin(annotation) is ClassVar
            return _kind(get_args(annotation)[0]) if is_of_the_class else None
    return None


def _annotation(annotation: Any, names: dict[str, Any]) -> Any:
    """What an annotation means; None if it names what only a type checker knows."""
    holder = type("Holder", (), {"__annotations__": {"it": annotation}})
    try:
        return typing.get_type_hints(holder, names)["it"]
    except (NameError, TypeError):
        return None


_NAMED: dict[Any, Kind] = {
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
    if isinstance(annotation, TypeVar):
        annotation = annotation.__bound__
    origin, items = get_origin(annotation) or annotation, get_args(annotation)
    if origin in (Union, types.UnionType):
        return _one_of([_kind(one) for one in items])
    if origin in _NAMED:
        return _NAMED[origin]
    if origin is tuple:
        each = _kind(items[0]) if items[1:] == (Ellipsis,) else None
        return Kind(lambda value: isinstance(value, tuple), "a tuple", _items(each))
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
    return lambda value: ((f"[{at}]", value[at], kind) for at in range(min(len(value), LOOKED_AT)))


def _values(kind: Kind | None) -> Parts:
    return lambda value: ((f"[{key!r}]", item, kind) for key, item in value.items())


def _fields(value: Any) -> Iterator[tuple[str, Any, Kind | None]]:
    """The fields of a data class, for those whose annotations can be read."""
    names = vars(sys.modules[type(value).__module__])
    for field in dataclasses.fields(value):
        annotation = _annotation(field.type, names)
        yield f".{field.name}", getattr(value, field.name), _kind(annotation)


def _nothing(value: Any) -> tuple[()]:
    return ()


def _one_of(kinds: list[Kind | None]) -> Kind | None:
    known = [kind for kind in kinds if kind is not None]
    if len(known) < len(kinds):
        return None
    words = " or ".join(kind.words for kind in known)

    def parts(value: Any) -> Iterator[tuple[str, Any, Kind | None]]:
        kind = next(kind for kind in known if kind.takes(value))
        yield from kind.parts(value)

    return Kind(lambda value: any(kind.takes(value) for kind in known), words, parts)


def _protocol(protocol: type) -> Kind:
    """An object with the methods of a protocol."""
    members = vars(protocol).items()
    names = [name for name, one in members if callable(one) and not name.startswith("_")]

    def takes(value: Any) -> bool:
        has_all = all(callable(getattr(value, name, None)) for name in names)
        return has_all and not isinstance(value, type)

    return Kind(takes, f"an object with {', '.join(names)}")
