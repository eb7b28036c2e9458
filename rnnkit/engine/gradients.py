"""Gradients of what the engine answered, without a framework.

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
    """What the loss says of one call of a layer.

    Args:
        layer: The layer.
        outputs: dL/d(outputs), of the outputs' shape.
        states: For each direction of a recurrent layer and each array of its state: dL/dh_t,
            dL/dc_t, (batch, timesteps, units), in the order in which the steps are read; zeros in
            the padding.
        start: The same for the state before the first step, (batch, units) each.
        rows: For each direction and step, by name, dL/d(what the step computes), where `Traced`
            keeps rows.
    """

    layer: Layer
    outputs: Array
    states: Mapping[str, tuple[Array, ...]]
    start: Mapping[str, tuple[Array, ...]]
    rows: Mapping[str, list[dict[str, Array]]]


@dataclass(frozen=True)
class Gradients:
    """Of a loss.

    Args:
        weights: "layer/weight" to an array of the weight's shape.
        calls: The layers of each call of the model (`engine.calls`), in the order of computation.
    """

    weights: dict[str, Array]
    calls: list[list[LayerGradients]]

    def layer(self, name: str) -> LayerGradients:
        """Of the last call of the layer with this name."""
        return next(one for call in reversed(self.calls) for one in call if one.layer.name == name)


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
    found = _found(engine, loss, gradient, wanted)
    weights = {name: next(found) for name in engine.terms}
    return Gradients(
        weights, [[_gradients(one, found) for one in call.layers] for call in engine.calls]
    )


def backward_to_states(engine: Traced, loss: Any) -> list[list[dict[str, tuple[Array, ...]]]]:
    """Of `backward` the states of each layer of each call alone, without the products of every step
    that the gradients of weights and inputs take.

    Args:
        engine: The engine that computed the loss.
        loss: A term.

    Raises:
        RnnkitError: If a layer cannot be differentiated.
    """
    passes = [steps for call in _calls(engine) for steps in call.passes.values()]
    found = _found(engine, loss, 1.0, [term for steps in passes for term in _of_states(steps)])
    return [
        [
            {name: _states(steps, found) for name, steps in _recurrent(one).passes.items()}
            for one in call.layers
        ]
        for call in engine.calls
    ]


def _found(engine: Traced, loss: Any, gradient: Any, wanted: Sequence[Any]) -> Iterator[Array]:
    """The gradient of each of these terms."""
    try:
        return iter(differentiate(loss, gradient, wanted))
    except Undifferentiable as error:
        ends = ((_number(call), call.layer.name) for call in _calls(engine))
        where = next((name for end, name in ends if error.number <= end), "the loss")
        raise RnnkitError(where, error.got, error.expected) from None


def _calls(engine: Traced) -> list[RecurrentCall]:
    return [_recurrent(one) for call in engine.calls for one in call.layers]


def _recurrent(call: LayerCall) -> RecurrentCall:
    assert isinstance(call, RecurrentCall)
    return call


def _number(call: LayerCall) -> int:
    """Of the last term that the layer computed."""
    outputs: Any = call.outputs
    return int(outputs.number)


def _terms_of(call: RecurrentCall) -> Iterator[Any]:
    """Those whose gradients `_gradients` takes, in that order."""
    yield call.outputs
    for steps in call.passes.values():
        yield from steps.start
        yield from _of_states(steps)
        for rows in steps.rows:
            yield from rows


def _of_states(steps: Pass) -> Iterator[Any]:
    """Those whose gradients `_states` takes, in that order."""
    for output, after in zip(steps.outputs, steps.states, strict=True):
        yield from after
        if output is not after[0]:
            yield output


def _gradients(call: LayerCall, found: Iterator[Array]) -> LayerGradients:
    outputs = next(found)
    starts, states = dict[str, tuple[Array, ...]](), dict[str, tuple[Array, ...]]()
    each_row: dict[str, list[dict[str, Array]]] = {}
    for name, steps in _recurrent(call).passes.items():
        starts[name] = tuple(next(found) for _ in steps.start)
        states[name] = _states(steps, found)
        each_row[name] = [{row.name: next(found) for row in rows} for rows in steps.rows]
    return LayerGradients(call.layer, outputs, states, starts, each_row)


def _states(steps: Pass, found: Iterator[Array]) -> tuple[Array, ...]:
    each: list[list[Array]] = []
    for output, after in zip(steps.outputs, steps.states, strict=True):
        arrays = [next(found) for _ in after]
        if output is not after[0]:  # a cell that computes its first state twice
            arrays[0] = arrays[0] + next(found)
        each.append(arrays)
    return tuple(np.stack(arrays, axis=1) for arrays in zip(*each, strict=True))
