"""What a training computes row by row around its layers: the cross-entropy of logits, and the
gradient of a table of which rows were read.
"""

from __future__ import annotations

import ctypes

import numpy as np

from rnnkit.kernels.arrays import floats, pointer, whole
from rnnkit.kernels.calls import empty
from rnnkit.kernels.layer import Array
from rnnkit.kernels.library import load, threads


class _Logits(ctypes.Structure):
    """`rnnkit_logits` of src/rnnkit.h."""

    _fields_ = [(name, ctypes.c_int64) for name in ("rows", "classes")] + [
        (name, ctypes.c_void_p)
        for name in ("logits", "targets", "largest", "sums", "hits", "of_losses", "of_logits")
    ]


class _Table(ctypes.Structure):
    """`rnnkit_table` of src/rnnkit.h."""

    _fields_ = [(name, ctypes.c_int64) for name in ("count", "width", "table_rows")] + [
        (name, ctypes.c_void_p) for name in ("vectors", "ids", "table")
    ]


def cross_entropy(logits: Array, targets: Array) -> tuple[Array, Array, Array, Array]:
    """The cross-entropy of softmax(logits), in nats.

    Args:
        logits: (rows, classes).
        targets: (rows,) classes.

    Returns:
        For each row: nats, 1.0 where the target is the first of the largest logits, and what the
        gradient needs: the largest logit, and the sum of e^(logit - largest).
    """
    logits, targets = _matrix(logits), whole(targets, logits.shape[:1], logits.shape[1])
    hits, largest, sums = (empty((len(logits),)) for _ in range(3))
    if len(logits):
        structure = _Logits(
            *logits.shape, *map(pointer, (logits, targets, largest, sums, hits)), None, None
        )
        load().rnnkit_cross_entropy(ctypes.byref(structure), 0, threads())
    with np.errstate(
        invalid="ignore"
    ):  # infinite logits: the loop stops at the loss that they make
        nats = np.log(sums) + (largest - logits[np.arange(len(logits)), targets])
    return nats, hits, largest, sums


def cross_entropy_gradient(
    logits: Array, targets: Array, largest: Array, sums: Array, of_nats: Array
) -> Array:
    """The gradient of the logits by that of each row's nats; the rest is as in `cross_entropy`."""
    logits, targets = _matrix(logits), whole(targets, logits.shape[:1], logits.shape[1])
    largest, sums, of_nats = (floats(array, logits.shape[:1]) for array in (largest, sums, of_nats))
    of_logits = empty(logits.shape)
    if len(logits):
        pointers = map(pointer, (logits, targets, largest, sums))
        structure = _Logits(*logits.shape, *pointers, None, pointer(of_nats), pointer(of_logits))
        load().rnnkit_cross_entropy(ctypes.byref(structure), 1, threads())
    return of_logits


def sum_rows(vectors: Array, ids: Array, table_rows: int) -> Array:
    """A table in whose rows vectors are added up, in their order: (table_rows, width).

    Args:
        vectors: (count, width).
        ids: (count,) the row that each vector belongs to.
        table_rows: Rows of the table.
    """
    vectors, ids = _matrix(vectors), whole(ids, vectors.shape[:1], table_rows)
    table = empty((table_rows, vectors.shape[1]))
    structure = _Table(*vectors.shape, table_rows, *map(pointer, (vectors, ids, table)))
    load().rnnkit_sum_rows(ctypes.byref(structure), threads())
    return table


def sum_read_rows(vectors: Array, ids: Array, table_rows: int) -> tuple[Array, Array]:
    """The rows of a table that vectors belong to, (rows,) in their order, and the sums of these
    vectors: (rows, width). The arguments are those of `sum_rows`.
    """
    ids = whole(ids, vectors.shape[:1], table_rows)
    places = np.zeros(table_rows, np.int32)
    places[ids] = 1
    read = np.flatnonzero(places).astype(np.int32)
    places[read] = np.arange(len(read), dtype=np.int32)
    return read, sum_rows(vectors, places[ids], len(read))


def _matrix(array: Array) -> Array:
    if array.ndim != 2:
        raise ValueError(f"found the shape {array.shape}, expected two dimensions")
    return np.ascontiguousarray(array, np.float32)
