"""Messages in an estimator's words: its parameters, X and y instead of keys and arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rnnkit.errors import RnnkitError, RnnkitErrors
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
"""Keys of a config, and the parameters that they come from."""

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
"""Cures of a table that an estimator does otherwise."""

_ABOUT_LABELS = ("the training set has one label", "the training set has one tag")


@contextmanager
def wrong_values(
    data: str = "X", settings: Mapping[str, Any] | None = None, *, has_layers: bool = False
) -> Iterator[None]:
    """A mistake is a ValueError, as scikit-learn's own are, in an estimator's words.

    Args:
        data: The argument that is the data: "X" or "y".
        settings: The parameter `config`.
        has_layers: Whether the parameter `layers` is set.
    """
    try:
        with messages_in_python():
            yield
    except RnnkitError as error:
        for each in error.errors if isinstance(error, RnnkitErrors) else [error]:
            if each.got.startswith(_ABOUT_LABELS):
                data = "y"
            each.where = _place(each.where, data, settings or {}, has_layers=has_layers)
            for found, cure in _CURES:
                each.expected = found.sub(cure, each.expected)
                each.hint = found.sub(cure, each.hint)
        raise ValueError(str(error)) from error


def _place(where: str, data: str, settings: Mapping[str, Any], *, has_layers: bool) -> str:
    """A place as the estimator names it: "units" for "config: model.layers.0.lstm.units"."""
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
            own = re.sub(rf"{pattern}(\.0)?$", parameter, name)
            return ": ".join(filter(None, (own, rest)))
    return where if place != "overrides" else f"config: {key}"


def _is_set(settings: Mapping[str, Any], name: str) -> bool:
    """Whether a mapping of keys, nested or not, has a key or one above it."""
    for key, value in settings.items():
        if name == key or (name.startswith(f"{key}.") and not isinstance(value, Mapping)):
            return True
        below = name.removeprefix(f"{key}.")
        if below != name and isinstance(value, Mapping) and _is_set(value, below):
            return True
    return False
