"""Linear chains of labels: log-likelihoods, the best labels, and the gradient."""

from __future__ import annotations

import ctypes

import numpy as np

from rnnkit.kernels.calls import empty
from rnnkit.kernels.layer import Array
from rnnkit.kernels.library import load, threads

_SIZES = ("rows", "steps", "labels")
_ARRAYS = (
    *("potentials", "targets", "lengths", "summed", "best", "log_z", "nats", "hits", "scratch"),
    *("of_nats", "of_potentials"),
)


class _Chains(ctypes.Structure):
    """`rnnkit_chains` of src/rnnkit.h."""

    _fields_ = [(name, ctypes.c_int64) for name in _SIZES] + [
        (name, ctypes.c_void_p) for name in _ARRAYS
    ]


def chain(potentials: Array, targets: Array, lengths: Array) -> tuple[Array, Array, Array, Array]:
    """The negative log-likelihood of targets (forward algorithm) and where the best labels are the
    targets (Viterbi).

    Args:
        potentials: (rows, steps, labels, labels) of a label (last axis) after the one before it;
            of the first step the first row alone counts.
        targets: (rows, steps) labels.
        lengths: (rows,) steps that are not padding.

    Returns:
        nats (rows,), 0 without steps; hits (rows, steps), 1.0 or 0.0, 0.0 in the padding; and for
        the gradient the sums of all paths (rows, steps, labels), and log Z (rows,).
    """
    rows, steps, labels = potentials.shape[:3]
    summed, best = empty((rows, steps, labels)), empty((rows, steps, labels))
    nats, log_z, hits = empty((rows,)), empty((rows,)), empty((rows, steps))
    arrays = {"summed": summed, "best": best, "log_z": log_z, "nats": nats, "hits": hits}
    _call(potentials, targets, lengths, arrays, is_gradient=False)
    return nats, hits, summed, log_z


def chain_gradient(
    potentials: Array, targets: Array, lengths: Array, summed: Array, log_z: Array, of_nats: Array
) -> Array:
    """The gradient of the potentials by that of each row's nats; the rest is as of `chain`."""
    of_potentials = empty(potentials.shape)
    arrays = {
        "summed": np.ascontiguousarray(summed, np.float32),
        "log_z": np.ascontiguousarray(log_z, np.float32),
        "of_nats": np.ascontiguousarray(of_nats, np.float32),
        "of_potentials": of_potentials,
    }
    _call(potentials, targets, lengths, arrays, is_gradient=True)
    return of_potentials


def _call(
    potentials: Array,
    targets: Array,
    lengths: Array,
    arrays: dict[str, Array],
    *,
    is_gradient: bool,
) -> None:
    rows, steps, labels = potentials.shape[:3]
    for numbers, shape, below in ((targets, (rows, steps), labels), (lengths, (rows,), steps + 1)):
        if numbers.shape != shape:
            raise ValueError(f"found the shape {numbers.shape}, expected {shape}")
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < below:
            raise ValueError(f"numbers must be from 0 to {below - 1}")
    arrays |= {
        "potentials": np.ascontiguousarray(potentials, np.float32),
        "targets": np.ascontiguousarray(targets, np.int32),
        "lengths": np.ascontiguousarray(lengths, np.int32),
        "scratch": empty((rows, 3, labels)),
    }
    pointers = (arrays[name].ctypes.data if name in arrays else None for name in _ARRAYS)
    structure = _Chains(rows, steps, labels, *pointers)
    load().rnnkit_chain(ctypes.byref(structure), int(is_gradient), threads())
