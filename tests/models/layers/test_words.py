"""Words beside their spelling: the engine against keras, the equations, padding, dropout of words,
and what is wrong with a config.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from rnnkit import backend
from rnnkit.architecture import Architecture, Interface, LayerSpec, resolve
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.data.encode.words import characters, subwords
from rnnkit.engine.forward import Engine
from rnnkit.models.build import build_model, get_weights
from rnnkit.models.initializers import Constant
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.pool import Pool
from rnnkit.models.layers.word_encoders import SYMBOLS, Characters, Subwords
from rnnkit.models.layers.words import Words
from rnnkit.registry import lookup
from rnnkit.tasks.next_token import next_token_objective
from tests.helpers.random_models import (
    assert_engine_is_keras_at_each_step,
    keras_model,
    random_weights,
)

READERS: dict[str, list[LayerSpec]] = {
    "conv": [Conv(filters=4, width=3), Pool(mode="max")],
    "lstm": [LSTM(units=3, bidirectional=True)],
    "gru": [GRU(units=3)],
    "stack": [Conv(filters=2), LSTM(units=3), Dense(units=4, activation="tanh")],
    "attention": [GRU(units=3, bidirectional=True), Pool(mode="attention")],
}
SPELLINGS: dict[str, dict[str, Any]] = {
    **{
        name: {"characters": Characters(length=6, dim=2, layers=layers)}
        for name, layers in READERS.items()
    },
    "subwords": {"subwords": Subwords(length=6, dim=2, buckets=300)},
}
TOKENS = ["mice", "a", "Brobdingnagian", "naïve", "日本", "."]


def tagger(
    spelling: str,
    *,
    body: tuple[LayerSpec, ...] = (LSTM(units=2, bidirectional=True),),
    **options: Any,
) -> Architecture:
    words = Words(dim=3, **SPELLINGS[spelling], **options)
    return resolve(
        "tagger",
        words,
        body,
        {"logits": Dense(units=4)},
        Interface(timesteps=None, features=9, sequence_output=True, padded=True),
    )


def sentences(width: int = 5) -> np.ndarray:
    """Three sentences, the last a single word: (3, width, 7)."""
    rows = np.zeros((3, width, 7), np.int32)
    for row, chosen in enumerate(([0, 1, 2, 3, 4], [5, 4, 1], [2])):
        rows[row, : len(chosen), 0] = [word + 1 for word in chosen]
        rows[row, : len(chosen), 1:] = characters([TOKENS[word] for word in chosen], 6)
    return rows


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(name, marks=pytest.mark.backend) if name in ("stack", "subwords") else name
        for name in SPELLINGS
    ],
)
def test_words_of_the_engine_are_those_of_keras(spelling: str) -> None:
    model = tagger(spelling)
    assert_engine_is_keras_at_each_step(
        model, random_weights(model, 0), sentences(), sentences(8), sentences()[:1]
    )


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_words_weights_have_names_of_their_own(spelling: str) -> None:
    model = tagger(spelling)
    built = build_model(model)
    assert {
        name: array.shape for name, array in get_weights(built, model).items()
    } == model.weight_shapes()
    shapes = model.weight_shapes()
    assert (
        shapes[
            "words/subwords/embeddings"
            if spelling == "subwords"
            else "words/characters/embedding/embeddings"
        ][-1]
        == 2
    )
    assert built.count_params() == sum(layer.parameters or 0 for layer in model.layers)
    assert built.input_shape == (None, None, 7)


def test_words_concatenate_the_vector_and_the_characters() -> None:
    """By hand: the maximum over the characters' vectors, seen one by one."""
    words = Words(dim=2, characters=Characters(length=4, dim=1, layers=[Pool(mode="max")]))
    model = resolve(
        "m", words, [], {}, Interface(timesteps=None, features=5, sequence_output=True, padded=True)
    )
    table = np.arange(10, dtype=np.float32).reshape(5, 2)
    letters = np.arange(SYMBOLS, dtype=np.float32)[:, None] / 100
    data = np.concatenate([[[3], [1]], characters(["ab", "z"], 4)], axis=1)[None].astype(np.int32)
    found = Engine(
        model, {"words/embeddings": table, "words/characters/embedding/embeddings": letters}
    )(data)
    assert found[0] == pytest.approx(
        np.array([[6, 7, (1 + ord("b")) / 100], [2, 3, (1 + ord("z")) / 100]])
    )


def test_words_concatenate_the_vector_and_the_scaled_subword_sum() -> None:
    """By hand; a word without pieces (an empty text's <unk>) adds nothing."""
    words = Words(dim=1, subwords=Subwords(length=5, dim=1, shortest=2, longest=3, buckets=50))
    model = resolve(
        "m", words, [], {}, Interface(timesteps=None, features=5, sequence_output=True, padded=True)
    )
    pieces = np.arange(51, dtype=np.float32)[:, None]
    spelt = subwords(["a", "abc"], 5, 2, 3, 50)
    data = np.concatenate([[[3], [2], [1]], [*spelt, [0] * 5]], axis=1)[None].astype(np.int32)
    found = Engine(
        model,
        {
            "words/embeddings": np.arange(5, dtype=np.float32)[:, None],
            "words/subwords/embeddings": pieces,
        },
    )(data)
    assert np.count_nonzero(spelt[0]) == 3  # <a, a> and <a>
    assert found[0] == pytest.approx(
        np.array([[3, spelt[0].sum() / 3**0.5], [2, spelt[1].sum() / 5**0.5], [1, 0]])
    )


@pytest.mark.parametrize("spelling", ["conv", "subwords"])
def test_words_ignore_padding(spelling: str) -> None:
    model = tagger(spelling)
    weights = random_weights(model, 0)
    narrow, wide = (Engine(model, weights)(sentences(width)) for width in (5, 9))
    for row, length in enumerate((5, 3, 1)):
        np.testing.assert_allclose(narrow[row, :length], wide[row, :length], atol=1e-6)


@pytest.mark.backend
def test_words_dropout_replaces_whole_words_only_in_training() -> None:
    """With a table that names each word, and characters that say nothing."""
    words = Words(
        dim=1, characters=Characters(length=6, dim=1, layers=[Pool(mode="max")]), word_dropout=0.5
    )
    model = resolve(
        "m", words, [], {}, Interface(timesteps=None, features=9, sequence_output=True, padded=True)
    )
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


class NoisyConv(Conv):
    """A user's layer, which may draw at random."""


def reads_once(words: Architecture) -> bool:
    return any(
        layer.name == "distinct_words" for layer in build_model(words).get_layer("words").layers
    )


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_words_that_repeat_are_read_once_where_training_draws_nothing(spelling: str) -> None:
    model = tagger(spelling)
    assert reads_once(model.for_training("auto"))
    assert not reads_once(model.for_training("keras"))
    assert not reads_once(model)
    assert not reads_once(model.for_training("auto").for_export())
    # a checkpoint identifies variables by their position
    each_time, once = (
        [weight.path for weight in build_model(model.for_training(kernel)).weights]
        for kernel in ("keras", "auto")
    )
    assert once == each_time


@pytest.mark.parametrize(
    "layers",
    [
        [Dropout(rate=0.2), Pool(mode="max")],
        [LSTM(units=2, dropout=0.2)],
        [LSTM(units=2, recurrent_dropout=0.2)],
        [Conv(filters=2), LSTM(units=2, activation_l2=1.0)],
        [NoisyConv(filters=2), Pool(mode="max")],
    ],
    ids=["dropout", "input dropout", "recurrent dropout", "penalty", "a user's layer"],
)
def test_words_that_repeat_are_read_each_time_where_readings_differ(
    layers: list[LayerSpec],
) -> None:
    words = Words(dim=3, characters=Characters(length=6, dim=2, layers=layers))
    interface = Interface(timesteps=None, features=9, sequence_output=True, padded=True)
    model = resolve("m", words, [], {}, interface)
    assert not reads_once(model.for_training("auto"))
    assert reads_once(tagger("conv").for_training("auto"))


@pytest.mark.backend
@pytest.mark.parametrize("spelling", ["conv", "attention", "subwords"])
def test_words_read_once_train_as_words_read_each_time(spelling: str) -> None:
    model = tagger(spelling)
    weights = random_weights(model, 0)
    data = np.concatenate([sentences(), sentences()[::-1]])
    targets = data[..., 0] % 4
    real = (data[..., 0] > 0).astype(np.float32)
    sums, after = [], []
    for kernel in ("keras", "auto"):
        trained = model.for_training(kernel)
        built = keras_model(trained, weights)
        optimizer = lookup("optimizer", "sgd")().build(0.5, None, None)
        step = backend.train_step(
            built, optimizer, next_token_objective(), kernels=kernel != "keras"
        )
        sums.append([list(step(data, targets, real, 0.5).values()) for _ in range(3)])
        step.sync()
        after.append(get_weights(built, trained))
    np.testing.assert_allclose(sums[1], sums[0], rtol=1e-5)
    for name, array in after[1].items():
        np.testing.assert_allclose(array, after[0][name], atol=1e-5, err_msg=name)
        assert np.abs(array - weights[name]).max() > 1e-4


def test_words_for_export_opens_in_plain_keras(tmp_path: Path) -> None:
    import keras

    for spelling in ("conv", "lstm", "subwords"):
        model = tagger(spelling, word_dropout=0.3)
        weights = random_weights(model, 2)
        exported = model.for_export()
        assert exported.layers[0].spec.word_dropout == 0  # type: ignore[attr-defined]
        keras_model(exported, weights).save(tmp_path / f"{spelling}.keras")
        opened = keras.saving.load_model(tmp_path / f"{spelling}.keras")
        real = sentences()[..., 0] > 0
        np.testing.assert_allclose(
            np.asarray(opened(sentences()))[real],
            Engine(model, weights)(sentences())[real],
            atol=1e-5,
        )


@pytest.mark.parametrize(
    ("settings", "place", "message"),
    [
        ({"layers": [{"conv": 3}]}, ("layers",), "no layer"),
        ({"layers": [{"pool": "max"}, {"lstm": 3}]}, ("layers", 1), "lstm"),
        ({"layers": []}, ("layers",), "no layer"),
        ({"length": 0}, ("length",), "found 0"),
    ],
)
def test_characters_refuse_layers_that_leave_no_vector(
    settings: dict[str, Any], place: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Characters.model_validate(settings)
    (error,) = caught.value.errors()
    assert error["loc"] == place
    assert message in error["msg"]


@pytest.mark.parametrize(
    ("settings", "place", "message"),
    [
        (
            {"subwords": {}, "characters": {}},
            ("subwords",),
            "characters",
        ),
        (
            {"subwords": {"shortest": 4, "longest": 3}},
            ("subwords", "longest"),
            "`shortest`, 4",
        ),
        ({"subwords": {"buckets": 0}}, ("subwords", "buckets"), "found 0"),
    ],
)
def test_words_refuse_impossible_subwords(
    settings: dict[str, Any], place: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Words.model_validate({"dim": 3, **settings})
    (error,) = caught.value.errors()
    assert error["loc"] == place
    assert message in error["msg"]


def test_words_short_form() -> None:
    assert Words.model_validate(64) == Words(dim=64) == Words(dim=64, characters=Characters())
    inner = Words(dim=64).inner()
    assert inner is not None
    assert inner.output_shape == (50,)
    assert inner.layers[0].weights == {"embeddings": (SYMBOLS, 25)}


def test_words_subwords_named_alone_have_defaults() -> None:
    """As an empty `characters:` is."""
    assert Words.model_validate({"dim": 3, "subwords": None}) == Words(dim=3, subwords=Subwords())
    assert Words.model_validate({"dim": 3, "characters": None}) == Words(dim=3)


def test_words_subwords_follow_their_initializer() -> None:
    words = Words(dim=3, subwords=Subwords(dim=2, buckets=5, initializer=Constant(value=0.25)))
    model = resolve(
        "m", words, [], {}, Interface(timesteps=None, features=5, sequence_output=True, padded=True)
    )
    np.testing.assert_array_equal(
        get_weights(build_model(model), model)["words/subwords/embeddings"], np.full((6, 2), 0.25)
    )


def test_words_model_dump_reads_back_equal() -> None:
    for words in (Words(dim=64), Words(dim=64, subwords=Subwords(dim=8))):
        assert Words.model_validate(words.model_dump()) == words
    assert Words(dim=64, subwords=Subwords()).characters is None
