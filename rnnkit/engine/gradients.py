"""Gradients of what the engine answered, without a framework.

engine = Traced(architecture, weights)
logits = engine.outputs(inputs)                   # a term, as each layer's inputs and outputs
gradients = backward(engine, logits, dL_dlogits)  # or of a loss: np.square(logits - y).mean()
gradients.weights["lstm/kernel"]
gradients.layer("lstm").states[""][0]             # dL/dh_t
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.architecture import Layer
from rnnkit.engine.adjoints import Undifferentiable, differentiate
from rnnkit.engine.recorder import LayerCall
from rnnkit.engine.terms import Term
from rnnkit.engine.traced import RecurrentCall, Traced
from rnnkit.errors import RnnkitError

Array = np.ndarray


@dataclass(frozen=True)
class LayerGradients:
    """What the loss says of one call of a layer.

    Args:
        layer: The layer.
        outputs: dL/d(what it answered), of the same shape.
        states: Of a recurrent layer, for each direction and each array of its state: dL/dh_t,
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
        calls: Of each call of the model (`engine.calls`) its layers, in the order of computation.
    """

    weights: dict[str, Array]
    calls: list[list[LayerGradients]]

    def layer(self, name: str) -> LayerGradients:
        """Of the last call of the layer with this name."""
        return next(one for call in reversed(self.calls) for one in call if one.layer.name == name)


def backward(engine: Traced, loss: Any, gradient: Any = 1.0) -> Gradients:
    """The gradients of a loss.

    Args:
        engine: What computed it.
        loss: It, or what it is computed from: a term.
        gradient: dL/d(loss), 1 for the loss itself.

    Raises:
        RnnkitError: If a layer cannot be differentiated.
    """
    calls = [one for call in engine.calls for one in call.layers]
    wanted: list[Any] = [*engine.terms.values()]
    wanted += [term for call in calls for term in _terms_of(call)]
    try:
        found = iter(differentiate(loss, gradient, wanted))
    except Undifferentiable as error:
        ends = ((_number(call), call.layer.name) for call in calls)
        where = next((name for end, name in ends if error.number <= end), "the loss")
        raise RnnkitError(where, error.got, error.expected) from None
    weights = {name: next(found) for name in engine.terms}
    return Gradients(
        weights, [[_gradients(one, found) for one in call.layers] for call in engine.calls]
    )


def _number(call: LayerCall) -> int:
    """Of the last term that the layer computed."""
    outputs: Any = call.outputs
    return int(outputs.number)


def _terms_of(call: LayerCall) -> Iterator[Term]:
    """Those whose gradients `_gradients` takes, in that order."""
    outputs: Any = call.outputs
    yield outputs
    assert isinstance(call, RecurrentCall)
    for steps in call.passes.values():
        yield from steps.start
        for output, after in zip(steps.outputs, steps.states, strict=True):
            yield from after
            if output is not after[0]:
                yield output
        for rows in steps.rows:
            yield from rows


def _gradients(call: LayerCall, found: Iterator[Array]) -> LayerGradients:
    assert isinstance(call, RecurrentCall)
    outputs = next(found)
    starts, states = dict[str, tuple[Array, ...]](), dict[str, tuple[Array, ...]]()
    each_row: dict[str, list[dict[str, Array]]] = {}
    for name, steps in call.passes.items():
        starts[name] = tuple(next(found) for _ in steps.start)
        each: list[list[Array]] = []
        for output, after in zip(steps.outputs, steps.states, strict=True):
            arrays = [next(found) for _ in after]
            if output is not after[0]:  # a cell that computes its first state twice
                arrays[0] = arrays[0] + next(found)
            each.append(arrays)
        states[name] = tuple(np.stack(arrays, axis=1) for arrays in zip(*each, strict=True))
        each_row[name] = [{row.name: next(found) for row in rows} for rows in steps.rows]
    return LayerGradients(call.layer, outputs, states, starts, each_row)
