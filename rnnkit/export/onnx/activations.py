"""Activations as ONNX operations, and their names inside a recurrent operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from rnnkit.export.onnx.graph import Graph

Write = Callable[[Graph, str], str]


def _named(operation: str, **attributes: Any) -> Write:
    return lambda graph, x: graph.op(operation, x, **attributes)


def _clipped(low: float, high: float) -> Write:
    return lambda graph, x: graph.op("Clip", x, graph.number(low), graph.number(high))


def _times(other: Write) -> Write:
    return lambda graph, x: graph.op("Mul", x, other(graph, x))


def _gelu(graph: Graph, x: str) -> str:
    error = graph.op("Erf", graph.op("Mul", x, graph.number(1 / sqrt(2))))
    share = graph.op("Mul", graph.op("Add", error, graph.number(1)), graph.number(0.5))
    return graph.op("Mul", x, share)


def softplus(graph: Graph, x: str) -> str:
    """max(x, 0) + log(1 + exp(-|x|)): Softplus itself overflows in runtimes that take exp(x)."""
    small = graph.op("Exp", graph.op("Neg", graph.op("Abs", x)))
    logarithm = graph.op("Log", graph.op("Add", small, graph.number(1)))
    return graph.op("Add", graph.op("Relu", x), logarithm)


ACTIVATIONS: dict[str, Write] = {
    "elu": _named("Elu", alpha=1.0),
    "exponential": _named("Exp"),
    "gelu": _gelu,
    "hard_sigmoid": _named("HardSigmoid", alpha=1 / 6, beta=0.5),
    "hard_tanh": _clipped(-1, 1),
    "leaky_relu": _named("LeakyRelu", alpha=0.2),
    "linear": lambda graph, x: x,
    "mish": _times(lambda graph, x: graph.op("Tanh", softplus(graph, x))),
    "relu": _named("Relu"),
    "relu6": _clipped(0, 6),
    "selu": _named("Selu", alpha=1.6732632423543772, gamma=1.0507009873554805),
    "sigmoid": _named("Sigmoid"),
    "silu": _times(_named("Sigmoid")),
    "softmax": _named("Softmax", axis=-1),
    "softplus": softplus,
    "softsign": _named("Softsign"),
    "tanh": _named("Tanh"),
}


@dataclass(frozen=True)
class InnerActivation:
    """The name of an activation as an attribute of LSTM, GRU and RNN.

    Args:
        name: The name.
        alpha: Its first parameter; None for none.
        beta: Its second parameter; None for none.
    """

    name: str
    alpha: float | None = None
    beta: float | None = None


INNER_ACTIVATIONS: dict[str, InnerActivation] = {
    "elu": InnerActivation("Elu", 1.0),
    "hard_sigmoid": InnerActivation("HardSigmoid", 1 / 6, 0.5),
    "leaky_relu": InnerActivation("LeakyRelu", 0.2),
    "linear": InnerActivation("Affine", 1.0, 0.0),
    "relu": InnerActivation("Relu"),
    "sigmoid": InnerActivation("Sigmoid"),
    "softsign": InnerActivation("Softsign"),
    "tanh": InnerActivation("Tanh"),
}
"""Cells with other activations, and with softplus, which overflows in ONNX Runtime above 88, are
computed by a Scan."""


def attributes(names: Sequence[str]) -> dict[str, Any]:
    """The attributes of a recurrent operation with these activations."""
    inner = [INNER_ACTIVATIONS[name] for name in names]
    alpha = [activation.alpha for activation in inner if activation.alpha is not None]
    beta = [activation.beta for activation in inner if activation.beta is not None]
    found = {"activations": [activation.name for activation in inner]}
    numbers = {"activation_alpha": alpha, "activation_beta": beta}
    return found | {key: values for key, values in numbers.items() if values}
