"""A user's own cell, tried on one step before anything is trained with it."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from rnnkit.architecture import LayerSpec, Shape
from rnnkit.cells.cell import Cell
from rnnkit.errors import RnnkitError


@functools.lru_cache(maxsize=64)
def probe(spec: LayerSpec, features: int | None) -> None:
    """Takes one step of a recurrent layer's cell with NumPy; exceptions of its methods propagate.

    Args:
        spec: The layer, with `cell` and `units`.
        features: The size of its input.

    Raises:
        RnnkitError: If shapes and equation do not fit, a result has another type, or keras would
            train the equation of the cell's parent class.
    """
    cell: Cell[Any] = spec.cell  # type: ignore[attr-defined]
    units: int = spec.units  # type: ignore[attr-defined]
    where = f"{type(cell).__module__}.py: {type(cell).__qualname__}"
    if (trained := _whose(cell, "keras_layer")) is not Cell and any(
        trained in _whose(cell, name).__mro__[1:] for name in ("shapes", "project", "step")
    ):
        raise RnnkitError(
            f"{where}.keras_layer",
            f"that of {trained.__name__}, which trains another equation",
            "Expected one of its own, or Cell and RecurrentSpec as parents, which train any",
            "Correct the file",
        )
    weights = {
        name: np.zeros([size or 1 for size in shape])
        for name, shape in _shapes(cell, features, units, where).items()
    }
    x = np.zeros((1, 1, features or 1))
    if type(cell).project is Cell.project and not {"kernel", "bias"} <= weights.keys():
        got = f"gives {', '.join(weights) or 'no weights'}"
        expected = "Expected kernel and bias among them, or a `project` of its own"
        raise RnnkitError(f"{where}.shapes", got, expected, "Correct the file")
    projected = cell.project(np, x, weights)
    state = (np.zeros((1, units)),) * cell.states
    result: Any = cell.step(np, projected[:, 0], state, weights, spec)
    shapes = [(1, units)] * (1 + cell.states)
    if not isinstance(result, tuple) or len(result) != 2 or not isinstance(result[1], tuple):
        raise _wrong(where, _described(result), cell.states)
    if [np.shape(array) for array in (result[0], *result[1])] != shapes:
        raise _wrong(where, _described(result), cell.states)


def _whose(cell: Cell[Any], name: str) -> type:
    """The class that defines a method of a cell."""
    return next(parent for parent in type(cell).__mro__ if name in vars(parent))


def _shapes(cell: Cell[Any], features: int | None, units: int, where: str) -> dict[str, Shape]:
    shapes: Any = cell.shapes(features, units)
    is_right = isinstance(shapes, dict) and all(
        isinstance(name, str) and isinstance(shape, tuple) for name, shape in shapes.items()
    )
    if not is_right:
        expected = "Expected a dict of names and shapes, such as {'kernel': (features, units)}"
        raise RnnkitError(f"{where}.shapes", f"returned {shapes!r}", expected, "Correct the file")
    return shapes


def _described(result: Any) -> str:
    if isinstance(result, tuple):
        return f"a tuple of {', '.join(_described(item) for item in result) or 'nothing'}"
    return f"{type(result).__name__} of shape {np.shape(result)}"


def _wrong(where: str, found: str, states: int) -> RnnkitError:
    expected = (
        "Expected the output, (batch, units), and a tuple of the new state:"
        f" {states} of (batch, units)"
    )
    return RnnkitError(f"{where}.step", f"returned {found}", expected, "Correct the file")
