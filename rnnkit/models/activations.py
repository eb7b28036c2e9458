"""The activations that a config may name, keras' names, and each of them in NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np

Array = np.ndarray

# NumPy has no error function; Python's is exact, and gelu is rare.
_ERF: Callable[[Array], Array] = np.frompyfunc(math.erf, 1, 1)

Activation = Literal[
    "elu",
    "exponential",
    "gelu",
    "hard_sigmoid",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]


def sigmoid(x: Array) -> Array:
    # tanh never overflows, unlike exp(-x) for a large negative x.
    return 0.5 * (np.tanh(0.5 * x) + 1.0)


def softplus(x: Array) -> Array:
    return np.logaddexp(x, np.zeros((), x.dtype))


def softmax(x: Array) -> Array:
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def gelu(x: Array) -> Array:
    return x * 0.5 * (1 + _ERF(x / math.sqrt(2)).astype(x.dtype))


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "exponential": np.exp,
    "gelu": gelu,
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "linear": lambda x: x,
    "mish": lambda x: x * np.tanh(softplus(x)),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "selu": (
        lambda x: (
            1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0)))
        )
    ),
    "sigmoid": sigmoid,
    "silu": lambda x: x * sigmoid(x),
    "softmax": softmax,
    "softplus": softplus,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "tanh": np.tanh,
}
