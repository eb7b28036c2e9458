"""The keys in which two configs differ, each with its consequence for a resumed training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, get_args

from pydantic.fields import FieldInfo

from rnnkit.config.component import Component
from rnnkit.config.on_resume import UNDECIDED, OnResume
from rnnkit.config.spec import Spec
from rnnkit.registry import name_of

LONGEST = 60  # characters of a value


@dataclass(frozen=True)
class Change:
    """A key whose value differs.

    Args:
        key: Its whole path, such as "train.batch_size".
        before: Its former value, as text.
        after: Its new value, as text.
        decision: What the change means for a resumed training.
    """

    key: str
    before: str
    after: str
    decision: OnResume

    def __str__(self) -> str:
        return f"{self.key}: {self.before} -> {self.after}"


def changes(before: Spec, after: Spec) -> list[Change]:
    """Every key whose value differs, in their order."""
    if type(before) is not type(after):
        return [Change("task", type(before).__name__, type(after).__name__, UNDECIDED)]
    return list(_of_specs(before, after, "", UNDECIDED))


def decision_of(spec: type[Spec], field: str, above: OnResume = UNDECIDED) -> OnResume:
    """The decision on a field of a spec.

    Args:
        spec: The class.
        field: Its field.
        above: The decision on the key that holds the spec.
    """
    own = [item for item in spec.model_fields[field].metadata if isinstance(item, OnResume)]
    return own[-1] if own else spec.on_resume or above


def _of_specs(before: Spec, after: Spec, path: str, above: OnResume) -> Iterator[Change]:
    for name, field in type(before).model_fields.items():
        decision = decision_of(type(before), name, above)
        values = getattr(before, name), getattr(after, name)
        yield from _of_values(*values, key_of(before, name, path), decision, component_of(field))


def _of_values(
    before: Any, after: Any, key: str, decision: OnResume, component: Component | None
) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, Spec) and type(before) is type(after):
        yield from _of_specs(before, after, keys_within(before, key, component), decision)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from _of_values(*pair, f"{key}.{index}", decision, component)
    else:
        yield Change(key, shown_value(before, component), shown_value(after, component), decision)


def key_of(spec: Spec, name: str, path: str) -> str:
    """The key of a field of the spec that stands at a path; "" is the whole config."""
    key = f"{path}.{name}" if path else name
    return f"task.{spec.name()}" if key == "task" else key  # type: ignore[attr-defined]


def keys_within(spec: Spec, key: str, component: Component | None) -> str:
    """The path below which the keys of a spec stand: with the name of a component, where that is
    written.
    """
    name = _name(spec, component)
    return key if component is None or name == component.default else f"{key}.{name}"


def component_of(field: FieldInfo) -> Component | None:
    """The component that fills a field, or each item of its list; None if none does."""
    items = [getattr(item, "__metadata__", ()) for item in get_args(field.annotation)]
    annotations = [*field.metadata, *chain(*items)]
    return next((item for item in annotations if isinstance(item, Component)), None)


def _name(spec: Spec, component: Component | None) -> str:
    return name_of(component.kind, type(spec)) if component else type(spec).__name__


def shown_value(value: Any, component: Component | None) -> str:
    """A value in a message, at most `LONGEST` characters of it."""
    if isinstance(value, list):
        text = f"[{', '.join(shown_value(item, component) for item in value)}]"
    elif isinstance(value, Spec):
        text = _name(value, component) if component else str(value.model_dump())
    elif value is None or isinstance(value, bool):
        text = {None: "null", True: "true", False: "false"}[value]
    else:
        text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
