from __future__ import annotations

from types import SimpleNamespace

import pytest

from rnnkit.architecture import Layer, LayerSpec
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.config import load_config
from rnnkit.data.encode.labels import Labels
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool
from rnnkit.names import find_config
from rnnkit.registry import LAYERS, lookup
from tests.architecture import architecture


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
def test_parameters_of_each_layer(spec: LayerSpec, inputs: tuple[int, ...], count: int) -> None:
    assert parameters(spec, *inputs) == count


def test_parameters_of_the_imdb_model() -> None:
    imdb = architecture(SimpleRNN(units=32), timesteps=500, features=10_000)
    assert [layer.parameters for layer in imdb.layers] == [320_000, 2_080, 33]
    assert sum(layer.parameters or 0 for layer in imdb.layers) == 322_113


def test_connect_of_every_layer_along_time_takes_lengths() -> None:
    """Each that reads along time says how it heeds lengths."""
    for kind in LAYERS:
        spec = lookup("layer", kind)
        assert (spec.connect is not LayerSpec.connect) == spec.consumes_sequence, kind


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
def test_parameters_of_shipped_configs(
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
