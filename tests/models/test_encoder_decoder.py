"""Encoders, the bridge to a decoder, and attention: against the equations, against keras, and
whatever stands in the padding.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.architecture import Architecture, Interface, Layer, resolve
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.engine.forward import Engine
from rnnkit.generation.stepper import StreamStepper
from rnnkit.models.build import build_model, get_weights, set_weights
from rnnkit.models.layers.attention import Attention
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from tests.helpers.encoder_decoders import encoder_decoder, encoder_decoders, sources, targets
from tests.helpers.random_models import Weights, random_weights, wider

SCORES: Any = ("additive", "multiplicative")


def numpy_logits(
    model: Architecture, weights: Weights, tokens: np.ndarray, source: np.ndarray
) -> np.ndarray:
    engine = Engine(model, weights)
    return engine.step(tokens, engine.init_state(len(tokens), source))[0]


def keras_logits(
    model: Architecture, weights: Weights, tokens: np.ndarray, source: np.ndarray
) -> np.ndarray:
    built = build_model(model)
    set_weights(built, model, weights)
    return np.asarray(built([tokens, source]))


@pytest.mark.backend
@settings(max_examples=max(2, settings().max_examples // 5))  # each builds a keras model
@given(encoder_decoders(), st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 5))
def test_engine_encoder_decoder_is_keras(
    model: Architecture, seed: int, width: int, steps: int
) -> None:
    weights, tokens, source = (
        random_weights(model, seed),
        targets(seed, 4, steps),
        sources(seed, 4, width),
    )
    expected = keras_logits(model, weights, tokens, source)
    np.testing.assert_allclose(
        numpy_logits(model, weights, tokens, source), expected, rtol=0, atol=2e-5
    )


@given(encoder_decoders(), st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_engine_ignores_the_padding_of_a_source(model: Architecture, seed: int, more: int) -> None:
    """Each source alone, as long as it is, against the batch, which is wider than its longest."""
    weights, tokens, source = random_weights(model, seed), targets(seed, 4, 3), sources(seed, 4, 5)
    together = numpy_logits(model, weights, tokens, wider(source, more))
    for row, ids in enumerate(source):
        alone = numpy_logits(model, weights, tokens[row : row + 1], ids[None, ids > 0])
        np.testing.assert_allclose(together[row], alone[0], rtol=0, atol=1e-5)


@pytest.mark.backend
def test_build_model_ignores_the_padding_of_a_source() -> None:
    model = encoder_decoder(
        [LSTM(units=3, bidirectional=True), GRU(units=2)], [GRU(units=4)], "additive"
    )
    weights, tokens, source = random_weights(model, 3), targets(3, 4, 3), sources(3, 4, 5)
    built = build_model(model)
    set_weights(built, model, weights)
    together = np.asarray(built([tokens, wider(source, 3)]))
    for row, ids in enumerate(source):
        alone = np.asarray(built([tokens[row : row + 1], ids[None, ids > 0]]))[0]
        np.testing.assert_allclose(together[row], alone, rtol=0, atol=1e-5)


@given(encoder_decoders(), st.integers(0, 2**32 - 1))
def test_stream_stepper_token_by_token_equals_all_at_once(model: Architecture, seed: int) -> None:
    """The state carries all that decoding needs, also when its rows are taken in another order."""
    weights, tokens, source = random_weights(model, seed), targets(seed, 3, 4), sources(seed, 3, 5)
    expected = numpy_logits(model, weights, tokens, source)
    stepper = StreamStepper(Engine(model, weights), source)
    logits, state = stepper.init_state(tokens[:, :1])
    np.testing.assert_allclose(logits, expected[:, 0], rtol=0, atol=1e-5)
    rows = np.array([2, 0, 0, 1])
    state = stepper.reorder(state, rows)
    for step in range(1, 4):
        logits, state = stepper.step(tokens[rows, step], state)
        np.testing.assert_allclose(logits, expected[rows, step], rtol=0, atol=1e-5)


# The equations, number by number in double precision.


def attended(
    score: str, h: np.ndarray, memory: np.ndarray, weights: Weights
) -> tuple[np.ndarray, np.ndarray]:
    """One state h (units,) and a memory (source, features), by the papers' formulas."""
    scores = []
    for m in memory:
        if score == "additive":
            scores.append(
                float(
                    weights["score/kernel"][:, 0]
                    @ np.tanh(
                        h @ weights["query/kernel"]
                        + m @ weights["keys/kernel"]
                        + weights["keys/bias"]
                    )
                )
            )
        else:
            scores.append(float(h @ (m @ weights["keys/kernel"])))
    shares = np.exp(scores) / np.exp(scores).sum()
    context = sum(share * m for share, m in zip(shares, memory, strict=True))
    return np.tanh(np.concatenate([context, h]) @ weights["output/kernel"]), shares


@pytest.mark.backend
@pytest.mark.parametrize("score", SCORES)
def test_attention_by_the_equations(score: Any) -> None:
    spec = Attention(score=score, units=4, memory=3)
    layer = Layer("attention", "attention", spec, (None, 5), (None, 4), True)
    generator = np.random.default_rng(1)
    weights = {
        name: generator.normal(0, 1, shape) for name, shape in spec.weight_shapes((None, 5)).items()
    }
    h, memory, lengths = (
        generator.normal(0, 1, (2, 3, 5)),
        generator.normal(0, 1, (2, 4, 3)),
        np.array([4, 2]),
    )
    built = spec.build(layer)
    for variable, array in zip(spec.variables(built), weights.values(), strict=True):
        variable.assign(array)
    by_keras = np.asarray(built([h.astype(np.float32), memory.astype(np.float32), lengths]))
    from rnnkit.engine.attention import attention, remember

    by_numpy, (*_, shares) = attention(h, remember(memory, lengths, weights), weights, layer)
    for row in range(2):
        for step in range(3):
            expected, wanted = attended(score, h[row, step], memory[row, : lengths[row]], weights)
            np.testing.assert_allclose(by_numpy[row, step], expected, rtol=1e-10)
            np.testing.assert_allclose(by_keras[row, step], expected, rtol=0, atol=1e-5)
            np.testing.assert_allclose(shares[row, step, : lengths[row]], wanted, rtol=1e-10)
            assert (shares[row, step, lengths[row] :] == 0).all()


def test_encode_last_states_of_all_layers_start_the_decoder() -> None:
    """Those of each direction, the way back at the first step, side by side; tanh(s W + b) is each
    of the decoder's states.
    """
    model = encoder_decoder(
        [GRU(units=2, bidirectional=True), Dropout(rate=0.5), LSTM(units=3)],
        [LSTM(units=4), SimpleRNN(units=5)],
    )
    weights = random_weights(model, 5)
    source = np.array([[3, 1, 2]], np.int32)
    engine = Engine(model, weights)
    assert model.encoder is not None
    encoder = Engine(
        model.encoder,
        {
            name.removeprefix("encoder/"): array
            for name, array in weights.items()
            if name.startswith("encoder/")
        },
    )
    last, memory, lengths = encoder.encode(source)
    assert (last.shape, memory.shape, lengths.tolist()) == ((1, 2 + 2 + 3), (1, 3, 3), [3])
    np.testing.assert_array_equal(last[0, 4:], memory[0, -1])

    def direction(way: str, tokens: np.ndarray) -> np.ndarray:
        """The last state of one direction of the first layer, as a layer of its own."""
        alone = resolve(
            "alone",
            Embedding(dim=3),
            [GRU(units=2)],
            {},
            Interface(timesteps=None, features=7, sequence_output=False),
        )
        own = {
            f"gru/{name}": weights[f"encoder/gru/{way}/{name}"]
            for name in ("kernel", "recurrent_kernel", "bias")
        }
        return Engine(
            alone, own | {"embedding/embeddings": weights["encoder/embedding/embeddings"]}
        ).outputs(tokens)

    np.testing.assert_allclose(last[:, :2], direction("forward", source), rtol=1e-6)
    np.testing.assert_allclose(last[:, 2:4], direction("backward", source[:, ::-1]), rtol=1e-6)
    states = [array for arrays in engine.init_state(1, source).values() for array in arrays]
    assert [array.shape for array in states] == [(1, 4), (1, 4), (1, 5)]
    for index, array in enumerate(states):
        np.testing.assert_allclose(
            array,
            np.tanh(
                last @ weights[f"condition/{index}/kernel"] + weights[f"condition/{index}/bias"]
            ),
            rtol=1e-6,
        )


# Names, shapes, and the export.


def test_set_weights_every_weight_has_a_name_and_is_used() -> None:
    model = encoder_decoder(
        [GRU(units=2, bidirectional=True), LSTM(units=3)], [GRU(units=4)], "additive", 5
    )
    assert [layer.name for layer in model.all_layers] == [
        "encoder/embedding", "encoder/gru", "encoder/lstm", "embedding", "gru", "attention", "logits", "condition",  # noqa: E501
    ]  # fmt: skip
    shapes = model.weight_shapes()
    assert shapes["encoder/gru/backward/kernel"] == (3, 6)
    assert shapes["attention/output/kernel"] == (3 + 4, 5)
    assert shapes["condition/0/kernel"] == (2 + 2 + 3, 4)
    built = build_model(model)
    assert built.count_params() == sum(layer.parameters or 0 for layer in model.all_layers)
    weights = random_weights(model, 7)
    set_weights(built, model, weights)
    for name, array in get_weights(built, model).items():
        np.testing.assert_array_equal(array, weights[name])
    tokens, source = targets(7, 3, 4), sources(7, 3, 5)
    answer = numpy_logits(model, weights, tokens, source)
    for name, array in weights.items():
        changed = numpy_logits(model, weights | {name: array * np.float32(0.5)}, tokens, source)
        assert np.abs(changed - answer).max() > 1e-6, name


@pytest.mark.parametrize("score", [None, *SCORES])
def test_for_export_opens_with_keras_alone(score: Any, tmp_path: Path) -> None:
    import keras

    model = encoder_decoder(
        [SimpleRNN(units=3, bidirectional=True, slowness_l2=0.1)], [SimpleRNN(units=3)], score
    )
    weights, tokens, source = random_weights(model, 2), targets(2, 3, 4), sources(2, 3, 5)
    twin = build_model(model.for_export())
    set_weights(twin, model, weights)
    twin.save(tmp_path / "model.keras")
    opened: Any = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        np.asarray(opened([tokens, source])),
        numpy_logits(model, weights, tokens, source),
        rtol=0,
        atol=1e-5,
    )
