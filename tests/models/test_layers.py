"""What every layer declares without keras, held against what keras makes of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnkit.architecture import Architecture, InputSpec, LayerSpec
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.min_gru import MinGRU
from rnnkit.cells.min_lstm import MinLSTM
from rnnkit.cells.peephole_lstm import PeepholeLSTM
from rnnkit.cells.recurrent import RecurrentSpec
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.models.build import build_model, get_weights
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool
from rnnkit.registry import INPUTS, LAYERS
from tests.helpers.random_models import MODES, RECURRENT, architecture

INPUT_CASES: dict[str, InputSpec] = {
    "embedding": Embedding(dim=3),
    "none": Numeric(),
    "one_hot": OneHot(),
}


def trained(kind: type[RecurrentSpec]) -> list[LayerSpec]:
    """With what matters to a training only, either way."""
    return [
        kind(units=4, weight_drop=0.2, activation_l2=1.0, slowness_l2=1.0, bidirectional=both)
        for both in (False, True)
    ]


CASES: dict[str, list[LayerSpec]] = {
    "dense": [Dense(units=4), Dense(units=4, activation="relu")],
    "dropout": [Dropout(rate=0.5)],
    "gru": [
        GRU(units=4),
        GRU(units=4, bidirectional=True),
        GRU(units=4, unroll=True, recurrent_dropout=0.2),
        *trained(GRU),
    ],
    "lstm": [
        LSTM(units=4),
        LSTM(units=4, bidirectional=True),
        LSTM(units=4, unroll=True, recurrent_dropout=0.2),
        *trained(LSTM),
    ],
    "min_gru": [MinGRU(units=4), MinGRU(units=4, bidirectional=True, slowness_l2=1.0)],
    "min_lstm": [MinLSTM(units=4), MinLSTM(units=4, bidirectional=True, slowness_l2=1.0)],
    "peephole_lstm": [PeepholeLSTM(units=4), PeepholeLSTM(units=4, bidirectional=True)],
    "pool": [Pool(mode=mode) for mode in MODES],
    "simple_rnn": [
        SimpleRNN(units=4),
        SimpleRNN(units=4, bidirectional=True),
        SimpleRNN(units=4, unroll=True, recurrent_dropout=0.2),
        *trained(SimpleRNN),
    ],
}
ALL = [(kind, spec) for kind, specs in CASES.items() for spec in specs]


def readable(path: str) -> str:
    """Keras' path of a weight in the words of a run's weights.npz."""
    parts = path.split("/")
    way = next(
        (
            f"{way}/"
            for way in ("forward", "backward")
            if any(part == way or part.startswith(f"{way}_") for part in parts)
        ),
        "",
    )
    return way + ("score" if "score" in parts else parts[-1])


def assert_declared_as_keras_has_it(model: Architecture) -> None:
    built = build_model(model)
    assert [layer.name for layer in built.layers] == [
        "inputs",
        *(layer.name for layer in model.layers),
    ]
    assert built.input_shape == (None, *model.input_shape)
    assert built.inputs[0].dtype == model.input_dtype
    assert built.output_shape == (None, *model.output_shape)
    for layer in model.layers:
        made = built.get_layer(layer.name)
        assert layer.weights is not None
        variables = layer.spec.variables(made)
        assert [(readable(variable.path), tuple(variable.shape)) for variable in variables] == [
            *layer.weights.items()
        ]
        assert made.output.shape == (None, *layer.outputs)
        assert layer.parameters == made.count_params()
    assert sum(layer.parameters or 0 for layer in model.layers) == built.count_params()


def test_layers_each_have_a_case_here() -> None:
    assert sorted([*CASES, "conv"]) == sorted(LAYERS)  # conv leaves a sequence: layers/test_conv.py
    assert sorted([*INPUT_CASES, "words"]) == sorted(INPUTS)  # words: test_words.py


@pytest.mark.parametrize("kind", INPUT_CASES)
def test_layer_spec_inputs_are_as_keras_has_them(kind: str) -> None:
    model = architecture(INPUT_CASES[kind], GRU(units=2), timesteps=6, features=7)
    assert model.layers[0].kind == kind
    assert model.layers[0].name == {"none": "numbers"}.get(kind, kind)
    assert model.input_shape == ((6, 7) if kind == "none" else (6,))
    assert_declared_as_keras_has_it(model)


@pytest.mark.parametrize(
    ("kind", "spec"), ALL, ids=[f"{kind}-{number}" for number, (kind, _) in enumerate(ALL)]
)
def test_layer_spec_shapes_and_weights_are_as_keras_has_them(kind: str, spec: LayerSpec) -> None:
    """First where a later layer reads along time, so that a sequence comes out, then last, so that
    one vector does.
    """
    if kind != "pool":
        as_sequence = architecture(Embedding(dim=3), spec, LSTM(units=2), timesteps=6)
        assert as_sequence.layers[1].kind == kind
        assert as_sequence.layers[1].outputs[0] == 6
        assert_declared_as_keras_has_it(as_sequence)
    before = [] if spec.consumes_sequence else [LSTM(units=2)]
    as_vector = architecture(Embedding(dim=3), *before, spec, timesteps=6)
    assert len(as_vector.layers[-2].outputs) == 1
    assert_declared_as_keras_has_it(as_vector)


@pytest.mark.parametrize("kind", RECURRENT)
def test_layer_spec_padded_has_the_same_weights(kind: type[RecurrentSpec]) -> None:
    """Names, shapes and order, also where each way's steps are turned once more, so that keras' own
    order is another.
    """
    body = [
        kind(units=4, bidirectional=True),
        kind(units=3),
        Pool(mode="attention"),
    ]
    plain = architecture(Embedding(dim=3), *body, timesteps=None)
    padded = architecture(Embedding(dim=3), *body, timesteps=None, padded=True)
    built = build_model(padded)
    for layer in padded.layers:
        assert [
            readable(variable.path)
            for variable in layer.spec.variables(built.get_layer(layer.name))
        ] == list(layer.weights or {})
        assert layer.parameters == built.get_layer(layer.name).count_params()
    of_plain, of_padded = (get_weights(build_model(model), model) for model in (plain, padded))
    assert [(name, array.shape) for name, array in of_padded.items()] == [
        (name, array.shape) for name, array in of_plain.items()
    ]


@pytest.mark.parametrize("kind", RECURRENT)
def test_recurrent_spec_passes_its_settings_to_keras(kind: type[RecurrentSpec]) -> None:
    """Every key of the config is the keras layer's argument of the same name."""
    settings: dict[str, Any] = {
        "activation": "softsign",
        "dropout": 0.1,
        "recurrent_dropout": 0.2,
        "unroll": True,
    }
    if kind is not SimpleRNN:
        settings["recurrent_activation"] = "hard_sigmoid"
    if kind is LSTM:
        settings["unit_forget_bias"] = False
    config = (
        build_model(architecture(Embedding(dim=3), kind(units=4, **settings)))
        .layers[2]
        .get_config()
    )
    assert {name: config[name] for name in settings} == settings
    assert (
        config["units"],
        config["use_bias"],
        config["return_sequences"],
        config.get("reset_after", True),
    ) == (4, True, False, True)


@pytest.mark.parametrize("kind", RECURRENT)
def test_recurrent_spec_initializers_reach_each_weight(kind: type[RecurrentSpec]) -> None:
    from rnnkit.models.initializers import Constant, Identity, Ones

    spec = kind(
        units=2,
        bidirectional=True,
        kernel_initializer=Constant(value=3),
        recurrent_initializer=Ones() if kind is not SimpleRNN else Identity(gain=5),
        bias_initializer=Constant(value=7),
    )
    weights = {
        readable(weight.path): np.asarray(weight)
        for weight in build_model(architecture(OneHot(), spec)).layers[2].weights
    }
    ways = ("forward/", "backward/")
    assert set(weights) == {
        f"{way}{name}" for way in ways for name in ("kernel", "recurrent_kernel", "bias")
    }
    for way in ways:
        assert (weights[f"{way}kernel"] == 3).all()
        assert weights[f"{way}recurrent_kernel"].tolist() == (
            [[5, 0], [0, 5]] if kind is SimpleRNN else np.ones((2, 2 * _gates(kind))).tolist()
        )
        bias = weights[f"{way}bias"]
        # the forget gate's, by unit_forget_bias
        assert (bias[2:4] == 1).all() if kind is LSTM else (bias == 7).all()
        assert kind is not LSTM or (bias[[0, 1, 4, 5, 6, 7]] == 7).all()


def _gates(kind: type[RecurrentSpec]) -> int:
    return {SimpleRNN: 1, GRU: 3, LSTM: 4}[kind]


@pytest.mark.parametrize(("drop", "axes"), [("numbers", ()), ("features", (1,)), ("steps", (2,))])
def test_dropout_of_a_sequence_by_its_axes(drop: Any, axes: tuple[int, ...]) -> None:
    """Single numbers, the same features at every step, or whole steps: along `axes` all is dropped
    or nothing.
    """
    model = build_model(
        architecture(
            Numeric(), Dropout(rate=0.25, drop=drop), Pool(mode="last"), timesteps=30, features=30
        )
    )
    kept = (
        np.asarray(model.get_layer("dropout")(np.ones((30, 30, 30), np.float32), training=True)) > 0
    )
    for axis in (1, 2):
        assert (kept.all(axis=axis) == kept.any(axis=axis)).all() == (axis in axes)
    assert kept.mean() == pytest.approx(0.75, abs=0.07)
    assert (kept[0] != kept[1]).any()  # each row of the batch has a mask of its own


@pytest.mark.parametrize("drop", ["features", "steps"])
def test_dropout_of_a_vector_drops_numbers(drop: Any) -> None:
    model = build_model(architecture(Embedding(dim=3), GRU(units=40), Dropout(rate=0.5, drop=drop)))
    kept = np.asarray(model.get_layer("dropout")(np.ones((4, 40), np.float32), training=True)) > 0
    assert kept.any(axis=1).all()
    assert not kept.all(axis=1).any()


# DESIGN.md's known counts, by name of the layer and of the whole model.
COUNTS: dict[str, tuple[list[LayerSpec], dict[str, int], int]] = {
    "imdb": (
        [SimpleRNN(units=32)],
        {"embedding": 320_000, "simple_rnn": 2_080, "logits": 33},
        322_113,
    ),
    "one unit": ([SimpleRNN(units=1)], {"simple_rnn": 34, "logits": 2}, 320_036),
    "lstm": ([LSTM(units=32)], {"lstm": 8_320, "logits": 33}, 328_353),
    # 3 (32 * 32 + 32 * 32 + 2 * 32): two biases, because the reset gate comes after the product
    "gru": ([GRU(units=32)], {"gru": 6_336, "logits": 33}, 326_369),
    # 2 (32 * 32 + 32) and 3 (32 * 32 + 32): no weight reads the state
    "min_gru": ([MinGRU(units=32)], {"min_gru": 2_112, "logits": 33}, 322_145),
    "min_lstm": ([MinLSTM(units=32)], {"min_lstm": 3_168, "logits": 33}, 323_201),
    # 3 * 32 more than an LSTM
    "peephole": ([PeepholeLSTM(units=32)], {"peephole_lstm": 8_416, "logits": 33}, 328_449),
    # twice an LSTM, whose 64 outputs the head reads
    "both ways": ([LSTM(units=32, bidirectional=True)], {"lstm": 16_640, "logits": 65}, 336_705),
}


@pytest.mark.parametrize("case", COUNTS)
def test_layer_parameters_of_known_counts(case: str) -> None:
    body, by_layer, total = COUNTS[case]
    model = architecture(Embedding(dim=32), *body, timesteps=4, features=10_000, outputs=1)
    assert {
        layer.name: layer.parameters for layer in model.layers if layer.name in by_layer
    } == by_layer
    assert sum(layer.parameters or 0 for layer in model.layers) == total
    built = build_model(model)
    assert {name: built.get_layer(name).count_params() for name in by_layer} == by_layer
    assert built.count_params() == total
