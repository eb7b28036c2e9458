"""Compiled functions with their own gradients as operations of the framework: on NumPy arrays that
share TensorFlow's memory, or by functions that XLA calls for JAX.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from rnnkit.backend.device import current, gpus

Arrays = Sequence[np.ndarray]
Shape = tuple[int | None, ...]
Equation = Callable[[Sequence[Any], Sequence[Any]], Sequence[Any]]

_is_allowed: ContextVar[bool] = ContextVar("is_allowed", default=True)


@dataclass(frozen=True)
class Native:
    """The native functions that XLA calls.

    Args:
        name: The name of this pair of functions in XLA.
        forward: A ctypes function from arguments and others to results and what is saved.
        backward: A ctypes function from all of these and the results' gradients to those of the
            arguments.
        attributes: Whole numbers that both get, in addition to `save`.
    """

    name: str
    forward: Any
    backward: Any
    attributes: Mapping[str, int]


@dataclass(frozen=True)
class HostFunction:
    """A function of float32 arrays.

    Args:
        forward: From its arguments, others that have no gradient, and whether `backward` will
            follow, to its results and what is saved for `backward`.
        backward: From arguments, others, results with what was saved, if anything, and the
            gradients of the results, to those of the arguments.
        results: The number of results.
        shapes: From the arguments' shapes, and whether something is saved, to all results' shapes.
        native: The same for XLA; None if it is never used on JAX.
        equation: From arguments and others to the results, in operations of keras, for derivatives
            of gradients.
    """

    forward: Callable[[Arrays, Arrays, bool], Arrays]
    backward: Callable[[Arrays, Arrays, Arrays, Arrays], Arrays]
    results: int
    shapes: Callable[[Sequence[Shape], bool], list[Shape]]
    native: Native | None
    equation: Equation


@contextlib.contextmanager
def allowed(kernels: bool) -> Iterator[None]:
    """Sets whether code traced inside may use compiled kernels outside recurrent layers."""
    token = _is_allowed.set(kernels)
    try:
        yield
    finally:
        _is_allowed.reset(token)


def is_allowed() -> bool:
    return _is_allowed.get()


def why_not_on_host() -> str:
    """Why keras' own layers are faster on the device that keras uses; "" if they are not."""
    return "the GPU has kernels of its own" if gpus() else ""


def is_compiled_by_xla() -> bool:
    """Whether XLA compiles what TensorFlow traces, and so cannot call Python."""
    if current() != "tensorflow":
        return False
    from tensorflow.python.framework import ops  # not tf.compat.v1, whose import takes 0.3 s
    from tensorflow.python.ops import control_flow_util

    return bool(control_flow_util.GraphOrParentsInXlaContext(ops.get_default_graph()))


def on_host(
    function: HostFunction, arguments: Sequence[Any], others: Sequence[Any], *, keep: bool
) -> Sequence[Any]:
    """The results of a function.

    Args:
        function: The function.
        arguments: Tensors that may have a gradient.
        others: Tensors that have none.
        keep: Whether gradients are likely to be taken.
    """
    if current() == "jax":
        from rnnkit.backend import foreign

        return foreign.in_jax(function, arguments, others)
    return _in_tensorflow(function, arguments, others, keep)


def _in_tensorflow(
    function: HostFunction, arguments: Sequence[Any], others: Sequence[Any], keep: bool
) -> Sequence[Any]:
    import tensorflow as tf

    shapes = function.shapes([tuple(argument.shape) for argument in arguments], keep)
    sizes = (len(arguments), len(others), len(shapes), function.results)

    def forward(*arrays: Any) -> Any:
        own, besides = _parted(arrays, sizes[:2])
        return list(function.forward(own, besides, keep))

    def backward(*arrays: Any) -> Any:
        own, besides, every, of_results = _parted(arrays, sizes)
        return list(function.backward(own, besides, every, of_results))

    def call(python: Any, tensors: Sequence[Any], shapes: Sequence[Shape]) -> list[Any]:
        answers = tf.numpy_function(python, tensors, [tf.float32] * len(shapes), stateful=False)
        return [  # TensorFlow returns a single result without a list
            tf.ensure_shape(answer, shape)
            for answer, shape in zip(tf.nest.flatten(answers), shapes, strict=True)
        ]

    @tf.custom_gradient
    def operation(*arguments: Any) -> Any:
        every = call(forward, [*arguments, *others], shapes)

        @tf.custom_gradient
        def gradient(*tensors: Any) -> Any:
            own, of_results = _parted(tensors, (len(arguments), function.results))
            every_one = [*own, *others, *every, *of_results]
            gradients = call(backward, every_one, [argument.shape for argument in arguments])
            return gradients, lambda *of_gradients: _second_in_tensorflow(function.equation)(
                list(own), list(others), list(of_results), list(of_gradients)
            )

        # the gradient of rows taken from a result is not a tensor but a list of rows
        return every[: function.results], lambda *of_results: gradient(
            *arguments, *map(tf.convert_to_tensor, of_results)
        )

    # values of variables: a gradient for variables themselves would need another signature
    return tf.nest.flatten(operation(*map(tf.convert_to_tensor, arguments)))


@cache
def _second_in_tensorflow(equation: Equation) -> Any:
    """The second-order gradients, of arguments and of the results' gradients, in a graph of its
    own, since nothing that is computed for a `ForwardAccumulator` is recorded.
    """
    import tensorflow as tf

    def second(
        arguments: list[Any], others: list[Any], of_results: list[Any], of_gradients: list[Any]
    ) -> list[Any]:
        results, zero = equation(arguments, others), tf.UnconnectedGradients.ZERO
        gradients = tf.gradients(results, arguments, of_results, unconnected_gradients=zero)
        inputs = [*arguments, *of_results]
        second: list[Any] = tf.gradients(
            gradients, inputs, of_gradients, unconnected_gradients=zero
        )
        return second

    return tf.function(second, autograph=False, reduce_retracing=True)


def _parted(arrays: Sequence[Any], sizes: Sequence[int]) -> list[Sequence[Any]]:
    """Consecutive parts of a sequence, of these sizes."""
    rest, parts = list(arrays), list[Sequence[Any]]()
    for size in sizes:
        parts.append(rest[:size])
        rest = rest[size:]
    return parts
