"""Row-wise operations of a training step, by compiled kernels for TensorFlow on a CPU; elsewhere
XLA compiles equivalents by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit import kernels
from rnnkit.backend.device import current
from rnnkit.backend.host import HostFunction, Shape, is_allowed, on_host, why_not_on_host
from rnnkit.backend.tables import Rows

Arrays = Sequence[np.ndarray]


def cross_entropy(targets: Any, logits: Any) -> tuple[Any, Any]:
    """The cross-entropy of softmax(logits) in nats, and 1 where the target is the first of the
    largest logits, else 0: (...) each.

    With deterministic operations TensorFlow reads the logits six times, twelve with the gradient; a
    kernel reads them twice, and writes the gradient once.

    Args:
        targets: (...) classes.
        logits: (..., classes) float32.
    """
    from keras import ops

    if is_by_kernel() and logits.dtype == "float32":
        nats, hits = on_host(_CROSS_ENTROPY, [logits], [ops.cast(targets, "int32")], keep=True)
        return nats, hits
    return _equation([logits], [targets])


def summed_rows(gradient: Any) -> Any:
    """A TensorFlow gradient as an array. That of an embedding is a list of rows, whose repetitions
    must be added up before it is measured or squared.
    """
    import tensorflow as tf

    if gradient is None:  # the loss does not depend on the variable
        return None
    is_list = isinstance(gradient, tf.IndexedSlices) and gradient.values.dtype == tf.float32
    if not is_list or gradient.values.shape.rank != 2 or not is_by_kernel():
        return tf.convert_to_tensor(gradient)
    rows, width = _static_shape(gradient)

    def add_up(vectors: np.ndarray, ids: np.ndarray) -> np.ndarray:
        return kernels.sum_rows(vectors, ids, rows)

    table = tf.numpy_function(
        add_up, [gradient.values, gradient.indices], tf.float32, stateful=False
    )
    return tf.ensure_shape(table, (rows, width))


def read_rows(gradient: Any) -> Rows:
    """A TensorFlow gradient of an embedding by the rows that were read, each of them once."""
    import tensorflow as tf

    rows, width = _static_shape(gradient)
    if not is_by_kernel():
        ids, places = tf.unique(gradient.indices)
        return Rows(ids, tf.math.unsorted_segment_sum(gradient.values, places, tf.size(ids)))

    def add_up(vectors: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return kernels.sum_read_rows(vectors, ids, rows)

    types = [tf.int32, tf.float32]
    ids, sums = tf.numpy_function(
        add_up, [gradient.values, gradient.indices], types, stateful=False
    )
    return Rows(tf.ensure_shape(ids, (None,)), tf.ensure_shape(sums, (None, width)))


def _static_shape(gradient: Any) -> tuple[int, int]:
    import tensorflow as tf

    rows, width = map(int, tf.get_static_value(gradient.dense_shape))
    return rows, width


def distinct(ids: Any) -> tuple[Any, Any]:
    """The distinct rows among (rows, length) ids, without the columns that are padding (0) in all
    of them, and the index of each row among these: (distinct, longest) and (rows,) int32.

    Where XLA compiles the step, whose shapes must not depend on data, or a GPU computes it: all
    rows as they are.
    """
    from keras import ops

    if current() != "tensorflow" or why_not_on_host() or not is_allowed():
        return ids, ops.arange(ops.shape(ids)[0], dtype="int32")
    import tensorflow as tf

    rows, places = tf.raw_ops.UniqueV2(x=ids, axis=[0])
    is_used = tf.reduce_any(tf.not_equal(rows, 0), axis=0)  # (length,)
    longest = tf.reduce_max(tf.where(is_used, tf.range(1, tf.size(is_used) + 1), 1))
    return rows[:, :longest], places


def is_by_kernel() -> bool:
    """Whether what is traced here is computed by compiled kernels around the layers."""
    is_here = is_allowed() and kernels.is_available()
    return is_here and current() == "tensorflow" and not why_not_on_host()


def _forward(arguments: Arrays, others: Arrays, save: bool) -> list[np.ndarray]:
    (logits,), (targets,) = arguments, others
    every = kernels.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.ravel())
    return [array.reshape(targets.shape) for array in every]


def _backward(
    arguments: Arrays, others: Arrays, every: Arrays, of_results: Arrays
) -> list[np.ndarray]:
    (logits,), (targets,), (_, _, largest, sums) = arguments, others, every
    rows = (array.ravel() for array in (targets, largest, sums, of_results[0]))
    gradient = kernels.cross_entropy_gradient(logits.reshape(-1, logits.shape[-1]), *rows)
    return [gradient.reshape(logits.shape)]


def _shapes(arguments: Sequence[Shape], save: bool) -> list[Shape]:
    return [arguments[0][:-1]] * 4


def _equation(arguments: Sequence[Any], others: Sequence[Any]) -> tuple[Any, Any]:
    from keras import ops

    (logits,), (targets,) = arguments, others
    nats = ops.sparse_categorical_crossentropy(targets, logits, from_logits=True)
    best = ops.cast(ops.argmax(logits, axis=-1), "int32")
    return nats, ops.cast(ops.equal(best, targets), nats.dtype)


_CROSS_ENTROPY = HostFunction(_forward, _backward, 2, _shapes, None, _equation)
