"""The engine against keras: the same logits from the same weights, on models of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rnnkit.architecture import Architecture, InputSpec, Interface, Layer, LayerSpec, Shape, resolve
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.recurrent import RecurrentSpec
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.engine.forward import FORWARD, Engine, forward
from rnnkit.generation.stepper import WindowStepper
from rnnkit.models.build import build_model, set_weights
from rnnkit.models.layers.condition import Condition
from rnnkit.models.layers.crf import CRF
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool
from rnnkit.models.layers.tied import Tied
from rnnkit.registry import TABLES, lookup
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.keras_outputs import build_with_weights
from rnnkit.workflows.trained import load_trained
from tests.helpers.random_models import (
    BOUNDED,
    EVERY_RECURRENT,
    MODES,
    RECURRENT,
    Weights,
    architecture,
    architectures,
    assert_engine_is_keras,
    examples,
    is_well_conditioned,
    keras_model,
    random_inputs,
    random_weights,
    wider,
)
from tests.helpers.streams import (
    KerasStream,
    assert_same,
    in_chunks,
    random_states,
    stream,
    streams,
    tokens,
)

# Attention over a single step: keras says that its weight is always one, and so it is.
pytestmark = pytest.mark.filterwarnings(
    "ignore:You are using a softmax over axis 1 of a tensor of shape:UserWarning"
)

FIRST: dict[str, InputSpec] = {
    "embedding": Embedding(dim=3),
    "one_hot": OneHot(),
    "none": Numeric(),
}
STACKS: dict[str, list[LayerSpec]] = {
    "two": [LSTM(units=4), LSTM(units=3)],
    "three": [SimpleRNN(units=3), GRU(units=4), LSTM(units=2)],
    "bidirectional stack": [
        GRU(units=2, bidirectional=True),
        SimpleRNN(units=3, bidirectional=True),
        LSTM(units=2, bidirectional=True),
    ],
    "dense and dropout between": [
        Dropout(rate=0.4),
        LSTM(units=4),
        Dense(units=3, activation="relu"),
        Dropout(rate=0.4),
        GRU(units=3),
    ],
    "dense and dropout after": [
        GRU(units=4),
        Dropout(rate=0.4),
        Dense(units=6, activation="tanh"),
        Dense(units=2, activation="sigmoid"),
    ],
    "dense over time, then a pool": [
        LSTM(units=3),
        Dense(units=4, activation="elu"),
        Pool(mode="attention"),
        Dense(units=3),
    ],
    "a pool alone": [Pool(mode="mean")],
    "unrolled": [
        LSTM(units=3, unroll=True),
        GRU(units=3, unroll=True, bidirectional=True),
        SimpleRNN(units=3, unroll=True),
    ],
    "dropout inside": [
        GRU(units=4, dropout=0.3, recurrent_dropout=0.3, bidirectional=True),
        LSTM(units=4, recurrent_dropout=0.5),
    ],
}


def check(
    model: Architecture, batches: tuple[int, ...] = (1, 7), low: float = 0.3, high: float = 1.0
) -> None:
    """The same logits for random weights and random batches of so many rows."""
    assert_engine_is_keras(
        model,
        random_weights(model, 0, low, high),
        *(random_inputs(model, rows, rows) for rows in batches),
    )


@pytest.mark.parametrize("first", FIRST)
def test_engine_every_input(first: str) -> None:
    check(architecture(FIRST[first], SimpleRNN(units=3, bidirectional=True)))


@pytest.mark.parametrize("mode", MODES)
def test_engine_every_pool(mode: Any) -> None:
    check(architecture(FIRST["embedding"], LSTM(units=3, bidirectional=True), Pool(mode=mode)))


@pytest.mark.parametrize("mode", [None, "attention"])
def test_engine_a_single_step(mode: Any) -> None:
    pool = [Pool(mode=mode)] if mode else []
    check(architecture(FIRST["embedding"], GRU(units=3, unroll=True), *pool, timesteps=1))


@pytest.mark.parametrize("stack", STACKS)
def test_engine_stacks(stack: str) -> None:
    check(architecture(FIRST["embedding"], *STACKS[stack]))


def test_engine_activation_of_dense() -> None:
    """Each activation by itself: tests/models/test_activations.py."""
    activation: Any = "softsign"
    check(
        architecture(
            Numeric(),
            Dense(units=4, activation=activation),
            Pool(mode="last"),
            Dense(units=3, activation=activation),
        ),
        batches=(7,),
    )


@pytest.mark.parametrize("kind", RECURRENT)
def test_engine_activations_of_recurrent_layers(kind: type[RecurrentSpec]) -> None:
    settings = {"activation": "softsign", "recurrent_activation": "hard_sigmoid"}
    own = {name: value for name, value in settings.items() if name in kind.model_fields}
    check(architecture(Numeric(), kind(units=3, **own), timesteps=3, features=3), batches=(7,))


@pytest.mark.parametrize("kind", EVERY_RECURRENT)
def test_engine_saturated_gates(kind: type[RecurrentSpec]) -> None:
    """Weights of 20 to 90: nearly every gate stands at its end, and no exponential overflows."""
    check(architecture(OneHot(), kind(units=4), timesteps=2), low=20, high=90)


@examples(one_in=5)
@given(architectures(), st.integers(0, 2**32 - 1), st.sampled_from([1, 7]))
def test_engine_any_architecture(model: Architecture, seed: int, batch: int) -> None:
    weights, inputs = random_weights(model, seed), random_inputs(model, seed, batch)
    # a stack of exponentials can leave single precision
    assume(is_well_conditioned(model, weights, inputs))
    assert_engine_is_keras(model, weights, inputs)


@examples(one_in=8)
@given(architectures(BOUNDED), st.integers(0, 2**32 - 1), st.sampled_from([1, 7]))
def test_engine_any_architecture_with_large_weights(
    model: Architecture, seed: int, batch: int
) -> None:
    weights, inputs = random_weights(model, seed, low=2, high=8), random_inputs(model, seed, batch)
    assume(is_well_conditioned(model, weights, inputs))  # large recurrent weights can make chaos
    assert_engine_is_keras(model, weights, inputs)


def test_engine_longer_sequences_than_declared() -> None:
    """Where the length varies, both answer at every length."""
    model = architecture(
        Embedding(dim=3), LSTM(units=3, bidirectional=True), Pool(mode="attention"), timesteps=None
    )
    generator = np.random.default_rng(0)
    batches = [generator.integers(0, 5, (2, length)).astype(np.int32) for length in (2, 9)]
    assert_engine_is_keras(model, random_weights(model, 0), *batches)
    model = architecture(OneHot(), GRU(units=3), timesteps=None)
    assert_engine_is_keras(model, random_weights(model, 0), *batches, batches[0][:, :1])


def test_forward_pools_by_hand() -> None:
    x = np.array([[[0, 3], [2, 1], [4, -1]]], np.float32)

    def pooled(mode: Any, **weights: Any) -> list[list[float]]:
        layer = Layer("pool", "pool", Pool(mode=mode), (3, 2), (2,), False)
        arrays = {name: np.array(array, np.float32) for name, array in weights.items()}
        answer: list[list[float]] = forward(x, arrays, layer, np.array([3])).tolist()
        return answer

    assert pooled("last") == [[4, -1]]
    assert pooled("mean") == [[2, 1]]
    assert pooled("max") == [[4, 3]]
    # tanh(30 (x_1 - 1)) is -1, 1, 1; with a score of 50 the first step has no weight and the others
    # a half each.
    assert pooled("attention", kernel=[[30, 0], [0, 0]], bias=[-30, 0], score=[[50], [0]]) == [
        pytest.approx([3, 0], abs=1e-6)
    ]


def test_forward_bidirectional_layer_by_hand() -> None:
    """Sums by a linear layer: forwards 1, 1+2, 1+2+4; backwards 1+2+4, 2+4, 4."""
    ones = {
        f"layer/{way}/{name}": array
        for way in ("forward", "backward")
        for name, array in _summing().items()
    }
    x = np.array([[[1], [2], [4]]], np.float32)
    spec = SimpleRNN(units=1, activation="linear", bidirectional=True)

    def outputs(sequence: bool) -> list[Any]:
        weights = {name.removeprefix("layer/"): array for name, array in ones.items()}
        layer = Layer("layer", "simple_rnn", spec, (3, 1), (3, 2), sequence)
        answer: list[Any] = forward(x, weights, layer, np.array([3])).tolist()
        return answer

    assert outputs(sequence=True) == [[[1, 7], [3, 6], [7, 4]]]
    assert outputs(sequence=False) == [[7, 7]]


def _summing() -> dict[str, np.ndarray]:
    return {
        "kernel": np.ones((1, 1), np.float32),
        "recurrent_kernel": np.ones((1, 1), np.float32),
        "bias": np.zeros(1, np.float32),
    }


# Texts of unequal length, padded at their end


def assert_padding_has_no_say(
    model: Architecture, weights: Weights, texts: np.ndarray, columns: int
) -> None:
    """The engine is keras, and neither depends on further columns of padding, on the batch's size,
    or on the other texts in it.
    """
    engine, built = Engine(model, weights), keras_model(model, weights)

    def by_keras(inputs: np.ndarray) -> np.ndarray:
        return np.asarray(built(inputs))

    others = np.roll(texts, 1, axis=0)[:, ::-1].copy()
    others[others == 0] = 1  # as wide as the batch, whatever the texts are
    row = len(texts) - 1
    alone = texts[row:, : max(1, np.count_nonzero(texts[row]))]  # and no padding at all
    expected = engine.outputs(texts)
    scale = max(1.0, float(np.abs(expected).max()))
    for outputs, tolerance in ((engine.outputs, 1e-6), (by_keras, 1e-5)):
        among = outputs(wider(np.concatenate([others, texts]), columns))[len(others) :]
        np.testing.assert_allclose(among, expected, rtol=0, atol=tolerance * scale)
        single = outputs(alone)[0]
        np.testing.assert_allclose(single, expected[row], rtol=0, atol=tolerance * scale)
        np.testing.assert_allclose(single, among[row], rtol=0, atol=1e-6 * scale)


@pytest.mark.backend
@pytest.mark.parametrize("mode", [None, *MODES])
def test_engine_ignores_padding_of_layers(mode: Any) -> None:
    """Every pool and none, where the rows are one-hot; every cell: tests/cells/test_cell.py."""
    first, pools = (FIRST["embedding"], [Pool(mode=mode)]) if mode else (FIRST["one_hot"], [])
    model = architecture(
        first, GRU(units=3, bidirectional=True), *pools, timesteps=None, padded=True
    )
    assert_padding_has_no_say(
        model, random_weights(model, 0), random_inputs(model, 0, 5, timesteps=4), columns=3
    )


@pytest.mark.parametrize("stack", ["bidirectional stack", "dense over time, then a pool"])
def test_engine_ignores_padding_of_stacks(stack: str) -> None:
    model = architecture(FIRST["embedding"], *STACKS[stack], timesteps=None, padded=True)
    assert_padding_has_no_say(
        model, random_weights(model, 0), random_inputs(model, 0, 5, timesteps=4), columns=3
    )


def test_engine_padded_to_one_length() -> None:
    """As `batching: fixed` does it; there layers may be unrolled."""
    model = architecture(FIRST["embedding"], *STACKS["unrolled"], timesteps=4, padded=True)
    check(model, batches=(5,))


@examples(one_in=8)
@given(
    architectures(padded=True),
    st.integers(0, 2**32 - 1),
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(1, 6),
)
def test_engine_ignores_padding_of_any_architecture(
    model: Architecture, seed: int, width: int, batch: int, columns: int
) -> None:
    """Any layers, any activations, any texts."""
    weights, texts = random_weights(model, seed), random_inputs(model, seed, batch, timesteps=width)
    assume(is_well_conditioned(model, weights, texts))
    assert_padding_has_no_say(model, weights, texts, columns)


@examples()
@given(
    architectures(BOUNDED, padded=True),
    st.integers(0, 2**32 - 1),
    st.integers(1, 9),
    st.integers(1, 6),
    st.integers(1, 40),
)
def test_engine_ignores_padding_in_numpy_alone(
    model: Architecture, seed: int, width: int, batch: int, columns: int
) -> None:
    weights, texts = random_weights(model, seed), random_inputs(model, seed, batch, timesteps=width)
    assume(is_well_conditioned(model, weights, texts))
    engine = Engine(model, weights)
    together = engine.outputs(texts)
    tolerance = 1e-6 * max(1.0, float(np.abs(together).max()))
    np.testing.assert_allclose(
        engine.outputs(wider(texts, columns)), together, rtol=0, atol=tolerance
    )
    for text, expected in zip(texts, together, strict=True):
        np.testing.assert_allclose(
            engine.outputs(text[None, : np.count_nonzero(text)])[0],
            expected,
            rtol=0,
            atol=tolerance,
        )


@pytest.mark.parametrize("kind", RECURRENT)
def test_engine_unbounded_state_does_not_overflow_on_padding(
    kind: type[RecurrentSpec],
) -> None:
    """A hundred times as large at every step, 20 steps of padding would leave single precision;
    infinity times no weight is no number.
    """
    spec = kind(units=3, activation="relu", bidirectional=kind is SimpleRNN)
    model = architecture(
        FIRST["embedding"],
        spec,
        Dense(units=3, activation="relu"),
        Pool(mode="attention"),
        timesteps=None,
        padded=True,
    )
    weights = {
        name: np.abs(array) * (100 if "recurrent" in name else 1)
        for name, array in random_weights(model, 0).items()
    }
    texts = random_inputs(model, 0, 2, timesteps=2)
    assert np.isfinite(Engine(model, weights).outputs(texts)).all()
    assert_padding_has_no_say(model, weights, texts, columns=20)


@pytest.mark.parametrize("mode", ["mean", "attention"])
def test_engine_empty_text_counts_as_one_step(mode: Any) -> None:
    """It counts as one step, however wide the batch is, so that there is a mean and a maximum of
    something.
    """
    model = architecture(
        FIRST["embedding"],
        LSTM(units=3, bidirectional=True, activation="relu"),
        Pool(mode=mode),
        timesteps=None,
        padded=True,
    )
    weights, texts = random_weights(model, 0), random_inputs(model, 0, 3, timesteps=4)
    texts[2] = 0
    assert_padding_has_no_say(model, weights, texts, columns=5)
    assert np.isfinite(Engine(model, weights).outputs(texts)).all()


def test_forward_padded_pools_by_hand() -> None:
    """Two rows, the second of which is one step long; what stands in the padding, be it infinite,
    counts nothing.
    """
    x = np.array([[[0, 3], [2, 1], [4, -1]], [[1, 2], [np.inf, np.inf], [99, 99]]], np.float32)

    def pooled(mode: Any) -> list[list[float]]:
        answer: list[list[float]] = forward(
            x, {}, Layer("pool", "pool", Pool(mode=mode), (3, 2), (2,), False), np.array([2, 1])
        ).tolist()
        return answer

    assert pooled("last") == [[2, 1], [1, 2]]
    assert pooled("mean") == [[1, 2], [1, 2]]
    assert pooled("max") == [[2, 3], [1, 2]]


def test_forward_padded_bidirectional_layer_by_hand() -> None:
    """Sums by a linear layer over 1, 2 and a step of padding: forwards 1, 1+2; backwards 1+2, 2;
    and nothing of the padding's 4.
    """
    weights = {
        f"{way}/{name}": array
        for way in ("forward", "backward")
        for name, array in _summing().items()
    }
    x = np.array([[[1], [2], [4]]], np.float32)
    spec = SimpleRNN(units=1, activation="linear", bidirectional=True)
    every, last = (
        forward(
            x, weights, Layer("layer", "simple_rnn", spec, (3, 1), (3, 2), sequence), np.array([2])
        )
        for sequence in (True, False)
    )
    assert every[:, :2].tolist() == [[[1, 3], [3, 2]]]
    assert last.tolist() == [[3, 3]]


def test_outputs_rows_do_not_depend_on_their_batch() -> None:
    model = architecture(
        Embedding(dim=3), LSTM(units=4), GRU(units=3, bidirectional=True), Pool(mode="attention")
    )
    engine, inputs = Engine(model, random_weights(model, 3)), random_inputs(model, 3, 7)
    before = inputs.copy()
    alone = np.concatenate([engine.outputs(inputs[row : row + 1]) for row in range(7)])
    np.testing.assert_allclose(engine.outputs(inputs), alone, atol=1e-6)
    np.testing.assert_array_equal(inputs, before)
    assert np.abs(alone[0] - alone[1:]).max() > 1e-3


# Texts that are read chunk by chunk, with carried state


@pytest.mark.backend
@examples(one_in=8)
@given(streams(), st.integers(0, 2**32 - 1), st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_step_of_any_stream_is_keras(model: Architecture, seed: int, sizes: list[int]) -> None:
    """From any states: logits and new states are those of keras, and in chunks of any sizes what
    they are at once, by either.
    """
    weights, text = random_weights(model, seed), tokens(model, seed, 3, 10)
    engine, by_keras = Engine(model, weights), KerasStream(model, weights)
    states = random_states(engine, seed, 3)
    assume(is_well_conditioned(model, weights, text, states))
    expected = engine.step(text, states)
    assert expected[0].shape == (3, 10, model.layers[0].inputs[1])
    assert_same(by_keras.step(text, states), expected)
    assert_same(in_chunks(by_keras, text, states, sizes), expected)


@examples()
@given(
    streams(),
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(1, 9), min_size=1, max_size=6),
    st.integers(1, 30),
)
def test_step_in_chunks_of_any_sizes_equals_the_whole_text(
    model: Architecture, seed: int, sizes: list[int], steps: int
) -> None:
    weights, text = random_weights(model, seed), tokens(model, seed, 2, steps)
    engine = Engine(model, weights)
    start = engine.init_state(2)
    assume(is_well_conditioned(model, weights, text, start))
    kept = {name: tuple(array.copy() for array in arrays) for name, arrays in start.items()}
    whole = engine.step(text, start)
    assert_same(in_chunks(engine, text, start, sizes), whole)
    # zeros are what a model without states begins with
    np.testing.assert_allclose(engine.outputs(text), whole[0], rtol=0, atol=1e-6)
    for name, arrays in kept.items():  # no state is written into
        for before, after in zip(arrays, start[name], strict=True):
            np.testing.assert_array_equal(before, after)


def test_step_by_hand() -> None:
    """A sum of the token ids, from 10: h = 10, 10 + 1, 10 + 1 + 2."""
    model = stream(Embedding(dim=1), SimpleRNN(units=1, activation="linear"), vocabulary=3)
    weights = {
        "embedding/embeddings": np.array([[0], [1], [2]], np.float32),
        **{f"simple_rnn/{name}": array for name, array in _summing().items()},
        "logits/kernel": np.array([[1, 10, 0]], np.float32),
        "logits/bias": np.array([0, 0, 5], np.float32),
    }
    engine = Engine(model, weights)
    logits, states = engine.step(
        np.array([[0, 1, 2]]), {"simple_rnn": (np.array([[10]], np.float32),)}
    )
    assert logits.tolist() == [[[10, 100, 5], [11, 110, 5], [13, 130, 5]]]
    assert states["simple_rnn"][0].tolist() == [[13]]
    assert engine.init_state(2)["simple_rnn"][0].tolist() == [[0], [0]]


@pytest.mark.parametrize(
    "stack",
    [[GRU(units=3)], [LSTM(units=3), Dense(units=2), SimpleRNN(units=4)]],
    ids=["one", "three"],
)
def test_init_state_from_a_condition(stack: list[LayerSpec]) -> None:
    """tanh(c W + b) for each state in the order of the layers, and what follows is what keras
    says."""
    head = {"logits": Dense(units=5)}
    model = resolve(
        "model",
        FIRST["embedding"],
        stack,
        head,
        Interface(timesteps=None, features=5, sequence_output=True),
    ).with_condition(2, Condition)
    weights, text, condition = (
        random_weights(model, 4),
        tokens(model, 4, 3, 6),
        np.array([[1, 0], [0, 1], [0.3, -2]], np.float32),
    )
    engine = Engine(model, weights)
    states = engine.init_state(3, condition)
    made = [array for arrays in states.values() for array in arrays]
    assert len(made) == {1: 1, 3: 3}[len(stack)]
    for index, array in enumerate(made):
        by_hand = np.tanh(
            condition @ weights[f"condition/{index}/kernel"] + weights[f"condition/{index}/bias"]
        )
        np.testing.assert_allclose(array, by_hand, rtol=1e-6)
    built = build_model(model)
    set_weights(built, model, weights)
    np.testing.assert_allclose(
        np.asarray(built([text, condition])), engine.step(text, states)[0], rtol=0, atol=1e-5
    )
    assert (
        np.abs(engine.step(text, engine.init_state(3))[0] - engine.step(text, states)[0]).max()
        > 1e-2
    )


def test_forward_has_every_registered_layer() -> None:
    registered = {lookup(kind, name) for kind in ("input", "layer") for name in TABLES[kind]}
    assert {*FORWARD, *EVERY_RECURRENT} == {*registered, CRF, Tied}


class Unknown(LayerSpec):
    """A layer of somebody's own."""

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return inputs

    def build(self, layer: Layer) -> Any:
        raise NotImplementedError


def test_unsupported_names_what_numpy_lacks() -> None:
    assert Engine.unsupported(architecture(OneHot(), *STACKS["dense over time, then a pool"])) == []
    assert Engine.unsupported(architecture(OneHot(), Unknown(), GRU(units=2), Unknown())) == [
        f"{__name__}:Unknown"
    ]


def test_engine_of_a_trained_run_is_keras(fable_run: Path) -> None:
    """Logits of all 200 windows, and greedy text from several seeds."""
    trained = load_trained(RunFolder(fable_run))
    assert trained.answers == "numpy"
    model = build_with_weights(
        trained.architecture, trained.run.load_weights(trained.architecture.weight_shapes())
    )

    def by_keras(inputs: np.ndarray) -> np.ndarray:
        return np.asarray(model(inputs))

    windows = trained.task.prepare(Source(), trained.predictor.codec).train.inputs
    assert windows.shape == (200, 3)
    logits = trained.predictor.outputs(windows)
    np.testing.assert_allclose(
        logits, by_keras(windows), rtol=0, atol=1e-5 * max(1.0, float(np.abs(logits).max()))
    )

    def greedy(outputs: Any, start: np.ndarray) -> np.ndarray:
        stepper = WindowStepper(outputs, 3)
        logits, state = stepper.init_state(start)
        tokens = []
        for _ in range(32):
            tokens.append(logits.argmax(axis=-1))
            logits, state = stepper.step(tokens[-1], state)
        return np.array(tokens).T

    seeds = np.stack([trained.predictor.codec.tokenizer.encode("had a general"), *windows[::40]])
    answers = greedy(trained.predictor.outputs, seeds)
    np.testing.assert_array_equal(answers, greedy(by_keras, seeds))
    said = trained.predictor.codec.tokenizer.text(answers[0].tolist())
    assert said.startswith(
        "council to consider what measures they could take to outwit their common enemy, the cat"
    )
