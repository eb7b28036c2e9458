"""The weights of labels in the loss: equal, by rarity, or set in the config."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

import numpy as np

from rnnkit.config.mistakes import mistake, shown
from rnnkit.data.encode.labels import Labels
from rnnkit.data.raw.label_names import label_key, label_name, listed
from rnnkit.data.read.numbers import LARGEST
from rnnkit.errors import RnnkitError, did_you_mean

KEY = "task.classification.class_weight"
POWERS = {"none": 0.0, "sqrt": 0.5, "balanced": 1.0}

_EXPECTED = f"Expected one of: {', '.join(POWERS)}, or a weight for each label: {{bad: 5, good: 1}}"

ClassWeight: TypeAlias = Literal["none", "sqrt", "balanced"] | dict[str, float]
"""One of the rules, or the weight of each label, 1 by default."""


def parse_class_weight(value: Any) -> Any:
    """The class weights in a config, with labels as text.

    Raises:
        PydanticCustomError: If it is not one of the rules, or a weight is not a number above 0.
    """
    if isinstance(value, str):
        if value not in POWERS:
            hint = did_you_mean(value, POWERS)
            raise mistake(f"found {shown(value)}", _EXPECTED, hint)
        return value
    if not isinstance(value, Mapping) or not value:
        raise mistake(f"found {shown(value)}", _EXPECTED)
    weights: dict[str, float] = {}
    for label, weight in value.items():
        is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not is_number or not math.isfinite(weight) or not 1 / LARGEST <= weight <= LARGEST:
            raise mistake(
                f"{label}: found {shown(weight)}", "Expected a number above 0 that float32 holds"
            )
        if (name := label_name(label)) in weights:
            raise mistake(f"the label {name!r} twice", "Expected each label once")
        weights[name] = float(weight)
    return weights


def unknown_label(class_weight: ClassWeight, names: Iterable[str]) -> tuple[str, str, str] | None:
    """The mistake of a weight for an unknown label: what was found, what is expected, a hint."""
    known = sorted(names)
    keys = set(map(label_key, known))
    weights = class_weight if isinstance(class_weight, dict) else {}
    for label in weights:
        if label_key(label) not in keys:
            return (
                f"no label {label!r}",
                f"Expected: {listed(known)}",
                did_you_mean(label, known),
            )
    return None


def require_known_weights(class_weight: ClassWeight, names: Iterable[str], key: str = KEY) -> None:
    """Refuses a weight for a label that the data do not have; `key` is its key in the config.

    Raises:
        RnnkitError: With the known labels.
    """
    if unknown := unknown_label(class_weight, names):
        raise RnnkitError(key, *unknown)


def class_weights(class_weight: ClassWeight, labels: Labels) -> np.ndarray | None:
    """The weight of each label in the loss: (labels,), or (2, labels), absent and present, if a
    text may have several; None if all are equal.
    """
    if isinstance(class_weight, str):
        return None if class_weight == "none" else labels.weights() ** POWERS[class_weight]
    weights = np.ones(len(labels), np.float32)
    for label, weight in class_weight.items():
        if label in labels:  # the small sample of --smoke may have others
            weights[labels.position(label)] = weight
    return np.stack([np.ones_like(weights), weights]) if labels.several else weights


def describe_weights(class_weight: ClassWeight, labels: Labels) -> list[str]:
    """A line with the weights; empty if all are equal."""
    if (weights := class_weights(class_weight, labels)) is None:
        return []
    present = weights[-1] if labels.several else weights
    each = zip(labels.names, present.tolist(), strict=True)
    where = " where a text has them" if labels.several else ""
    weighed = listed([f"{name} {weight:.3g}" for name, weight in each])
    return [f"weights of the labels in the loss{where}: {weighed}"]
