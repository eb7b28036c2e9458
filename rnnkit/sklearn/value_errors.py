"""Mistakes as ValueErrors that name an estimator's parameters, X and y instead of keys and
arguments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rnnkit.errors import RnnkitError
from rnnkit.python_messages import messages_in_python

_PARAMETERS = (
    (r"model\.layers\.0\.\w+\.units", "units"),
    (r"model\.layers", "cell"),
    (r"model\.embedding", "embedding"),
    (r"train\.(epochs|batch_size|learning_rate)", r"\1"),
    (r"train\.random_seed", "random_state"),
    (r"data\.split\.validation", "validation"),
    (r"task\.\w+\.(\w+)", r"\1"),
)
"""Keys of a config, and the parameters that set them."""

_CURES = (
    (re.compile(r"Where each row is a step, write `time=None`"), "Each row as a step: y.array"),
    (
        re.compile(
            r"(A column of words is not in features: `.*`|Write each as one number, such as 1\.5)"
        ),
        "Every column of y is forecast: leave out those of words; times are its index, as by"
        " y.set_index",
    ),
    (re.compile("Sort the rows by time"), "Sort it: y.sort_index()"),
    (re.compile("or correct the rows"), "or correct y"),
)
"""Cures for tables, and what they are for an estimator's y."""

_ABOUT_LABELS = ("the training set has one label", "the training set has one tag")


@contextmanager
def wrong_values(
    data: str = "X", settings: Mapping[str, Any] | None = None, *, has_layers: bool = False
) -> Iterator[None]:
    """Raises each mistake inside as a ValueError that names parameters, as scikit-learn does.

    Args:
        data: The argument that is the data: "X" or "y".
        settings: The parameter `config`.
        has_layers: Whether the parameter `layers` is set.
    """
    try:
        with messages_in_python():
            yield
    except RnnkitError as error:
        for mistake in error.errors:
            if mistake.got.startswith(_ABOUT_LABELS):
                data = "y"
            mistake.where = _place(mistake.where, data, settings or {}, has_layers=has_layers)
            for pattern, cure in _CURES:
                mistake.expected = pattern.sub(cure, mistake.expected)
                mistake.hint = pattern.sub(cure, mistake.hint)
        raise ValueError(str(error)) from error


def _place(where: str, data: str, settings: Mapping[str, Any], *, has_layers: bool) -> str:
    """The place in the estimator's terms: "units" for "config: model.layers.0.lstm.units"."""
    place, _, key = where.partition(": ")
    if place in ("data", "data.dataset", "x"):
        return ": ".join(filter(None, (data, key)))
    if place not in ("config", "overrides"):
        place, key = "config", where
    name, _, rest = key.partition(": ")
    if _is_set(settings, name):
        return f"config: {key}"
    if has_layers and name.startswith("model.layers"):
        return ": ".join(filter(None, (name.removeprefix("model."), rest)))
    for pattern, parameter in _PARAMETERS:
        if re.match(rf"{pattern}(?![\w])", name):
            named = re.sub(rf"{pattern}(\.0)?$", parameter, name)
            return ": ".join(filter(None, (named, rest)))
    return where if place != "overrides" else f"config: {key}"


def _is_set(settings: Mapping[str, Any], name: str) -> bool:
    """Whether a mapping of keys, nested or not, has a key or one above it."""
    for key, value in settings.items():
        if name == key or (name.startswith(f"{key}.") and not isinstance(value, Mapping)):
            return True
        rest = name.removeprefix(f"{key}.")
        if rest != name and isinstance(value, Mapping) and _is_set(value, rest):
            return True
    return False
