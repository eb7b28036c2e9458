"""Random models for the tests: every kind of layer in every place where it can stand, with weights
well away from zero.
"""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from rnnkit.architecture import (
    PADDING,
    Architecture,
    InputSpec,
    Interface,
    LayerSpec,
    Shape,
    resolve,
)
from rnnkit.cells.gru import GRU
from rnnkit.cells.keras_cell import KerasRecurrentSpec
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.recurrent import RecurrentSpec
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.engine.forward import Engine
from rnnkit.kernels import Precision
from rnnkit.models.activations import Activation
from rnnkit.models.build import build_model, set_weights
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool
from rnnkit.registry import LAYERS, lookup

ACTIVATIONS: tuple[Any, ...] = get_args(Activation)
BOUNDED: tuple[Any, ...] = ("hard_sigmoid", "hard_tanh", "sigmoid", "softmax", "softsign", "tanh")
"""Activations that saturate: with large weights they stay where single precision is good for
comparisons.
"""
MODES: tuple[Any, ...] = ("last", "mean", "max", "attention")
RECURRENT: tuple[type[KerasRecurrentSpec], ...] = (SimpleRNN, LSTM, GRU)
"""The recurrent layers that keras has."""
EVERY_RECURRENT: tuple[type[RecurrentSpec], ...] = tuple(
    spec for spec in (lookup("layer", name) for name in LAYERS) if issubclass(spec, RecurrentSpec)
)

Weights = dict[str, np.ndarray]


def examples(one_in: int = 1) -> settings:
    """The profile's number of drawn models, or one in so many where each costs keras a model."""
    return settings(
        max_examples=max(2, settings().max_examples // one_in),
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )


def known(shape: Shape) -> list[int]:
    """A shape without unknown sizes."""
    assert None not in shape
    return [size for size in shape if size is not None]


def architecture(
    first: InputSpec,
    *body: LayerSpec,
    timesteps: int | None = 5,
    features: int = 5,
    outputs: int = 4,
    padded: bool = False,
) -> Architecture:
    """A small model: the input, the layers, and a head called "logits"."""
    head = {"logits": Dense(units=outputs)}
    return resolve(
        "model",
        first,
        body,
        head,
        Interface(timesteps=timesteps, features=features, sequence_output=False, padded=padded),
    )


def random_weights(
    architecture: Architecture, seed: int, low: float = 0.3, high: float = 1.0
) -> Weights:
    """Every weight between `low` and `high` in size, of either sign: none is so near to zero that
    leaving it out would pass, and none so small that a stack forgets its input."""
    generator = np.random.default_rng(seed)
    return {
        name: (
            (
                generator.uniform(low, high, known(shape)) * generator.choice([-1, 1], known(shape))
            ).astype(np.float32)
        )
        for name, shape in architecture.weight_shapes().items()
    }


def random_inputs(
    architecture: Architecture, seed: int, batch: int, timesteps: int = 5
) -> np.ndarray:
    """Token ids or numbers, as the model takes them; `timesteps` where the model leaves them open.

    Where it is padded, the texts are of unequal length: the first fills the whole width, the second
    is a single token.
    """
    generator = np.random.default_rng(seed)
    shape = known((batch, architecture.input_shape[0] or timesteps, *architecture.input_shape[1:]))
    if architecture.padded:
        tokens = generator.integers(1, architecture.layers[0].inputs[1], shape).astype(np.int32)
        lengths = np.array([shape[1], 1, *generator.integers(1, shape[1] + 1, batch)])[:batch]
        is_step = np.arange(shape[1]) < lengths[:, None]
        if len(shape) > 2:  # words with their characters or subwords
            lowest = max(1, shape[2] - 2)
            tokens[..., 1:] %= 200
            ends = generator.integers(1, lowest + 1, (*shape[:2], 1))
            tokens = np.where(np.arange(shape[2]) <= ends, tokens, PADDING)
            is_step = is_step[..., None]
        return np.where(is_step, tokens, PADDING).astype(np.int32)
    if architecture.input_dtype == "int32":
        return generator.integers(0, architecture.layers[0].inputs[1], shape).astype(np.int32)
    return generator.normal(0, 1, shape).astype(np.float32)


def keras_model(architecture: Architecture, weights: Weights) -> Any:
    """A keras.Model with these weights."""
    model = build_model(architecture)
    set_weights(model, architecture, weights)
    return model


def keras_logits(architecture: Architecture, weights: Weights, inputs: np.ndarray) -> np.ndarray:
    """What keras answers."""
    from keras import ops

    return ops.convert_to_numpy(keras_model(architecture, weights)(inputs))


def assert_engine_is_keras(
    architecture: Architecture, weights: Weights, *batches: np.ndarray
) -> None:
    """Logits within 1e-5; where they are larger than 1, within 1e-5 of the largest, because single
    precision has no more digits.
    """
    from keras import ops

    model, engine = keras_model(architecture, weights), Engine(architecture, weights)
    for inputs in batches:
        expected = ops.convert_to_numpy(model(inputs))
        found = engine.outputs(inputs)
        assert found.shape == expected.shape
        assert found.dtype == np.float32
        assert np.isfinite(expected).all()
        np.testing.assert_allclose(
            found, expected, rtol=0, atol=1e-5 * max(1.0, float(np.abs(expected).max()))
        )


def assert_engine_is_keras_at_each_step(
    architecture: Architecture, weights: Weights, *batches: np.ndarray
) -> None:
    """The same of a model that answers at every step, where the step is no padding."""
    model, engine = keras_model(architecture, weights), Engine(architecture, weights)
    for inputs in batches:
        real = np.asarray(architecture.token_ids(inputs)) != PADDING
        expected, found = np.asarray(model(inputs))[real], engine.outputs(inputs)[real]
        assert found.dtype == np.float32
        np.testing.assert_allclose(
            found, expected, rtol=0, atol=1e-5 * max(1.0, float(np.abs(expected).max()))
        )


def is_well_conditioned(
    architecture: Architecture, weights: Weights, inputs: np.ndarray, states: Any = None
) -> bool:
    """Whether the last binary digit of the weights does not decide the answer (large weights can
    make a recurrent model chaotic), and no number on the way to it is infinite; of a stream's from
    its states on.
    """

    def outputs(own: Weights) -> np.ndarray:
        engine = Engine(architecture, own)
        return engine.outputs(inputs) if states is None else engine.step(inputs, states)[0]

    generator = np.random.default_rng(0)
    try:
        with np.errstate(over="raise", invalid="raise"):
            answer = outputs(weights)
    except FloatingPointError:
        return False
    if not np.isfinite(answer).all():
        return False
    with np.errstate(all="ignore"):
        tolerance = 1e-6 * max(1.0, float(np.abs(answer).max()))
        for _ in range(3):
            nudged = {
                name: np.nextafter(
                    array, array + generator.choice([-1, 1], array.shape).astype(np.float32)
                )
                for name, array in weights.items()
            }
            if not np.abs(outputs(nudged) - answer).max() <= tolerance:
                return False
    return True


def wider(inputs: np.ndarray, columns: int) -> np.ndarray:
    """The same texts with further columns of padding."""
    return np.pad(inputs, ((0, 0), (0, columns)), constant_values=PADDING)


@st.composite
def recurrent_layers(
    draw: st.DrawFn, activations: st.SearchStrategy[Any], unrolled: st.SearchStrategy[bool]
) -> RecurrentSpec:
    kind = draw(st.sampled_from(EVERY_RECURRENT))
    settings: dict[str, Any] = {
        "units": draw(st.integers(2, 5)),
        "activation": draw(activations),
        "recurrent_activation": draw(activations),
        "bidirectional": draw(st.booleans()),
        "unroll": draw(unrolled),
        "dropout": draw(st.sampled_from([0.0, 0.3])),
        "recurrent_dropout": draw(st.sampled_from([0.0, 0.3])),
    }
    return kind(**{name: value for name, value in settings.items() if name in kind.model_fields})


@st.composite
def architectures(
    draw: st.DrawFn, names: tuple[Any, ...] = ACTIVATIONS, padded: bool = False
) -> Architecture:
    """Any input, one to three recurrent layers with dense and dropout between, any pool or none,
    dense and dropout after.

    Args:
        names: Activations.
        padded: Whether it takes texts of unequal length, padded at their end, of any width.
    """
    unrolled = st.just(False) if padded else st.booleans()  # keras unrolls a known number of steps
    activations = st.sampled_from(names)
    dense = st.builds(Dense, units=st.integers(2, 5), activation=activations)
    between: st.SearchStrategy[list[Any]] = st.lists(
        dense | st.builds(Dropout, rate=st.just(0.5)), max_size=1
    )
    body: list[LayerSpec] = draw(between)
    for _ in range(draw(st.integers(1, 3))):
        body += [draw(recurrent_layers(activations, unrolled)), *draw(between)]
    pools: st.SearchStrategy[list[Any]] = st.just([]) | st.sampled_from(MODES).map(
        lambda mode: [Pool(mode=mode)]
    )
    body += draw(pools) + draw(between)
    tokens: st.SearchStrategy[Any] = st.builds(Embedding, dim=st.integers(2, 5)) | st.just(OneHot())
    first = draw(tokens if padded else tokens | st.just(Numeric()))
    timesteps = None if padded else draw(st.integers(1, 6))
    return architecture(
        first,
        *body,
        timesteps=timesteps,
        features=draw(st.integers(2, 7)),
        outputs=draw(st.integers(1, 6)),
        padded=padded,
    )


def rounded(array: np.ndarray, precision: Precision) -> np.ndarray:
    """The nearest number with eight digits in base 2, of two as near the one whose last is even; or
    the nearest of 127 steps up to the largest of a column.
    """
    if precision == "int8":
        steps = np.abs(array).max(axis=0) / np.float32(127)
        whole: np.ndarray = np.rint(array / np.where(steps == 0, 1, steps)) * steps
        return whole
    fraction, exponent = np.frexp(array.astype(np.float64))
    return np.ldexp(np.rint(fraction * 256), exponent - 8).astype(np.float32)
