"""Words beside their characters: the engine against keras, the equation, padding, dropout of words, and what is wrong with a config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from rnnkit.architecture import Architecture, LayerSpec, resolve
from rnnkit.data.words import spelled
from rnnkit.engine.forward import Engine
from rnnkit.models.build import build_model, get_weights
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.gru import GRU
from rnnkit.models.layers.lstm import LSTM
from rnnkit.models.layers.pool import Pool
from rnnkit.models.layers.words import SYMBOLS, Characters, Words
from tests.random_models import assert_engine_is_keras_at_each_step, keras_model, random_weights

pytestmark = pytest.mark.backend

READERS: dict[str, list[LayerSpec]] = {
    "conv": [Conv(filters=4, width=3), Pool(mode="max")],
    "lstm": [LSTM(units=3, bidirectional=True)],
    "gru": [GRU(units=3)],
    "stack": [Conv(filters=2), LSTM(units=3), Dense(units=4, activation="tanh")],
    "attention": [GRU(units=3, bidirectional=True), Pool(mode="attention")],
}
TOKENS = ["mice", "a", "Brobdingnagian", "naïve", "日本", "."]


def tagger(reader: str, *, body: tuple[LayerSpec, ...] = (LSTM(units=2, bidirectional=True),), **options: Any) -> Architecture:
    words = Words(dim=3, characters=Characters(length=6, dim=2, layers=READERS[reader]), **options)
    return resolve("tagger", words, body, {"logits": Dense(units=4)}, timesteps=None, features=9, sequence_output=True, padded=True)


def sentences(width: int = 5) -> np.ndarray:
    """Three sentences, the last a single word: (3, width, 7)."""
    rows = np.zeros((3, width, 7), np.int32)
    for row, chosen in enumerate(([0, 1, 2, 3, 4], [5, 4, 1], [2])):
        rows[row, : len(chosen), 0] = [word + 1 for word in chosen]
        rows[row, : len(chosen), 1:] = spelled([TOKENS[word] for word in chosen], 6)
    return rows


@pytest.mark.parametrize("reader", READERS)
def test_the_engine_is_keras(reader: str) -> None:
    model = tagger(reader)
    assert_engine_is_keras_at_each_step(model, random_weights(model, 0), sentences(), sentences(8), sentences()[:1])


@pytest.mark.parametrize("reader", READERS)
def test_weights_have_names_of_their_own(reader: str) -> None:
    model = tagger(reader)
    built = build_model(model)
    assert {name: array.shape for name, array in get_weights(built, model).items()} == model.weight_shapes()
    assert model.weight_shapes()["words/characters/embedding/embeddings"] == (SYMBOLS, 2)
    assert built.count_params() == sum(layer.parameters or 0 for layer in model.layers)
    assert built.input_shape == (None, None, 7)


def test_a_word_is_its_vector_beside_what_is_read_in_its_characters() -> None:
    """By hand: the maximum over the characters' vectors, seen one by one."""
    words = Words(dim=2, characters=Characters(length=4, dim=1, layers=[Pool(mode="max")]))
    model = resolve("m", words, [], {}, timesteps=None, features=5, sequence_output=True, padded=True)
    table = np.arange(10, dtype=np.float32).reshape(5, 2)
    letters = np.arange(SYMBOLS, dtype=np.float32)[:, None] / 100
    data = np.concatenate([[[3], [1]], spelled(["ab", "z"], 4)], axis=1)[None].astype(np.int32)
    found = Engine(model, {"words/embeddings": table, "words/characters/embedding/embeddings": letters})(data)
    assert found[0] == pytest.approx(np.array([[6, 7, (1 + ord("b")) / 100], [2, 3, (1 + ord("z")) / 100]]))


def test_padding_has_no_say() -> None:
    model = tagger("conv")
    weights = random_weights(model, 0)
    narrow, wide = (Engine(model, weights)(sentences(width)) for width in (5, 9))
    for row, length in enumerate((5, 3, 1)):
        np.testing.assert_allclose(narrow[row, :length], wide[row, :length], atol=1e-6)


def test_word_dropout_reads_whole_words_as_unknown_and_only_in_training() -> None:
    """With a table that names each word, and characters that say nothing."""
    words = Words(dim=1, characters=Characters(length=6, dim=1, layers=[Pool(mode="max")]), word_dropout=0.5)
    model = resolve("m", words, [], {}, timesteps=None, features=9, sequence_output=True, padded=True)
    weights = {
        "words/embeddings": np.arange(9, dtype=np.float32)[:, None],
        "words/characters/embedding/embeddings": np.zeros((SYMBOLS, 1), np.float32),
    }
    built = keras_model(model, weights)
    data = np.zeros((40, 10, 7), np.int32)
    data[:, :8, 0] = 5
    told = np.asarray(built(data, training=False))[..., 0]
    assert set(told[:, :8].ravel().tolist()) == {5.0}
    taught = np.asarray(built(data, training=True))[..., 0]
    assert set(taught[:, :8].ravel().tolist()) == {1.0, 5.0}
    assert (taught[:, :8] == 1).mean() == pytest.approx(0.5, abs=0.12)
    assert (taught[:, 8:] == 0).all()  # padding stays padding


def test_the_export_opens_in_plain_keras(tmp_path: Path) -> None:
    import keras

    for reader in ("conv", "lstm"):
        model = tagger(reader, word_dropout=0.3)
        weights = random_weights(model, 2)
        keras_model(model.for_export(), weights).save(tmp_path / f"{reader}.keras")
        opened = keras.saving.load_model(tmp_path / f"{reader}.keras")
        real = sentences()[..., 0] > 0
        np.testing.assert_allclose(np.asarray(opened(sentences()))[real], Engine(model, weights)(sentences())[real], atol=1e-5)


@pytest.mark.parametrize(
    ("characters", "place", "message"),
    [
        ({"layers": [{"conv": 3}]}, ("layers",), "no layer turns the sequence into one vector"),
        ({"layers": [{"pool": "max"}, {"lstm": 3}]}, ("layers", 1), "lstm after pool"),
        ({"layers": []}, ("layers",), "no layer turns the sequence into one vector"),
        ({"length": 0}, ("length",), "found 0"),
    ],
)
def test_layers_that_leave_no_vector_are_refused(characters: dict[str, Any], place: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Characters.model_validate(characters)
    (error,) = caught.value.errors()
    assert error["loc"] == place
    assert message in error["msg"]


def test_short_form() -> None:
    assert Words.model_validate(64) == Words(dim=64)
    assert Words(dim=64).inner().output_shape == (50,)
