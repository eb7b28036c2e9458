"""Functions over NumPy arrays, with a gradient of their own, as operations of the framework."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.backend.device import current, gpus

Arrays = Sequence[np.ndarray]


@dataclass(frozen=True)
class HostFunction:
    """A function of float32 arrays.

    Args:
        forward: Its arguments, and those that have no gradient, to its results, and then what
            `backward` needs besides.
        backward: All of these, and the gradients of the results, to those of the arguments.
        results: How many results there are.
        kept: How many arrays more `forward` gives.
    """

    forward: Callable[[Arrays, Arrays], Arrays]
    backward: Callable[[Arrays, Arrays, Arrays, Arrays], Arrays]
    results: int
    kept: int


def why_not_on_host() -> str:
    """Why `on_host` is not worthwhile on the backend and device that keras uses; "" where it is."""
    if current() == "jax":
        return "JAX copies what a function on the host reads and gives"
    return "the GPU has kernels of its own" if gpus() else ""


def on_host(function: HostFunction, arguments: Sequence[Any], others: Sequence[Any] = ()) -> Any:
    """The results of a function.

    Args:
        function: What is computed.
        arguments: Tensors that may have a gradient.
        others: Tensors that have none.
    """
    import tensorflow as tf

    sizes = (len(arguments), len(others), function.results + function.kept)

    def forward(*arrays: Any) -> Any:
        return list(function.forward(*_parted(arrays, sizes[:2])))

    def backward(*arrays: Any) -> Any:
        return list(function.backward(*_parted(arrays, (*sizes, function.results))))

    @tf.custom_gradient
    def operation(*arguments: Any) -> Any:
        every = tf.nest.flatten(  # of a single one TensorFlow makes no list
            tf.numpy_function(
                forward, [*arguments, *others], [tf.float32] * sizes[2], stateful=False
            )
        )

        def gradient(*of_results: Any) -> Any:
            gradients = tf.numpy_function(
                backward,
                [*arguments, *others, *every, *of_results],
                [tf.float32] * len(arguments),
                stateful=False,
            )
            return [
                tf.ensure_shape(of, argument.shape)
                for of, argument in zip(gradients, arguments, strict=True)
            ]

        return every[: function.results], gradient

    # a variable's value: a gradient of the variable itself would need another signature
    return operation(*map(tf.convert_to_tensor, arguments))


def _parted(arrays: Sequence[np.ndarray], sizes: Sequence[int]) -> list[Arrays]:
    """One sequence after the other, of these sizes."""
    rest, parts = list(arrays), list[Arrays]()
    for size in sizes:
        parts.append(rest[:size])
        rest = rest[size:]
    return parts
