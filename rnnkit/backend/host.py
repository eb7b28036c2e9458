"""Functions in compiled code, with a gradient of their own, as operations of the framework: by
NumPy arrays that share TensorFlow's memory, or by a function that XLA calls for JAX.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.backend.device import current, gpus

Arrays = Sequence[np.ndarray]
Shape = tuple[int | None, ...]

_REGISTERED: set[str] = set()
_is_allowed: ContextVar[bool] = ContextVar("is_allowed", default=True)


@dataclass(frozen=True)
class Native:
    """What XLA calls.

    Args:
        name: Of this pair of functions, in XLA.
        forward: A ctypes function: arguments and others to results and what is kept.
        backward: A ctypes function: all of these and the results' gradients to the arguments'.
        attributes: Whole numbers that both get, besides `save`.
    """

    name: str
    forward: Any
    backward: Any
    attributes: Mapping[str, int]


@dataclass(frozen=True)
class HostFunction:
    """A function of float32 arrays.

    Args:
        forward: Its arguments, others that have no gradient, and whether `backward` is to follow,
            to its results, and then what is kept for `backward`.
        backward: Arguments, others, results with what was kept, and the gradients of the results,
            to those of the arguments. Nothing may have been kept.
        results: How many results there are.
        shapes: Of results and what is kept, by the arguments' shapes and whether it is kept.
        native: The same for XLA; None where JAX is never asked.
    """

    forward: Callable[[Arrays, Arrays, bool], Arrays]
    backward: Callable[[Arrays, Arrays, Arrays, Arrays], Arrays]
    results: int
    shapes: Callable[[Sequence[Shape], bool], list[Shape]]
    native: Native | None


@contextlib.contextmanager
def allowed(kernels: bool) -> Iterator[None]:
    """Whether what is traced meanwhile may use compiled kernels around the recurrent layers."""
    token = _is_allowed.set(kernels)
    try:
        yield
    finally:
        _is_allowed.reset(token)


def is_allowed() -> bool:
    return _is_allowed.get()


def why_not_on_host() -> str:
    """Why keras' own layers are better on the device that keras uses; "" where they are not."""
    return "the GPU has kernels of its own" if gpus() else ""


def is_compiled_by_xla() -> bool:
    """Whether what TensorFlow traces is compiled by XLA, which calls no Python there."""
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
        function: What is computed.
        arguments: Tensors that may have a gradient.
        others: Tensors that have none.
        keep: Whether gradients are likely to be asked for.
    """
    if current() == "jax":
        return _in_jax(function, arguments, others)
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
        return [  # TensorFlow makes no list of a single one
            tf.ensure_shape(answer, shape)
            for answer, shape in zip(tf.nest.flatten(answers), shapes, strict=True)
        ]

    @tf.custom_gradient
    def operation(*arguments: Any) -> Any:
        every = call(forward, [*arguments, *others], shapes)

        def gradient(*of_results: Any) -> Any:
            dense = map(tf.convert_to_tensor, of_results)  # of rows taken from it it is a list
            tensors = [*arguments, *others, *every, *dense]
            return call(backward, tensors, [argument.shape for argument in arguments])

        return every[: function.results], gradient

    # a variable's value: a gradient of the variable itself would need another signature
    return tf.nest.flatten(operation(*map(tf.convert_to_tensor, arguments)))


def _parted(arrays: Sequence[np.ndarray], sizes: Sequence[int]) -> list[Arrays]:
    """One sequence after the other, of these sizes."""
    rest, parts = list(arrays), list[Arrays]()
    for size in sizes:
        parts.append(rest[:size])
        rest = rest[size:]
    return parts


def _in_jax(
    function: HostFunction, arguments: Sequence[Any], others: Sequence[Any]
) -> Sequence[Any]:
    import jax

    native = function.native
    assert native is not None
    _register(native)
    attributes = {name: np.int64(value) for name, value in native.attributes.items()}
    sizes = [argument.shape for argument in arguments]

    def call(target: str, arrays: Sequence[Any], shapes: Sequence[Any], save: bool) -> Any:
        kinds = [jax.ShapeDtypeStruct(shape, np.float32) for shape in shapes]
        operation = jax.ffi.ffi_call(f"{native.name}_{target}", kinds, vmap_method="sequential")
        return operation(*arrays, **attributes, save=np.int64(save))

    def run(arguments: Any, others: Any, save: bool) -> Any:
        return call("forward", [*arguments, *others], function.shapes(sizes, save), save)

    @jax.custom_vjp
    def operation(arguments: Any, others: Any) -> Any:
        return run(arguments, others, False)

    def forward(arguments: Any, others: Any) -> Any:
        every = run(arguments, others, True)
        return every[: function.results], (arguments, others, every)

    def backward(kept: Any, of_results: Any) -> Any:
        arguments, others, every = kept
        arrays = [*arguments, *others, *every, *of_results]
        return call("backward", arrays, sizes, True), None

    operation.defvjp(forward, backward)
    values = [jax.numpy.asarray(argument) for argument in arguments]
    results: Sequence[Any] = operation(values, list(others))
    return results


def _register(native: Native) -> None:
    """Makes the functions known to XLA, once in a process."""
    import jax

    if native.name in _REGISTERED:
        return
    for target, pointer in (("forward", native.forward), ("backward", native.backward)):
        capsule = jax.ffi.pycapsule(pointer)
        jax.ffi.register_ffi_target(f"{native.name}_{target}", capsule, platform="cpu")
    _REGISTERED.add(native.name)
