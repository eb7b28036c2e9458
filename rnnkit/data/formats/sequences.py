"""Sequences of numbers of equal or unequal length, stored in plain arrays without pickle."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted

AXES = ("samples", "timesteps", "features")
OPTIONAL = ("lengths", "offsets")
"""The arrays that give the lengths of sequences of unequal length."""

UNEQUAL = (
    'Of unequal length: numpy.savez("data.npz", x=numpy.concatenate(x), lengths=[len(steps) for'
    " steps in x], y=y)"
)


def sequences_of(arrays: Mapping[str, np.ndarray], source: str) -> list[np.ndarray]:
    """The sequences in `x`, each (timesteps, features) float32.

    Args:
        arrays: `x` (samples, timesteps, features), padded at the end if lengths are unequal, or
            (steps, features) end to end; with unequal lengths also `lengths` (samples,), or, end
            to end, `offsets` (samples,) or (samples + 1,), the beginnings.
        source: The name of the file in messages.

    Raises:
        RnnkitError: If the arrays do not fit together, or hold numbers that are not finite.
    """
    x, lengths = arrays["x"], _lengths(arrays, source)
    if x.dtype.kind not in "buif":
        raise RnnkitError(source, f"x holds {x.dtype}", "Expected numbers")
    if lengths is None:
        _require_axes(x, source)
        lengths = np.full(len(x), x.shape[1])
    elif x.ndim == len(AXES):
        _require_room(x, lengths, source)
    elif x.ndim != 2 or int(lengths.sum()) != len(x):
        steps = counted(int(lengths.sum()), "step")
        got = f"x has the shape {x.shape}, and the sequences have {steps}"
        expected = "Expected (steps, features), end to end, or (samples, timesteps, features)"
        hint = "Add an axis: x[..., None]" if x.ndim < len(AXES) else ""
        raise RnnkitError(source, got, expected, hint)
    flat = x[np.arange(x.shape[1]) < lengths[:, None]] if x.ndim == len(AXES) else x
    return np.split(_finite(flat, lengths, source), np.cumsum(lengths)[:-1])


def _lengths(arrays: Mapping[str, np.ndarray], source: str) -> np.ndarray | None:
    """The steps of each sequence; None if all are equally long."""
    keys = [key for key in OPTIONAL if key in arrays]
    if not keys:
        return None
    if len(keys) > 1:
        raise RnnkitError(source, f"both {' and '.join(keys)}", "Expected one of the two")
    (key,) = keys
    array = arrays[key]
    if array.ndim != 1 or not array.size or array.dtype.kind not in "ui":
        got = f"{key} has the shape {array.shape} and holds {array.dtype}"
        raise RnnkitError(source, got, "Expected a whole number for each sequence")
    lengths = array.astype(np.int64)
    if key == "offsets":
        steps = len(arrays["x"])
        ends = lengths if lengths[-1] == steps else np.append(lengths, steps)
        if arrays["x"].ndim != 2 or ends[0] != 0:
            got = f"offsets from {ends[0]}, and x has the shape {arrays['x'].shape}"
            raise RnnkitError(source, got, "Expected offsets from 0 into (steps, features)")
        lengths = np.diff(ends)
    if (lengths < 1).any():
        got = f"x[{int(np.argmax(lengths < 1))}] has {lengths[lengths < 1][0]} steps"
        raise RnnkitError(source, got, "Expected at least one", "Leave it out")
    return lengths


def _require_axes(x: np.ndarray, source: str) -> None:
    if x.ndim != len(AXES) or not x.size:
        hint = f"Add an axis: x[..., None]. {UNEQUAL}" if x.ndim == 2 else ""
        expected = f"Expected ({', '.join(AXES)}), none of them 0"
        raise RnnkitError(source, f"x has the shape {x.shape}", expected, hint)


def _require_room(x: np.ndarray, lengths: np.ndarray, source: str) -> None:
    if len(lengths) != len(x) or lengths.max() > x.shape[1] or not x.size:
        many = counted(len(lengths), "length")
        got = f"{many} up to {lengths.max():,}, and x has the shape {x.shape}"
        expected = f"Expected a length for each of ({', '.join(AXES)}), which holds its steps"
        raise RnnkitError(source, got, expected)


def _finite(flat: np.ndarray, lengths: np.ndarray, source: str) -> np.ndarray:
    """All steps, (steps, features), as float32."""
    with np.errstate(over="ignore"):
        numbers = flat.astype(np.float32)
    wrong = np.argwhere(~np.isfinite(numbers))
    if len(wrong):
        row, feature = map(int, wrong[0])
        ends = np.cumsum(lengths)
        sample = int(np.searchsorted(ends, row, side="right"))
        step = row - int(ends[sample] - lengths[sample])
        got = (
            f"{counted(len(wrong), 'value is', 'values are')} not finite, the first at"
            f" x[{sample}, {step}, {feature}]: {flat[row, feature]}"
        )
        hint = "Fill or leave out those samples"
        raise RnnkitError(source, got, "Expected finite numbers", hint)
    return numbers
