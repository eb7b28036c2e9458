"""Keys of a config that do nothing together with the others: such a key is not a mistake, since a
run that has it must open, but it is named.

The reason stands in the spec that knows it (`Spec.unused`): that of the key, or one above, where
keys of several sections decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from rnnkit.config.changes import component_of, key_of, keys_within, shown_value
from rnnkit.config.spec import Spec


@dataclass(frozen=True)
class Unused:
    """A key without effect.

    Args:
        key: Its path from the spec that says so, such as "change_from" or "layers.0.dropout".
        reason: Why, such as "transform is none".
        cure: What beside it gives it an effect, such as "transform: difference"; "" where it can
            only be left out, None where that depends on the value.
        value: As it is shown; "" where the key names it.
        does: What is said of it.
    """

    key: str
    reason: str
    cure: str | None = ""
    value: str = ""
    does: str = "has no effect"

    @property
    def hint(self) -> str:
        """What to do."""
        if self.cure is None:
            return ""
        return f"Leave it out, or set `{self.cure}`" if self.cure else "Leave it out"

    @property
    def got(self) -> str:
        """What is found there."""
        return f"{self.value} {self.does}: {self.reason}".lstrip()

    def __str__(self) -> str:
        name = f"{self.key}:" if self.value else self.key
        return ". ".join(filter(None, (f"{name} {self.got}", self.hint)))


def unused_keys(spec: Spec) -> list[Unused]:
    """Every key of a config that has another value than its default, and does nothing."""
    return list({unused.key: unused for unused in _within(spec, "")}.values())


def _within(spec: Spec, path: str) -> Iterator[Unused]:
    for unused in spec.unused():
        yield from _placed(unused, spec, unused.key.split("."), path)
    fields = type(spec).model_fields
    for name in [name for name in fields if isinstance(getattr(spec, name), Spec | list)]:
        yield from _of_value(getattr(spec, name), *_field(spec, name, path))


def _of_value(value: Any, key: str, component: Any) -> Iterator[Unused]:
    if isinstance(value, Spec):
        yield from _within(value, keys_within(value, key, component))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _of_value(item, f"{key}.{index}", component)


def _placed(unused: Unused, spec: Spec, names: list[str], path: str) -> Iterator[Unused]:
    """The key with its whole path and its value, where there is one that is not the default."""
    name, *rest = names
    if name not in type(spec).model_fields:  # one of another optimizer
        return
    value = getattr(spec, name)
    key, component = _field(spec, name, path)
    default = type(spec).model_fields[name].get_default(call_default_factory=True)
    while rest and isinstance(value, list):
        index, *rest = rest
        key, value, default = f"{key}.{index}", value[int(index)], None
    if rest and isinstance(value, Spec):
        yield from _placed(unused, value, rest, keys_within(value, key, component))
    elif value != default:
        cure = f"{path}.{unused.cure}" if unused.cure else unused.cure
        yield replace(unused, key=key, value=shown_value(value, component), cure=cure)


def _field(spec: Spec, name: str, path: str) -> tuple[str, Any]:
    """The key of a field, and what may fill it."""
    return key_of(spec, name, path), component_of(type(spec).model_fields[name])
