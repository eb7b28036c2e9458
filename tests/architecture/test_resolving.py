from __future__ import annotations

from typing import Any, ClassVar

import pytest

from rnnkit.architecture import Layer, LayerSpec, Shape, ShapeMistake
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.pool import Pool
from tests.architecture import Unknown, architecture, tied


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
def test_resolve_keeps_every_step_for_a_later_layer_along_time(
    body: list[LayerSpec], sequences: list[bool]
) -> None:
    assert [layer.sequence for layer in architecture(*body).layers] == sequences


def test_resolve_keeps_the_sequence_for_a_sequence_output() -> None:
    found = architecture(LSTM(units=3), Dropout(rate=0.5), units=7, sequence_output=True)
    assert all(layer.sequence for layer in found.layers)
    assert found.output_shape == (5, 7)
    assert architecture(units=7, sequence_output=True).output_shape == (5, 7)


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
def test_resolve_numbers_names_only_where_needed(body: list[LayerSpec], names: list[str]) -> None:
    assert [layer.name for layer in architecture(*body).layers] == ["embedding", *names, "logits"]


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
def test_resolve_refuses_an_impossible_stack(
    body: list[LayerSpec], index: int | None, words: str
) -> None:
    with pytest.raises(ShapeMistake, match=words) as caught:
        architecture(*body)
    assert caught.value.index == index
    assert caught.value.exit_code == 2


def test_resolve_refuses_a_pool_before_a_sequence_output() -> None:
    with pytest.raises(ShapeMistake, match="a pool returns one vector") as caught:
        architecture(LSTM(units=2), Pool(mode="max"), sequence_output=True)
    assert caught.value.index == 1


class Summary(LayerSpec):
    """A layer of somebody's own that reads along time and leaves one vector."""

    consumes_sequence: ClassVar[bool] = True

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return inputs[1:]

    def build(self, layer: Layer) -> Any:
        raise NotImplementedError


def test_resolve_names_a_users_layer_that_leaves_one_vector() -> None:
    with pytest.raises(
        ShapeMistake, match=r"model\.layers\.1: .*Summary returns one vector.*every step"
    ) as caught:
        architecture(GRU(units=3), Summary(), Dense(units=2), sequence_output=True)
    assert caught.value.index == 1


def test_resolve_refuses_a_tied_head_of_another_size() -> None:
    with pytest.raises(ShapeMistake) as caught:
        tied(LSTM(units=7), dim=5)
    assert caught.value.index is None
    words = (
        "tied weights, but the last layer gives vectors of 7 and the embedding has"
        " vectors of 5. Expected the same size. "
    )
    assert (
        str(caught.value)
        == f"model.layers: {words}Make them equal, or put `- dense` of that size last."
    )
    tied(LSTM(units=7), Dense(units=5), dim=5)


class Convolution(Unknown):
    """A user's layer that reads along time, as if every step were there."""

    consumes_sequence = True


class Heedful(Convolution):
    """One that heeds lengths."""

    def connect(self, layer: Layer, x: Any, lengths: Any) -> Any:
        raise AssertionError("only shapes are asked for")


def test_resolve_refuses_a_users_layer_that_would_read_the_padding() -> None:
    body = [Dropout(rate=0.1), Convolution(), LSTM(units=2)]
    with pytest.raises(
        ShapeMistake,
        match=(
            rf"{__name__}:Convolution reads along time and across the padding.*connect.*mask: false"
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


def test_resolve_padded_has_the_same_names_and_shapes() -> None:
    body = [
        LSTM(units=3, bidirectional=True),
        GRU(units=2, bidirectional=True),
        Pool(mode="attention"),
        Dense(units=2),
    ]
    plain, padded = architecture(*body), architecture(*body, padded=True)
    assert padded.layers == plain.layers
    assert list(padded.weight_shapes().items()) == list(plain.weight_shapes().items())
