"""Gradients of the engine's outputs, without a framework.

engine = Traced(architecture, weights)
logits = engine.outputs(inputs)                   # a term, as each layer's inputs and outputs
gradients = backward(engine, logits, dL_dlogits)  # or of a loss: np.square(logits - y).mean()
gradients.weights["lstm/kernel"]
gradients.layer("lstm").states[""][0]             # dL/dh_t
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.architecture import Layer
from rnnkit.engine.adjoints import Undifferentiable, differentiate
from rnnkit.engine.recorder import LayerCall
from rnnkit.engine.traced import Pass, RecurrentCall, Traced
from rnnkit.errors import RnnkitError

Array = np.ndarray


@dataclass(frozen=True)
class LayerGradients:
    """The gradients of a loss with respect to one call of a layer.

    Args:
        layer: The layer.
        outputs: dL/d(outputs), of the outputs' shape.
        states: For each direction of a recurrent layer and each array of its state: dL/dh_t,
            dL/dc_t, (batch, timesteps, units), in the order in which the steps are read; zeros in
            the padding.
        start: The same for the state before the first step, (batch, units) each.
        rows: For each direction and step, dL/d(value) for the values of the step, by name, if
            `Traced` keeps them.
    """

    layer: Layer
    outputs: Array
    states: Mapping[str, tuple[Array, ...]]
    start: Mapping[str, tuple[Array, ...]]
    rows: Mapping[str, list[dict[str, Array]]]


@dataclass(frozen=True)
class Gradients:
    """The gradients of a loss.

    Args:
        weights: "layer/weight" to an array of the weight's shape.
        calls: The layers of each call of the model (`engine.calls`), in the order of computation.
    """

    weights: dict[str, Array]
    calls: list[list[LayerGradients]]

    def layer(self, name: str) -> LayerGradients:
        """The gradients of the last call of a layer."""
        return next(
            layer for call in reversed(self.calls) for layer in call if layer.layer.name == name
        )


def backward(engine: Traced, loss: Any, gradient: Any = 1.0) -> Gradients:
    """The gradients of a loss.

    Args:
        engine: The engine that computed it.
        loss: The loss, or what it is computed from: a term.
        gradient: dL/d(loss), 1 for the loss itself.

    Raises:
        RnnkitError: If a layer cannot be differentiated.
    """
    wanted: list[Any] = [*engine.terms.values()]
    wanted += [term for call in _calls(engine) for term in _terms_of(call)]
    arrays = _differentiated(engine, loss, gradient, wanted)
    weights = {name: next(arrays) for name in engine.terms}
    return Gradients(
        weights, [[_gradients(layer, arrays) for layer in call.layers] for call in engine.calls]
    )


def backward_to_states(engine: Traced, loss: Any) -> list[list[dict[str, tuple[Array, ...]]]]:
    """The states' gradients of `backward` alone, for each call and layer, without the products at
    every step that gradients of weights and inputs need.

    Args:
        engine: The engine that computed the loss.
        loss: A term.

    Raises:
        RnnkitError: If a layer cannot be differentiated.
    """
    passes = [steps for call in _calls(engine) for steps in call.passes.values()]
    wanted = [term for steps in passes for term in _of_states(steps)]
    arrays = _differentiated(engine, loss, 1.0, wanted)
    return [
        [
            {name: _states(steps, arrays) for name, steps in _recurrent(layer).passes.items()}
            for layer in call.layers
        ]
        for call in engine.calls
    ]


def _differentiated(
    engine: Traced, loss: Any, gradient: Any, wanted: Sequence[Any]
) -> Iterator[Array]:
    """The gradient with respect to each of these terms."""
    try:
        return iter(differentiate(loss, gradient, wanted))
    except Undifferentiable as error:
        ends = ((_number(call), call.layer.name) for call in _calls(engine))
        where = next((name for end, name in ends if error.number <= end), "the loss")
        raise RnnkitError(where, error.got, error.expected) from None


def _calls(engine: Traced) -> list[RecurrentCall]:
    return [_recurrent(layer) for call in engine.calls for layer in call.layers]


def _recurrent(call: LayerCall) -> RecurrentCall:
    assert isinstance(call, RecurrentCall)
    return call


def _number(call: LayerCall) -> int:
    """The number of the last term that a layer computed."""
    outputs: Any = call.outputs
    return int(outputs.number)


def _terms_of(call: RecurrentCall) -> Iterator[Any]:
    """The terms whose gradients `_gradients` consumes, in that order."""
    yield call.outputs
    for steps in call.passes.values():
        yield from steps.start
        yield from _of_states(steps)
        for rows in steps.rows:
            yield from rows


def _of_states(steps: Pass) -> Iterator[Any]:
    """The terms whose gradients `_states` consumes, in that order."""
    for output, after in zip(steps.outputs, steps.states, strict=True):
        yield from after
        if output is not after[0]:
            yield output


def _gradients(call: LayerCall, gradients: Iterator[Array]) -> LayerGradients:
    outputs = next(gradients)
    starts, states = dict[str, tuple[Array, ...]](), dict[str, tuple[Array, ...]]()
    each_row: dict[str, list[dict[str, Array]]] = {}
    for name, steps in _recurrent(call).passes.items():
        starts[name] = tuple(next(gradients) for _ in steps.start)
        states[name] = _states(steps, gradients)
        each_row[name] = [{row.name: next(gradients) for row in rows} for rows in steps.rows]
    return LayerGradients(call.layer, outputs, states, starts, each_row)


def _states(steps: Pass, gradients: Iterator[Array]) -> tuple[Array, ...]:
    each: list[list[Array]] = []
    for output, after in zip(steps.outputs, steps.states, strict=True):
        arrays = [next(gradients) for _ in after]
        if output is not after[0]:  # a cell whose output is not the same term as its first state
            arrays[0] = arrays[0] + next(gradients)
        each.append(arrays)
    return tuple(np.stack(arrays, axis=1) for arrays in zip(*each, strict=True))
