"""ONNX graphs against the engine: the same numbers of the same weights, on models of every kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rnnkit.architecture import PADDING, Architecture, Interface, LayerSpec, resolve
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.peephole_lstm import PeepholeLSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError
from rnnkit.export.onnx import onnx_graphs
from rnnkit.export.onnx.graph import Graph
from rnnkit.export.onnx.layer_table import LAYERS
from rnnkit.models.layers.condition import Condition
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.crf import CRF
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool
from rnnkit.models.layers.word_encoders import Characters, Subwords
from rnnkit.models.layers.words import Words
from rnnkit.registry import TABLES, lookup
from tests.export.onnx.sessions import (
    assert_close,
    begin,
    by_input,
    every_output,
    first_output,
    step,
)
from tests.helpers.encoder_decoders import encoder_decoders, sources, targets
from tests.helpers.random_models import (
    ACTIVATIONS,
    MODES,
    architecture,
    architectures,
    examples,
    is_well_conditioned,
    random_inputs,
    random_weights,
    recurrent_layers,
    wider,
)
from tests.helpers.streams import assert_same, random_states, streams, tokens

CONVOLUTIONS = st.builds(
    Conv,
    filters=st.integers(1, 4),
    width=st.integers(1, 4),
    activation=st.sampled_from(ACTIVATIONS),
)
RECURRENT = recurrent_layers(st.sampled_from(ACTIVATIONS), st.just(False))


@st.composite
def taggers(draw: st.DrawFn) -> Architecture:
    """Any input, with words read in any way, and an answer at every step of a padded sequence."""
    words = st.one_of(
        st.builds(
            lambda layers, mode: Words(
                dim=2,
                characters=Characters(length=4, dim=2, layers=[*layers, Pool(mode=mode)]),
            ),
            st.lists(CONVOLUTIONS | RECURRENT, max_size=2),
            st.sampled_from(MODES),
        ),
        st.just(Words(dim=2, subwords=Subwords(length=5, dim=3, buckets=210))),
    )
    first: Any = draw(words | st.just(OneHot()) | st.just(Embedding(dim=3)))
    dense = st.builds(Dense, units=st.integers(1, 4), activation=st.sampled_from(ACTIVATIONS))
    body: list[LayerSpec] = draw(st.lists(CONVOLUTIONS | RECURRENT | dense, min_size=1, max_size=3))
    head = draw(st.sampled_from([("crf", CRF(labels=3)), ("logits", Dense(units=3))]))
    shape = Interface(timesteps=None, features=6, sequence_output=True, padded=True)
    return resolve("tagger", first, body, dict([head]), shape)


@pytest.mark.parametrize("kind", ["layer", "input"])
def test_every_registered_layer_is_written(kind: str) -> None:
    for name in TABLES[kind]:
        assert lookup(kind, name) in LAYERS, name


@pytest.mark.parametrize("cell", [GRU, LSTM, PeepholeLSTM, SimpleRNN])
def test_onnx_graphs_has_no_operation_that_runtimes_compute_differently(cell: Any) -> None:
    """OpenVINO begins with the padding where an operation reads backwards, and has no
    peepholes.
    """
    model = architecture(Embedding(dim=2), cell(units=2, bidirectional=True), padded=True)
    written = onnx.load_from_string(onnx_graphs(model, random_weights(model, 1))["model"])
    operations = [node for node in written.graph.node if node.op_type in ("GRU", "LSTM", "RNN")]
    assert len(operations) == (0 if cell is PeepholeLSTM else 2)
    for node in operations:
        assert len(node.input) <= 7  # the eighth are peepholes
        assert "direction" not in {attribute.name for attribute in node.attribute}


@examples(2)
@given(architectures(), st.integers(0, 1000), st.integers(1, 4))
def test_onnx_graphs_is_engine(model: Architecture, seed: int, batch: int) -> None:
    weights, inputs = random_weights(model, seed), random_inputs(model, seed, batch)
    assume(is_well_conditioned(model, weights, inputs))
    content = onnx_graphs(model, weights)["model"]
    assert_close(first_output(content, inputs), Engine(model, weights).outputs(inputs))


@examples(2)
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


@examples(2)
@given(streams(ACTIVATIONS), st.integers(0, 1000), st.integers(1, 3), st.integers(1, 4))
def test_onnx_graphs_step_is_engine(model: Architecture, seed: int, batch: int, steps: int) -> None:
    weights, inputs = random_weights(model, seed), tokens(model, seed, batch, steps)
    engine = Engine(model, weights)
    states = random_states(engine, seed, batch)
    assume(is_well_conditioned(model, weights, inputs, states))
    content = onnx_graphs(model, weights)["step"]
    assert_same(step(model, content, inputs, states), engine.step(inputs, states))


@examples(2)
@given(taggers(), st.integers(0, 1000), st.integers(2, 3))
def test_onnx_graphs_is_engine_at_each_step(model: Architecture, seed: int, batch: int) -> None:
    weights, inputs = random_weights(model, seed), random_inputs(model, seed, batch)
    assume(is_well_conditioned(model, weights, inputs))
    padded = np.pad(inputs, ((0, 0), (0, 2), *((0, 0),) * (inputs.ndim - 2)))
    outputs = every_output(onnx_graphs(model, weights)["model"], tokens=padded)
    is_real = model.token_ids(inputs) != PADDING
    expected = Engine(model, weights).outputs(inputs)[is_real]
    found = next(iter(outputs.values()))[:, :-2]
    assert_close(found[is_real], expected)
    if "potentials" in outputs:  # which are the sums of these
        *after, first = outputs["transitions"]
        sums = outputs["emissions"][:, :-2, None] + np.array(after)
        sums[:, 0] = (outputs["emissions"][:, 0] + first)[:, None]
        assert_close(found, sums)


@examples(2)
@given(encoder_decoders(), st.integers(0, 1000), st.integers(2, 3))
def test_onnx_graphs_of_encoder_and_decoder_are_engine(
    model: Architecture, seed: int, batch: int
) -> None:
    weights = random_weights(model, seed)
    engine, source = Engine(model, weights), sources(seed, batch, 5)
    graphs = onnx_graphs(model, weights)
    begun = engine.init_state(batch, source)
    inputs = targets(seed, batch, 3)
    states, memory = begin(model, graphs["start"], source=wider(source, 2))
    recurrent = {name: begun[name] for name in states}
    assert_same((inputs, states), (inputs, recurrent))
    expected, after = engine.step(inputs, begun)
    found = step(model, graphs["step"], inputs, states, **memory)
    assert_same(found, (expected, {name: after[name] for name in states}))
    if memory:
        shares = every_output(graphs["step"], tokens=inputs, **memory, **by_input(model, states))[
            "attention_weights"
        ]
        assert_close(shares[..., :5], after["attention"][-1])


@examples(2)
@given(streams(), st.integers(0, 1000))
def test_onnx_graphs_start_of_a_condition_is_engine(model: Architecture, seed: int) -> None:
    model = model.with_condition(4, Condition)
    weights = random_weights(model, seed)
    condition = np.random.default_rng(seed).normal(size=(3, 4)).astype(np.float32)
    states, _ = begin(model, onnx_graphs(model, weights)["start"], condition=condition)
    assert_same((condition, states), (condition, Engine(model, weights).init_state(3, condition)))


class Mine(Dense):
    """A layer of a user's own, which may compute something else."""


def test_onnx_graphs_names_what_it_cannot_say() -> None:
    layers = [Pool(mode="last"), Mine(units=3)]
    model = architecture(OneHot(), *layers)
    with pytest.raises(RnnkitError, match=r"Mine.*no ONNX operations.*Export to keras"):
        onnx_graphs(model, random_weights(model, 1))


def test_graph_larger_than_a_file_can_be_is_refused() -> None:
    graph = Graph()
    huge = np.broadcast_to(np.float32(0), (2**15, 2**15))
    graph.output("outputs", graph.constant(huge), np.float32, (2**15, 2**15))
    with pytest.raises(RnnkitError, match=r"weights of 4,294,967,296 bytes"):
        graph.model("model")
