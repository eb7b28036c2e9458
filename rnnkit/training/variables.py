"""The variables of a training: under stable names, checked, and as they are scored."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from rnnkit import backend
from rnnkit.errors import RnnkitError
from rnnkit.platform.shell import quote
from rnnkit.storage.damage import blaming
from rnnkit.training.checkpoint import Checkpoint
from rnnkit.training.progress import Progress


def named_variables(model: Any, optimizer: Any) -> dict[str, Any]:
    """Every variable of model and optimizer, random generators included, under a name of its own.

    Not under its path, and without the number of a layer: keras numbers them over all that a
    process has created.
    """
    return {
        f"{index:04d}/{re.sub(r'_[0-9]+', '', variable.name)}": variable
        for index, variable in enumerate([*model.variables, *optimizer.variables])
    }


def values_by_name(model: Any, optimizer: Any, **further: Any) -> dict[str, np.ndarray]:
    """What a checkpoint keeps of them, and of further arrays by their kind."""
    variables = named_variables(model, optimizer)
    values = {name: backend.value(variable) for name, variable in variables.items()}
    for kind, arrays in further.items():
        values |= numbered(kind, arrays)
    return values


def restore_variables(
    model: Any, optimizer: Any, arrays: Mapping[str, np.ndarray], run: str
) -> None:
    """Sets every variable to what a checkpoint of the run holds.

    Raises:
        RnnkitError: If it holds others.
    """
    variables = named_variables(model, optimizer)
    # the first versions named them by their whole path: 0001/simple_rnn/simple_rnn_cell/kernel
    arrays = {re.sub(r"^(\d{4})/.*/", r"\1/", name): array for name, array in arrays.items()}
    if arrays.keys() != variables.keys():
        raise RnnkitError(
            run,
            "its checkpoint holds other variables than the config's model and optimizer have",
            "Expected train.optimizer, train.average and the model as it was trained with",
            f"Leave them, or train a new run: `rnnkit train {quote(run)}`",
        )
    for name, variable in variables.items():
        if arrays[name].shape != tuple(variable.shape):
            got = f"its checkpoint's {name} has the shape {arrays[name].shape}"
            expected = f"Expected {tuple(variable.shape)}"
            raise RnnkitError(run, got, expected, "config.yaml is not that of the checkpoint")
        with blaming(run, f"its checkpoint's {name} is of another type", "Expected numbers"):
            variable.assign(arrays[name])


def require_same(identity: Mapping[str, str], checkpoint: Checkpoint, run: str) -> None:
    """What a resumed training shares with the one before it; checkpoints of earlier versions name
    less.

    Raises:
        RnnkitError: If the checkpoint belongs to other data or to another model.
    """
    for name, value in identity.items():
        if checkpoint.state["identity"].get(name, value) != value:
            raise RnnkitError(
                run,
                f"the {name} changed since the checkpoint was taken",
                "Expected the same",
                f"Restore the old one, or train a new run: `rnnkit train {quote(run)}`",
            )


def require_finite(model: Any, progress: Progress) -> None:
    """The loss is that of the weights before a step; the step itself may have made them not finite.

    Raises:
        RnnkitError: If a weight is not a number.
    """
    for variable in model.trainable_variables:
        if not np.isfinite(backend.value(variable)).all():
            raise progress.diverged(f"{variable.path} holds a value that is not a number")


@contextlib.contextmanager
def as_scored(model: Any, optimizer: Any, *, averaged: bool) -> Iterator[None]:
    """The model as it is scored and kept: with the optimizer's average of the weights where it is
    `averaged`.

    Scores and samples must not change a training: keras' recurrent layers draw dropout masks even
    where nothing is dropped.
    """
    borrowed = [variable for variable in model.variables if variable.name == "seed_generator_state"]
    if averaged:
        borrowed += model.trainable_variables
    values = [backend.value(variable).copy() for variable in borrowed]
    if averaged:
        optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        for variable, value in zip(borrowed, values, strict=True):
            variable.assign(value)


def numbered(kind: str, arrays: Any) -> dict[str, np.ndarray]:
    """Arrays under the names "KIND/0000", "KIND/0001" and so on."""
    return {f"{kind}/{index:04d}": np.asarray(array) for index, array in enumerate(arrays)}


def take_numbered(kind: str, arrays: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Removes the arrays of a kind, and returns them in order."""
    return [arrays.pop(name) for name in sorted(arrays) if name.startswith(f"{kind}/")]
