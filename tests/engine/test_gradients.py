"""The engine's gradients: keras' own, and those of finite differences in double precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnkit.architecture import Architecture, Interface, LayerSpec, resolve
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.min_gru import MinGRU
from rnnkit.cells.recurrent import RecurrentSpec
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.engine.forward import Engine
from rnnkit.engine.gradients import backward, backward_to_states
from rnnkit.engine.traced import Traced
from rnnkit.errors import RnnkitError
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.crf import CRF
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool
from rnnkit.models.layers.tied import Tied
from rnnkit.models.layers.words import Words
from tests.engine.test_equations import Odd, OddCell
from tests.helpers.encoder_decoders import encoder_decoder, sources, targets
from tests.helpers.random_models import (
    EVERY_RECURRENT,
    MODES,
    Weights,
    architecture,
    keras_model,
    random_inputs,
    random_weights,
)


def tags(first: Any, *body: LayerSpec, head: LayerSpec | None = None) -> Architecture:
    """A model that answers at every step of padded texts."""
    interface = Interface(timesteps=None, features=5, sequence_output=True, padded=True)
    return resolve("model", first, body, {"logits": head or Dense(units=3)}, interface)


ANY: dict[str, Architecture] = {
    **{
        kind.__name__: architecture(OneHot(), kind(units=3), timesteps=None, padded=True)
        for kind in EVERY_RECURRENT
    },
    **{f"pool {mode}": architecture(Embedding(dim=3), Pool(mode=mode)) for mode in MODES},
    "a user's own cell": architecture(Embedding(dim=3), Odd(units=3, bidirectional=True)),
    "numbers": architecture(Numeric(), Dense(units=3, activation="gelu"), GRU(units=2)),
    "both ways": tags(Embedding(dim=3), LSTM(units=2, bidirectional=True), MinGRU(units=3)),
    "last of both ways": architecture(
        Embedding(dim=2), SimpleRNN(units=3, bidirectional=True), padded=True, timesteps=None
    ),
    "crf": tags(Embedding(dim=3), GRU(units=3), Dropout(rate=0.5), head=CRF(labels=3)),
    "tied": tags(Embedding(dim=3), LSTM(units=3), head=Tied(dim=3, vocabulary=5)),
    "characters": tags(Words(dim=2), GRU(units=2)),
    "characters by an lstm": tags(
        Words(dim=2, characters={"length": 5, "dim": 2, "layers": [{"lstm": 2}]}), GRU(units=2)
    ),
    "subwords": tags(Words(dim=2, subwords={"buckets": 50}), GRU(units=2)),
    "convolution": tags(Embedding(dim=3), Conv(filters=4, width=3, activation="mish")),
}


def traced(model: Architecture, weights: Weights, inputs: np.ndarray) -> tuple[Traced, Any]:
    engine = Traced(model, weights)
    return engine, engine.outputs(inputs)


def assert_is_slope(loss: Any, weights: Weights, gradients: Weights, seed: int = 0) -> None:
    """Each weight moved a little in a random direction changes the loss as its gradient says."""
    generator, size = np.random.default_rng(seed), 1e-5
    for name, array in weights.items():
        direction = generator.normal(size=array.shape)
        slope = (
            loss(weights | {name: array + size * direction})
            - loss(weights | {name: array - size * direction})
        ) / (2 * size)
        assert (gradients[name] * direction).sum() == pytest.approx(slope, rel=1e-4, abs=1e-6), name


def doubles(weights: Weights) -> Weights:
    return {name: array.astype(np.float64) for name, array in weights.items()}


@pytest.mark.parametrize("name", ANY)
def test_backward_gives_the_slope_of_each_weight(name: str) -> None:
    model = ANY[name]
    weights, inputs = doubles(random_weights(model, 0)), random_inputs(model, 0, 4)
    engine, outputs = traced(model, weights, inputs)
    np.testing.assert_allclose(
        outputs.value, Engine(model, random_weights(model, 0)).outputs(inputs), atol=1e-5
    )
    share = np.random.default_rng(1).normal(size=outputs.shape)
    assert {array.dtype for array in backward(engine, outputs, share).weights.values()} == {
        np.dtype(np.float64)
    }
    assert_is_slope(
        lambda moved: (traced(model, moved, inputs)[1].value * share).sum(),
        weights,
        backward(engine, outputs, share).weights,
    )


@pytest.mark.parametrize("score", [None, "additive", "multiplicative"])
def test_backward_reaches_the_encoder(score: Any) -> None:
    model = encoder_decoder([GRU(units=3, bidirectional=True)], [LSTM(units=6)], score)
    weights, source, target = doubles(random_weights(model, 0)), sources(0, 3, 4), targets(0, 3, 5)

    def answer(moved: Weights) -> tuple[Traced, Any]:
        engine = Traced(model, moved)
        return engine, engine.step(target, engine.init_state(3, source))[0]

    engine, outputs = answer(weights)
    share = np.random.default_rng(1).normal(size=outputs.shape)
    gradients = backward(engine, outputs, share)
    assert_is_slope(
        lambda moved: (answer(moved)[1].value * share).sum(), weights, gradients.weights
    )
    assert len(gradients.calls) == 2
    assert gradients.calls[0][1].states["backward"][0].any()
    engine, outputs = answer(weights)
    alone = backward_to_states(engine, (outputs * share).sum())
    for call, of_states in zip(gradients.calls, alone, strict=True):
        assert [one.states.keys() for one in call] == [states.keys() for states in of_states]
        for one, states in zip(call, of_states, strict=True):
            for name, arrays in one.states.items():
                for expected, found in zip(arrays, states[name], strict=True):
                    np.testing.assert_array_equal(found, expected)


EVERYTHING = architecture(
    Embedding(dim=3),
    LSTM(units=4, bidirectional=True),
    Dense(units=4, activation="selu"),
    GRU(units=3),
    SimpleRNN(units=3),
    MinGRU(units=4),
    Pool(mode="attention"),
    timesteps=None,
    padded=True,
)


def test_backward_is_keras() -> None:
    """In single precision, of texts of unequal length."""
    tensorflow = pytest.importorskip("tensorflow")
    import keras

    if keras.backend.backend() != "tensorflow":
        pytest.skip("keras records no gradients of its own")
    weights, inputs = random_weights(EVERYTHING, 0), random_inputs(EVERYTHING, 0, 5)
    engine, outputs = traced(EVERYTHING, weights, inputs)
    loss = -np.log(np.exp(outputs[:, 0]) / np.exp(outputs).sum(axis=-1)).mean()
    built = keras_model(EVERYTHING, weights)
    with tensorflow.GradientTape() as tape:
        answer = built(inputs)
        expected = tensorflow.reduce_mean(-tensorflow.nn.log_softmax(answer)[:, 0])
    assert float(loss.value) == pytest.approx(float(expected), abs=1e-6)
    from rnnkit.models.build import variables

    places = variables(built, EVERYTHING)
    gradients = backward(engine, loss).weights
    assert places.keys() == gradients.keys()
    for name, found in zip(places, tape.gradient(expected, list(places.values())), strict=True):
        right = tensorflow.convert_to_tensor(found).numpy()
        scale = float(np.abs(right).max())
        assert scale > 0
        np.testing.assert_allclose(gradients[name], right, atol=1e-5 * max(scale, 1e-2))


@pytest.mark.parametrize("kind", [*EVERY_RECURRENT, Odd])
def test_backward_to_a_step_is_back_to_the_start_of_what_follows(kind: type[RecurrentSpec]) -> None:
    model = architecture(Numeric(), kind(units=3), timesteps=None)
    name = model.layers[1].name
    weights, x = random_weights(model, 0), random_inputs(model, 0, 2, timesteps=7)
    whole, answer = traced(model, weights, x)
    share = np.random.default_rng(1).normal(size=answer.shape)
    states = backward(whole, answer, share).layer(name).states[""]
    engine = Traced(model, weights)
    _, middle = engine.step(x[:, :4], {name: tuple(np.zeros((2, 3)) for _ in states)})
    rest = Traced(model, weights)
    state = {name: tuple(array.value for array in middle[name])}  # type: ignore[attr-defined]
    answer, _ = rest.step(x[:, 4:], state)
    # of h alone: the cell state of a step changes the loss by that step's h, too
    start = backward(rest, answer[:, -1], share).layer(name).start[""][0]
    np.testing.assert_allclose(states[0][:, 3], start, rtol=1e-4, atol=1e-6)


def test_backward_in_the_padding_is_zero_even_where_a_state_would_overflow() -> None:
    spec = SimpleRNN(units=2, activation="relu")
    model = architecture(OneHot(), spec, timesteps=None, padded=True)
    weights = random_weights(model, 0, 20, 30)
    inputs = np.pad(np.array([[1, 2, 3], [4, 0, 0]], np.int32), ((0, 0), (0, 60)))
    engine, outputs = traced(model, {name: abs(array) for name, array in weights.items()}, inputs)
    (dh,) = backward(engine, outputs, np.ones(outputs.shape)).layer("simple_rnn").states[""]
    assert np.isfinite(dh).all()
    assert dh[0, :3].all()
    assert dh[1, :1].all()
    assert not dh[0, 3:].any()
    assert not dh[1, 1:].any()


def test_traced_features_stand_in_for_the_embedding() -> None:
    model = ANY["pool mean"]
    weights, inputs = random_weights(model, 0), random_inputs(model, 0, 2)
    features = weights["embedding/embeddings"][inputs] / 2
    engine = Traced(model, weights, features=features)
    outputs = engine.outputs(inputs)
    gradients = backward(engine, outputs, np.ones(outputs.shape))
    kernel = weights["logits/kernel"].sum(axis=1)
    np.testing.assert_allclose(
        gradients.layer("embedding").outputs, np.tile(kernel / 5, (2, 5, 1)), rtol=1e-5
    )
    assert not gradients.weights["embedding/embeddings"].any()


class SortingCell(OddCell):
    """What has no derivative here."""

    def step(self, xp: Any, projected: Any, state: Any, weights: Any, spec: Odd) -> Any:
        h, *rest = super().step(xp, projected, state, weights, spec)[1]
        return xp.sort(h), (xp.sort(h), *rest)


class Sorting(RecurrentSpec):
    """Of this file alone."""

    cell = SortingCell()


def test_backward_names_the_layer_and_the_function_without_a_derivative() -> None:
    model = architecture(Embedding(dim=3), LSTM(units=3), Sorting(units=2), Dense(units=2))
    engine, outputs = traced(model, random_weights(model, 0), random_inputs(model, 0, 2))
    with pytest.raises(RnnkitError, match=r"[Ss]orting.*sort"):
        backward(engine, outputs)
