from __future__ import annotations

from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from rnnkit.architecture import (
    Architecture,
    InputSpec,
    Layer,
    LayerSpec,
    Shape,
    ShapeMistake,
    resolve,
)
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.config import load_config
from rnnkit.data.encode.labels import Labels
from rnnkit.models.layers.condition import Condition
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool
from rnnkit.models.layers.tied import Tied
from rnnkit.names import find_config
from rnnkit.registry import LAYERS, lookup


def architecture(
    *body: LayerSpec,
    first: InputSpec | None = None,
    units: int = 1,
    timesteps: int | None = 5,
    features: int | None = 10,
    sequence_output: bool = False,
    padded: bool = False,
) -> Architecture:
    return resolve(
        "test",
        first or Embedding(dim=32),
        list(body),
        {"logits": Dense(units=units)},
        timesteps=timesteps,
        features=features,
        sequence_output=sequence_output,
        padded=padded,
    )


def parameters(spec: LayerSpec, *inputs: int) -> int | None:
    return Layer("x", "x", spec, inputs, (), False).parameters


@pytest.mark.parametrize(
    ("spec", "inputs", "count"),
    [
        (Embedding(dim=32), (500, 10_000), 320_000),
        (SimpleRNN(units=32), (500, 32), 2_080),
        (LSTM(units=32), (500, 32), 8_320),
        (Dense(units=1), (32,), 33),
        (SimpleRNN(units=1), (500, 32), 34),
        (GRU(units=32), (500, 32), 3 * (32 * 32 + 32 * 32 + 2 * 32)),
        (SimpleRNN(units=32, bidirectional=True), (500, 32), 2 * 2_080),
        (LSTM(units=32, bidirectional=True), (500, 32), 2 * 8_320),
        (Pool(mode="attention"), (500, 32), 32 * 32 + 32 + 32),
        (Pool(mode="max"), (500, 32), 0),
        (Dropout(rate=0.5), (500, 32), 0),
        (OneHot(), (500, 10_000), 0),
        (Numeric(), (500, 3), 0),
    ],
)
def test_parameter_counts(spec: LayerSpec, inputs: tuple[int, ...], count: int) -> None:
    assert parameters(spec, *inputs) == count


def test_the_imdb_model_has_322_113_parameters() -> None:
    imdb = architecture(SimpleRNN(units=32), timesteps=500, features=10_000)
    assert [layer.parameters for layer in imdb.layers] == [320_000, 2_080, 33]
    assert sum(layer.parameters or 0 for layer in imdb.layers) == 322_113


def test_shapes_go_from_layer_to_layer() -> None:
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


@pytest.mark.parametrize(
    ("body", "sequences"),
    [
        ([LSTM(units=3)], [True, False, False]),
        ([LSTM(units=3), LSTM(units=3)], [True, True, False, False]),
        (
            [LSTM(units=3), Dropout(rate=0.1), Dense(units=2), GRU(units=3)],
            [True, True, True, True, False, False],
        ),
        ([SimpleRNN(units=3), Pool(mode="last")], [True, True, False, False]),
        ([Pool(mode="mean"), Dense(units=2)], [True, False, False, False]),
    ],
)
def test_a_layer_returns_every_step_where_a_later_one_reads_along_time(
    body: list[LayerSpec], sequences: list[bool]
) -> None:
    assert [layer.sequence for layer in architecture(*body).layers] == sequences


def test_a_task_that_answers_at_every_step_keeps_the_sequence() -> None:
    found = architecture(LSTM(units=3), Dropout(rate=0.5), units=7, sequence_output=True)
    assert all(layer.sequence for layer in found.layers)
    assert found.output_shape == (5, 7)
    assert architecture(units=7, sequence_output=True).output_shape == (5, 7)


@pytest.mark.parametrize("length", [5, None])
@pytest.mark.parametrize(
    ("first", "features", "input_shape", "dtype", "width"),
    [
        (Embedding(dim=4), 10, (), "int32", 4),
        (OneHot(), 10, (), "int32", 10),
        (Numeric(), 3, (3,), "float32", 3),
    ],
)
def test_what_stands_first_decides_what_the_data_look_like(
    length: int | None, first: InputSpec, features: int, input_shape: Shape, dtype: str, width: int
) -> None:
    found = architecture(LSTM(units=2), first=first, features=features, timesteps=length)
    assert found.input_shape == (length, *input_shape)
    assert found.input_dtype == dtype
    assert found.layers[0].outputs == (length, width)
    assert found.weight_shapes()["lstm/kernel"] == (width, 8)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ([LSTM(units=1)], ["lstm"]),
        ([LSTM(units=1), LSTM(units=1)], ["lstm_1", "lstm_2"]),
        ([LSTM(units=1), GRU(units=1), LSTM(units=1)], ["lstm_1", "gru", "lstm_2"]),
        (
            [SimpleRNN(units=1), Dropout(rate=0.1), Dense(units=1), Dropout(rate=0.2)],
            ["simple_rnn", "dropout_1", "dense", "dropout_2"],
        ),
        (
            [LSTM(units=1), Pool(mode="max"), Dense(units=1), Dense(units=1)],
            ["lstm", "pool", "dense_1", "dense_2"],
        ),
    ],
)
def test_names_are_readable_and_numbered_only_where_needed(
    body: list[LayerSpec], names: list[str]
) -> None:
    assert [layer.name for layer in architecture(*body).layers] == ["embedding", *names, "logits"]


def test_weights_are_named_by_layer_in_keras_order() -> None:
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


@pytest.mark.parametrize(
    ("body", "index", "words"),
    [
        ([Pool(mode="max"), Pool(mode="max")], 1, "pool after pool"),
        ([Pool(mode="max"), LSTM(units=2)], 1, "lstm after pool"),
        ([LSTM(units=2), Pool(mode="max"), Dense(units=2), GRU(units=2)], 3, "gru after pool"),
        ([Dense(units=2)], None, "no layer turns the sequence into one vector"),
        ([], None, "no layer turns the sequence into one vector"),
    ],
)
def test_a_layer_that_cannot_stand_where_it_stands(
    body: list[LayerSpec], index: int | None, words: str
) -> None:
    with pytest.raises(ShapeMistake, match=words) as caught:
        architecture(*body)
    assert caught.value.index == index
    assert caught.value.exit_code == 2


def test_a_pool_before_a_head_that_answers_at_every_step() -> None:
    with pytest.raises(ShapeMistake, match="a pool leaves one vector") as caught:
        architecture(LSTM(units=2), Pool(mode="max"), sequence_output=True)
    assert caught.value.index == 1


class Unknown(LayerSpec):
    """A user's layer that says nothing of its weights."""

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return inputs

    def build(self, layer: Layer) -> Any:
        raise AssertionError("only shapes are asked for")


class Summary(LayerSpec):
    """A layer of somebody's own that reads along time and leaves one vector."""

    consumes_sequence: ClassVar[bool] = True

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return inputs[1:]

    def build(self, layer: Layer) -> Any:
        raise NotImplementedError


def test_a_layer_of_ones_own_that_leaves_one_vector_is_named() -> None:
    with pytest.raises(
        ShapeMistake, match=r"model\.layers\.1: .*Summary leaves one vector.*answers at every step"
    ) as caught:
        architecture(GRU(units=3), Summary(), Dense(units=2), sequence_output=True)
    assert caught.value.index == 1


# Streams


def tied(*body: LayerSpec, dim: int, vocabulary: int = 10, **options: Any) -> Architecture:
    head = {"logits": Tied(dim=dim, vocabulary=vocabulary)}
    options = {"timesteps": None, "features": vocabulary, "sequence_output": True} | options
    return resolve("test", Embedding(dim=dim), list(body), head, **options)


def test_a_tied_head_has_no_weights_of_its_own() -> None:
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


def test_a_tied_head_wants_the_size_of_the_embedding() -> None:
    with pytest.raises(ShapeMistake) as caught:
        tied(LSTM(units=7), dim=5)
    assert caught.value.index is None
    words = (
        "tied weights, but the last layer gives 7 numbers and the embedding has 5. Expected the"
        " same size. "
    )
    assert (
        str(caught.value)
        == f"model.layers: {words}Make them equal, or put `- dense` of that size last."
    )
    tied(LSTM(units=7), Dense(units=5), dim=5)


def test_what_each_layer_remembers() -> None:
    model = architecture(
        LSTM(units=4),
        Dense(units=3),
        GRU(units=2),
        Dropout(rate=0.1),
        SimpleRNN(units=5),
        sequence_output=True,
    )
    assert model.states() == {"lstm": ((4,), (4,)), "gru": ((2,),), "simple_rnn": ((5,),)}


def test_a_condition_makes_every_state() -> None:
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


def test_an_export_leaves_out_what_only_training_needs() -> None:
    model = architecture(
        LSTM(units=4, weight_drop=0.5, activation_l2=2.0, slowness_l2=1.0, dropout=0.25),
        sequence_output=True,
    )
    exported = model.for_export()
    assert exported.layers[1].spec == LSTM(units=4, dropout=0.25)
    assert exported.weight_shapes() == model.weight_shapes()
    assert model.layers[1].spec != LSTM(units=4, dropout=0.25)


def test_a_layer_whose_weights_only_keras_knows() -> None:
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


class Convolution(Unknown):
    """A user's layer that reads along time, as if every step were there."""

    consumes_sequence = True


class Heedful(Convolution):
    """One that heeds lengths."""

    def connect(self, layer: Layer, x: Any, lengths: Any) -> Any:
        raise AssertionError("only shapes are asked for")


def test_a_layer_that_would_read_the_padding() -> None:
    body = [Dropout(rate=0.1), Convolution(), LSTM(units=2)]
    with pytest.raises(
        ShapeMistake,
        match=(
            rf"{__name__}:Convolution reads along time, also over the padding.*connect.*mask: false"
        ),
    ) as caught:
        architecture(*body, padded=True)
    assert (caught.value.index, caught.value.exit_code) == (1, 2)
    assert not architecture(*body).padded
    found = architecture(Heedful(), Unknown(), LSTM(units=2), padded=True, timesteps=None)
    assert found.padded
    assert [layer.kind.split(":")[-1] for layer in found.layers] == [
        "embedding",
        "Heedful",
        "Unknown",
        "lstm",
        "dense",
    ]


def test_no_layer_of_ours_reads_the_padding() -> None:
    """Each that reads along time says how it heeds lengths."""
    for kind in LAYERS:
        spec = lookup("layer", kind)
        assert (spec.connect is not LayerSpec.connect) == spec.consumes_sequence, kind


def test_padding_changes_no_name_and_no_shape() -> None:
    body = [
        LSTM(units=3, bidirectional=True),
        GRU(units=2, bidirectional=True),
        Pool(mode="attention"),
        Dense(units=2),
    ]
    plain, padded = architecture(*body), architecture(*body, padded=True)
    assert padded.layers == plain.layers
    assert list(padded.weight_shapes().items()) == list(plain.weight_shapes().items())


@pytest.mark.parametrize(
    ("name", "vocabulary", "by_layer", "total"),
    [
        (
            "imdb_simple_rnn",
            10_000,
            {"embedding": 320_000, "simple_rnn": 2_080, "logits": 33},
            322_113,
        ),
        (
            "tweets_simple_rnn",
            5_000,
            {"embedding": 160_000, "simple_rnn": 34, "logits": 2},
            160_036,
        ),
    ],
)
def test_known_counts_of_the_shipped_configs(
    name: str, vocabulary: int, by_layer: dict[str, int], total: int
) -> None:
    """As many weights as the tutorials', with no data at hand: two labels have one logit."""
    config = load_config(find_config(name))
    codec = SimpleNamespace(
        features=vocabulary, labels=Labels(("no", "yes"), (1, 1), 2, several=False, thresholds=())
    )
    found = config.network(codec).architecture
    assert found.padded
    assert found.input_shape == (None,)
    assert {layer.name: layer.parameters for layer in found.layers} == by_layer
    assert sum(layer.parameters or 0 for layer in found.layers) == total
