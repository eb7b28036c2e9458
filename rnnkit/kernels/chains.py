"""Linear chains of labels: log-likelihoods, the best labels, and the gradient."""

from __future__ import annotations

import ctypes

from rnnkit.kernels.arrays import floats, pointer, whole
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
    rows = potentials.shape[:1]
    arrays = {
        "summed": floats(summed, potentials.shape[:3]),
        "log_z": floats(log_z, rows),
        "of_nats": floats(of_nats, rows),
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
    arrays |= {
        "potentials": floats(potentials, (rows, steps, labels, labels)),
        "targets": whole(targets, (rows, steps), labels),
        "lengths": whole(lengths, (rows,), steps + 1),
        "scratch": empty((rows, 3, labels)),
    }
    pointers = (pointer(arrays[name]) if name in arrays else None for name in _ARRAYS)
    structure = _Chains(rows, steps, labels, *pointers)
    load().rnnkit_chain(ctypes.byref(structure), int(is_gradient), threads())
