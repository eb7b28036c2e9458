from __future__ import annotations

import pytest

from rnnkit.architecture import InputSpec, Shape
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.models.layers.condition import Condition
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.models.layers.one_hot import OneHot
from tests.architecture import Unknown, architecture, tied


def test_architecture_shapes_go_from_layer_to_layer() -> None:
    found = architecture(
        LSTM(units=7, bidirectional=True), Dense(units=6), GRU(units=4), Dropout(rate=0.1), units=10
    )
    assert [(layer.inputs, layer.outputs) for layer in found.layers] == [
        ((5, 10), (5, 32)),
        ((5, 32), (5, 14)),
        ((5, 14), (5, 6)),
        ((5, 6), (4,)),
        ((4,), (4,)),
        ((4,), (10,)),
    ]
    assert found.output_shape == (10,)
    assert (found.input_shape, found.input_dtype) == ((5,), "int32")


@pytest.mark.parametrize("length", [5, None])
@pytest.mark.parametrize(
    ("first", "features", "input_shape", "dtype", "width"),
    [
        (Embedding(dim=4), 10, (), "int32", 4),
        (OneHot(), 10, (), "int32", 10),
        (Numeric(), 3, (3,), "float32", 3),
    ],
)
def test_input_shape_and_dtype_are_those_of_the_first_layer(
    length: int | None, first: InputSpec, features: int, input_shape: Shape, dtype: str, width: int
) -> None:
    found = architecture(LSTM(units=2), first=first, features=features, timesteps=length)
    assert found.input_shape == (length, *input_shape)
    assert found.input_dtype == dtype
    assert found.layers[0].outputs == (length, width)
    assert found.weight_shapes()["lstm/kernel"] == (width, 8)


def test_weight_shapes_are_named_by_layer_in_keras_order() -> None:
    assert architecture(SimpleRNN(units=2), GRU(units=3, bidirectional=True)).weight_shapes() == {
        "embedding/embeddings": (10, 32),
        "simple_rnn/kernel": (32, 2),
        "simple_rnn/recurrent_kernel": (2, 2),
        "simple_rnn/bias": (2,),
        "gru/forward/kernel": (2, 9),
        "gru/forward/recurrent_kernel": (3, 9),
        "gru/forward/bias": (2, 9),
        "gru/backward/kernel": (2, 9),
        "gru/backward/recurrent_kernel": (3, 9),
        "gru/backward/bias": (2, 9),
        "logits/kernel": (6, 1),
        "logits/bias": (1,),
    }


def test_weight_shapes_of_a_tied_head_are_the_embeddings() -> None:
    """10,000 tokens of 32 numbers and LSTM(32): 320,000 + 8,320."""
    model = tied(LSTM(units=32), dim=32, vocabulary=10_000)
    assert [(layer.name, layer.kind, layer.ties, layer.parameters) for layer in model.layers] == [
        ("embedding", "embedding", None, 320_000),
        ("lstm", "lstm", None, 8_320),
        ("logits", "tied", "embedding", 0),
    ]
    assert model.output_shape == (None, 10_000)
    assert list(model.weight_shapes()) == [
        "embedding/embeddings",
        "lstm/kernel",
        "lstm/recurrent_kernel",
        "lstm/bias",
    ]
    assert tied(LSTM(units=32), dim=32, timesteps=5, sequence_output=False).output_shape == (10,)


def test_states_are_those_of_each_recurrent_layer() -> None:
    model = architecture(
        LSTM(units=4),
        Dense(units=3),
        GRU(units=2),
        Dropout(rate=0.1),
        SimpleRNN(units=5),
        sequence_output=True,
    )
    assert model.states() == {"lstm": ((4,), (4,)), "gru": ((2,),), "simple_rnn": ((5,),)}


def test_with_condition_gives_every_state() -> None:
    model = architecture(LSTM(units=4), GRU(units=2), sequence_output=True)
    conditioned = model.with_condition(7, Condition)
    assert conditioned.condition is not None
    assert conditioned.condition.parameters == 2 * (7 * 4 + 4) + 7 * 2 + 2
    names = [f"condition/{index}/{name}" for index in range(3) for name in ("kernel", "bias")]
    assert list(conditioned.weight_shapes()) == [*model.weight_shapes(), *names]
    assert [conditioned.weight_shapes()[name] for name in names] == [
        (7, 4),
        (4,),
        (7, 4),
        (4,),
        (7, 2),
        (2,),
    ]
    assert [layer.name for layer in conditioned.all_layers] == [
        *(layer.name for layer in model.layers),
        "condition",
    ]
    assert model.all_layers == model.layers


def test_for_export_drops_what_only_training_needs() -> None:
    model = architecture(
        LSTM(units=4, weight_drop=0.5, activation_l2=2.0, slowness_l2=1.0, dropout=0.25),
        Dropout(rate=0.5),
        sequence_output=True,
    )
    exported = model.for_export()
    assert [layer.spec for layer in exported.layers[1:3]] == [LSTM(units=4), Dropout(rate=0.0)]
    assert exported.weight_shapes() == model.weight_shapes()
    assert model.layers[1].spec != LSTM(units=4)


def test_weight_shapes_omit_a_layer_that_declares_none() -> None:
    found = architecture(Unknown(), LSTM(units=2))
    assert found.layers[1].parameters is None
    assert [name.split("/")[0] for name in found.weight_shapes()] == [
        "embedding",
        "lstm",
        "lstm",
        "lstm",
        "logits",
        "logits",
    ]
