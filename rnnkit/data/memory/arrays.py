"""Labelled sequences of numbers passed in Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from rnnkit.data.memory.shapes import described, is_row
from rnnkit.data.memory.table import column_of, is_pandas, table_of
from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.quantities import counted

NO_NUMBERS = "OUSMmV"
"""The dtype kinds of arrays that are not numeric."""

ARRAYS = ("x", "y", "names", "lengths", "offsets")
"""The names of the arrays that are read."""


def arrays_of(data: object) -> dict[str, np.ndarray]:
    """Converts labelled sequences of numbers to the arrays of an .npz file.

    Args:
        data: (x, y), {"x": x, "y": y}, or a list of (sequence, label). x is an array (samples,
            timesteps, features) or a list of arrays (timesteps, features) of any lengths; y has a
            label for each sequence, or for each step.

    Raises:
        RnnkitError: If they are none of these.
    """
    if isinstance(data, list) and data and all(is_row(row, 2) for row in data):
        data = tuple(map(list, zip(*data, strict=True)))
    if isinstance(data, tuple) and len(data) == 2:
        data = dict(zip(("x", "y"), data, strict=True))
    if not isinstance(data, Mapping) and (table := table_of(data)) is not None:
        data = {name: column.cells for name, column in table.items()}
    if not isinstance(data, Mapping) or not {"x", "y"} <= data.keys():
        expected = "Expected (x, y): x an array (samples, timesteps, features) or a list of arrays"
        raise RnnkitError("", f"found {described(data)}", expected)
    further = {
        str(key): np.asarray(values) for key, values in data.items() if key not in ("x", "y")
    }
    sequences = _sequences(data["x"])
    return sequences | {"y": _labels(data["y"], sequences.get("lengths"))} | further


def require_known_arrays(names: Iterable[str], kept: Iterable[str] = ()) -> None:
    """Checks that every array is read by something.

    Args:
        names: The names of the arrays.
        kept: Further names that are read, such as groups.

    Raises:
        RnnkitError: If one is unknown.
    """
    known = [*ARRAYS, *kept]
    for name in names:
        if name not in known:
            expected = f"Expected some of: {', '.join(known)}"
            hint = did_you_mean(name, known) or "Remove it"
            raise RnnkitError("", f"an array {name!r}, which nothing reads", expected, hint)


def _sequences(x: Any) -> dict[str, np.ndarray]:
    if np.ma.is_masked(x):
        raise RnnkitError("x", "a masked array", "Expected numbers without a mask")
    if isinstance(x, np.ndarray) and x.dtype != object:
        return {"x": x.copy()}
    if isinstance(x, str | bytes) or not isinstance(x, Iterable):
        raise RnnkitError("x", f"found {described(x)}", "Expected an array or a list of arrays")
    try:
        sequences = [np.asarray(sequence) for sequence in x]
    except ValueError as error:  # rows of unequal lengths
        raise RnnkitError("x", str(error), "Expected (timesteps, features)") from None
    sequences = [steps[:, None] if steps.ndim == 1 else steps for steps in sequences]
    widths = sorted({steps.shape[1] if steps.ndim == 2 else 0 for steps in sequences})
    if len(widths) != 1 or widths == [0]:
        got = f"sequences of the shapes {', '.join(str(steps.shape) for steps in sequences[:3])}"
        raise RnnkitError("x", got, "Expected (timesteps, features), with the same features")
    return {"x": np.concatenate(sequences), "lengths": np.array(list(map(len, sequences)))}


def _labels(y: Any, lengths: np.ndarray | None) -> np.ndarray:
    cells = column_of(y).cells
    if cells and all(isinstance(labels, list) for labels in cells):  # a label for each step
        counts = [len(labels) for labels in cells]
        if lengths is not None and len(counts) == len(lengths):
            for index in np.flatnonzero(lengths != counts)[:1]:
                labels, steps = counted(counts[index], "label"), counted(lengths[index], "step")
                got = f"y[{index}] has {labels}, x[{index}] {steps}"
                raise RnnkitError("", got, "Expected a label for each step")
        if len(set(counts)) > 1:
            return np.array([label for labels in cells for label in labels])
        return np.array(cells)
    return np.array(cells)


def holds_numbers(data: object) -> bool:
    """Whether data are sequences of numbers, with or without labels."""
    if isinstance(data, tuple | list) and len(data):
        return _is_numeric(data[0])  # x of (x, y), or a row
    if isinstance(data, np.ndarray):
        return data.dtype.kind not in NO_NUMBERS
    if isinstance(data, Mapping):
        return _is_numeric(data.get("x"))
    names = getattr(data, "column_names", None) or getattr(data, "columns", ())
    is_table = isinstance(names, Iterable) and list(names).count("x") == 1
    return is_table and _is_numeric(column_of(data["x"]).cells)  # type: ignore[index]


def _is_numeric(values: Any) -> bool:
    if isinstance(values, np.ndarray) and values.dtype != object:
        return values.ndim > 2 or values.dtype.kind not in NO_NUMBERS
    if isinstance(values, list | tuple | np.ndarray) or is_pandas(values, "Series"):
        first = next(iter(values), None)
        return _is_numeric(first) or (isinstance(first, int | float) and first == first)
    return False
