"""ONNX graphs against the engine: the same numbers of the same weights, on models of every kind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rnnkit.architecture import Architecture
from rnnkit.engine.forward import Engine
from rnnkit.export.onnx import onnx_graphs
from rnnkit.export.onnx.table import LAYERS
from rnnkit.registry import TABLES, lookup
from tests.export.onnx.sessions import assert_close, first_output, step
from tests.helpers.random_models import (
    ACTIVATIONS,
    architectures,
    examples,
    is_well_conditioned,
    random_inputs,
    random_weights,
    wider,
)
from tests.helpers.streams import assert_same, random_states, streams, tokens


def assert_is_engine(model: Architecture, seed: int, *batches: np.ndarray) -> None:
    """The same numbers of each batch."""
    weights = random_weights(model, seed)
    content, engine = onnx_graphs(model, weights)["model"], Engine(model, weights)
    for inputs in batches:
        assert_close(first_output(content, inputs), engine.outputs(inputs))


@pytest.mark.parametrize("kind", ["layer", "input"])
def test_every_registered_layer_is_written(kind: str) -> None:
    for name in TABLES[kind]:
        assert lookup(kind, name) in LAYERS, name


@examples()
@given(architectures(), st.integers(0, 1000), st.integers(1, 4))
def test_onnx_graphs_is_engine(model: Architecture, seed: int, batch: int) -> None:
    weights, inputs = random_weights(model, seed), random_inputs(model, seed, batch)
    assume(is_well_conditioned(model, weights, inputs))
    assert_is_engine(model, seed, inputs)


@examples()
@given(architectures(padded=True), st.integers(0, 1000), st.integers(2, 4))
def test_onnx_graphs_reads_no_padding_and_no_batch_mate(
    model: Architecture, seed: int, batch: int
) -> None:
    weights, inputs = random_weights(model, seed), random_inputs(model, seed, batch)
    assume(is_well_conditioned(model, weights, inputs))
    content, expected = onnx_graphs(model, weights)["model"], Engine(model, weights).outputs(inputs)
    assert_close(first_output(content, inputs), expected)
    assert_close(first_output(content, wider(inputs, 3)), expected)
    assert_close(first_output(content, inputs[1:2, :1]), expected[1:2])


@examples()
@given(streams(ACTIVATIONS), st.integers(0, 1000), st.integers(1, 3), st.integers(1, 4))
def test_onnx_graphs_step_is_engine(model: Architecture, seed: int, batch: int, steps: int) -> None:
    weights, inputs = random_weights(model, seed), tokens(model, seed, batch, steps)
    engine = Engine(model, weights)
    states = random_states(engine, seed, batch)
    assume(is_well_conditioned(model, weights, inputs, states))
    content = onnx_graphs(model, weights)["step"]
    assert_same(step(model, content, inputs, states), engine.step(inputs, states))
