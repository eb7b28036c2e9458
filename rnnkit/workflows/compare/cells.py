"""Replaces the recurrent layers of a config by layers of another cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rnnkit.cells import RecurrentSpec
from rnnkit.config import dump_config
from rnnkit.config.yaml12 import parse
from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.registry import LAYERS, lookup
from rnnkit.tasks.task import Task, load_task

Tree = dict[str, Any]
INPUT = "embedding"  # its layers read the characters of a word, and are not replaced


def recurrent_layers() -> list[str]:
    """The names of the recurrent layers, which can replace each other."""
    return [name for name in LAYERS if issubclass(lookup("layer", name), RecurrentSpec)]


def with_cell(task: Task, name: str) -> tuple[Task, list[str]]:
    """Replaces each recurrent layer of a model by another kind with the same units.

    Args:
        task: A checked config.
        name: The recurrent layer: its name, or "module:Spec" of the user's own.

    Returns:
        The checked config, and the settings that the new layer does not have.

    Raises:
        RnnkitError: If there is no such layer, the model has no recurrent layer, or the new one is
            not valid in this config.
    """
    expected = f"Expected some of: {', '.join(recurrent_layers())}"
    if name not in LAYERS and ":" not in name:
        near = did_you_mean(name, recurrent_layers())
        raise RnnkitError("--layers", f"unknown layer {name!r}", expected, near)
    spec = lookup("layer", name, "--layers")
    if not issubclass(spec, RecurrentSpec):
        raise RnnkitError("--layers", f"{name} is not a recurrent layer", expected)
    tree: dict[str, Any] = parse(dump_config(task), "config").tree
    dropped, replaced = list[str](), 0
    for layers in _layer_lists(tree.get("model", {})):
        for index, (kind, settings) in enumerate(map(_kind_and_settings, layers)):
            old = lookup("layer", kind)
            if not issubclass(old, RecurrentSpec):
                continue
            replaced += 1
            if kind == name:
                continue
            changed = {
                key: value
                for key, value in settings.items()
                if old.model_fields[key].is_required() or not _is_default(old, key, value)
            }
            unknown = sorted(changed.keys() - spec.model_fields.keys())
            dropped += [key for key in unknown if key not in dropped]
            layers[index] = {name: {key: changed[key] for key in changed if key not in unknown}}
    if not replaced:
        expected = f"Expected one of: {', '.join(recurrent_layers())}"
        raise RnnkitError("--layers", "the config's model has no recurrent layer", expected)
    try:
        other = load_task(tree, environment=False)
        # the section itself, as its data set knows the folder that it was found in
        data = {name: section for name, section in task if name == "data"}
        return other.model_copy(update=data), dropped
    except RnnkitError as error:
        got = f"{name} does not fit this config: {error.where}: {error.got}"
        raise RnnkitError("--layers", got, error.expected) from None


def _layer_lists(node: Any) -> Iterator[list[Any]]:
    """The lists of layers of a model, except those of its input."""
    if not isinstance(node, Mapping):
        return
    for key, value in node.items():
        if key == "layers" and isinstance(value, list):
            yield value
        elif key != INPUT:
            yield from _layer_lists(value)


def _kind_and_settings(layer: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    ((kind, settings),) = layer.items()
    return kind, settings or {}


def _is_default(spec: type[RecurrentSpec], key: str, value: Any) -> bool:
    """Whether a setting has its default value."""
    default = spec.model_validate({"units": 1}).model_dump().get(key)
    return bool(value == default)
