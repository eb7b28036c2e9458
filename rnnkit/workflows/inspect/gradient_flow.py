"""The gradient through each recurrent layer on real batches: the norm of dL/dh_t by the distance of
step t from the step that has the loss.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.engine.gradients import backward_to_states
from rnnkit.engine.recurrent import is_cell_alone, weights_below
from rnnkit.engine.terms import value_of
from rnnkit.engine.traced import RecurrentCall, Traced
from rnnkit.insight.gradients import Flow, norms_by_distance, spectral_radius
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Prepared
from rnnkit.training.batches import Batch
from rnnkit.workflows.inspect.layers import require_known, require_recurrent, spec_of

ROWS, BATCHES = 32, 3
FEWEST = 0.1  # the share of rows that a distance must have to count
MOST_STEPS = 2_000  # the largest distance
BUDGET = 2e10  # multiplications of a batch and its gradient
JACOBIANS = 8  # steps of the first batch whose Jacobian is computed; of wide layers fewer
Array = np.ndarray


@dataclass
class _Sums:
    """Sums over batches, of one direction of a layer."""

    sums: Array = field(default_factory=lambda: np.zeros(MOST_STEPS))
    counts: Array = field(default_factory=lambda: np.zeros(MOST_STEPS, np.int64))
    radii: list[float] = field(default_factory=list)

    def flow(self, name: tuple[str, str]) -> Flow:
        enough = self.counts >= max(1, self.counts[0] * FEWEST)
        norms = self.sums[enough] / self.counts[enough]
        finite = [radius for radius in self.radii if np.isfinite(radius)]
        return Flow(*name, norms, float(np.mean(finite)) if finite else float("nan"))


def flows(
    network: Network[Any, Any],
    weights: Mapping[str, Array],
    data: Prepared,
    *,
    radii: bool = True,
) -> list[Flow]:
    """Measures the gradient through each recurrent layer.

    Args:
        network: The model and its loss.
        weights: "layer/weight" to arrays.
        data: The data, whose validation part is read if there is one.
        radii: Whether the spectral radii of Jacobians are computed too, which takes most of the
            time for wide layers.

    Raises:
        RnnkitError: If the model has no recurrent layer, or NumPy cannot compute a layer.
    """
    architecture = network.architecture
    require_known(architecture)
    require_recurrent(architecture)
    totals: dict[tuple[str, str], _Sums] = defaultdict(_Sums)
    reads_backwards = any(
        is_cell_alone(layer.spec) and layer.spec.reads_backwards for layer in architecture.layers
    )
    for batch in _batches(data, architecture):
        is_each_step = np.ndim(batch[2]) == 2
        for backwards in (False, True) if is_each_step and reads_backwards else (False,):
            _add(network, weights, batch, totals, backwards=backwards, radii=radii)
    return [sums.flow(name) for name, sums in totals.items()]


def _batches(data: Prepared, architecture: Architecture) -> Iterator[Batch]:
    """Random batches, the same in each call; fewer rows for large models."""
    part = data.parts[data.watched]
    size = max(1, min(ROWS, data.batch_size, len(part)))
    source = part.batches(size)
    products = sum(layer.parameters or 0 for layer in architecture.all_layers[1:])
    for step in range(min(BATCHES, source.steps)):
        inputs, targets, weights = source.shuffled(0, 0, step)
        first = inputs[0] if isinstance(inputs, tuple) else inputs
        rows = max(1, min(len(weights), int(BUDGET / max(1, 6 * products * first.shape[1]))))
        if isinstance(inputs, tuple):
            yield (inputs[0][:rows], inputs[1][:rows]), targets[:rows], weights[:rows]
        else:
            yield inputs[:rows], targets[:rows], weights[:rows]


def _add(
    network: Network[Any, Any],
    weights: Mapping[str, Array],
    batch: Batch,
    totals: dict[tuple[str, str], _Sums],
    *,
    backwards: bool,
    radii: bool,
) -> None:
    """Adds the gradients of one batch. If each step has a loss, only that of the last step counts;
    for the backward direction only that of the first.
    """
    inputs, targets, counted = batch
    engine = Traced(network.architecture, weights)
    outputs = _outputs(engine, inputs, network.architecture)
    is_row = counted.reshape(len(counted), -1).any(axis=1)
    lasts = np.full(len(counted), -1)
    if counted.ndim == 2:
        lasts = np.where(is_row, counted.shape[1] - 1 - (counted[:, ::-1] > 0).argmax(axis=1), -1)
        chosen = np.zeros_like(counted)
        rows = np.flatnonzero(is_row)
        chosen[rows, 0 if backwards else lasts[rows]] = 1
    else:
        chosen = (counted > 0).astype(np.float32)
    loss = network.loss_of_steps(outputs, targets, chosen)
    total = loss * float(chosen.sum())  # the sum over rows: each row's own gradient
    for call, layers in zip(engine.calls, backward_to_states(engine, total), strict=True):
        for layer, of_states in zip(call.layers, layers, strict=True):
            assert isinstance(layer, RecurrentCall)
            # whether the loss is of one of the steps that the call reads
            is_of_step = counted.ndim == 2 and not call.encodes
            ends = layer.lengths - 1
            if is_of_step:
                ends = np.minimum(ends, lasts)
            for direction, states in of_states.items():
                if backwards is not (is_of_step and direction == "backward"):
                    continue
                flow = totals[call.name_of(layer.layer), direction]
                sums, counts = norms_by_distance(states[0], np.where(is_row, ends, -1), MOST_STEPS)
                flow.sums += sums
                flow.counts += counts
                if radii and not flow.radii:
                    flow.radii += _radii(layer, direction, ends)


def _outputs(engine: Traced, inputs: Any, architecture: Architecture) -> Any:
    if isinstance(inputs, tuple):
        tokens, source = inputs
        return engine.step(tokens, engine.init_state(len(tokens), source))[0]
    if architecture.carries_state:
        return engine.step(inputs, engine.init_state(len(inputs)))[0]
    return engine.outputs(inputs)


def _radii(call: RecurrentCall, direction: str, ends: Array) -> Iterator[float]:
    """Spectral radii of the Jacobian at random steps of random rows."""
    spec, steps = spec_of(call.layer), call.passes[direction]
    layer_weights: Any = weights_below(direction, call.weights) if direction else call.weights
    weights = {name: np.asarray(value_of(term)) for name, term in layer_weights.items()}
    size = spec.units * spec.cell.states
    generator = np.random.default_rng(0)
    for _ in range(max(1, min(JACOBIANS, 200_000 // (size * size)))):
        row = int(generator.integers(len(ends)))
        step = int(generator.integers(max(0, ends[row]) + 1))
        state = steps.states[step - 1] if step else steps.start
        yield spectral_radius(
            spec,
            steps.projected[step].value[row],
            [term.value[row] for term in state],
            weights,
        )
