"""The keras model of an architecture: its names, its weights by name, and the export that opens
without rnnkit.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.architecture import Architecture, InputSpec, Interface, LayerSpec, resolve
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.engine.forward import Engine
from rnnkit.export.keras import export_keras
from rnnkit.models.build import build_model, build_stream, get_weights, set_weights
from rnnkit.models.initializers import Identity
from rnnkit.models.layers.condition import Condition
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool
from rnnkit.models.layers.tied import Tied
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.trained import load_trained
from tests.helpers.random_models import (
    EVERY_RECURRENT,
    RECURRENT,
    architecture,
    random_inputs,
    random_weights,
)
from tests.helpers.streams import stream

EVERYTHING = architecture(
    Embedding(dim=3),
    Dropout(rate=0.2),
    LSTM(units=4, dropout=0.2),
    Dense(units=3, activation="relu"),
    LSTM(units=2, bidirectional=True),
    GRU(units=3),
    SimpleRNN(units=3),
    Pool(mode="attention"),
    Dropout(rate=0.2),
    Dense(units=4),
)


def test_build_model_names_its_layers() -> None:
    names = [layer.name for layer in build_model(EVERYTHING).layers]
    assert names == [
        *[
            "inputs",
            "embedding",
            "dropout_1",
            "lstm_1",
            "dense_1",
            "lstm_2",
            "gru",
            "simple_rnn",
            "pool",
            "dropout_2",
            "dense_2",
            "logits",
        ],
    ]
    assert [layer.name for layer in build_model(architecture(OneHot(), LSTM(units=2))).layers] == [
        "inputs",
        "one_hot",
        "lstm",
        "logits",
    ]
    assert build_model(EVERYTHING).name == "model"


def test_build_model_takes_any_batch_and_gives_logits() -> None:
    import keras

    model = build_model(EVERYTHING)
    assert isinstance(model, keras.Model)
    assert (model.input_shape, model.output_shape) == ((None, 5), (None, 4))
    assert model.get_layer("logits").activation is keras.activations.linear
    for rows in (1, 7):
        assert model(random_inputs(EVERYTHING, 0, rows)).shape == (rows, 4)


@pytest.mark.backend
def test_set_weights_comes_back_from_get_weights() -> None:
    model, weights = build_model(EVERYTHING), random_weights(EVERYTHING, 1)
    names = list(weights)
    assert names[:4] == [
        "embedding/embeddings",
        "lstm_1/kernel",
        "lstm_1/recurrent_kernel",
        "lstm_1/bias",
    ]
    assert {
        "lstm_2/forward/kernel",
        "lstm_2/backward/bias",
        "gru/bias",
        "pool/kernel",
        "pool/score",
        "dense_2/bias",
        "logits/bias",
    } < set(names)
    set_weights(model, EVERYTHING, weights)
    out = get_weights(model, EVERYTHING)
    assert list(out) == names
    for name, array in out.items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, weights[name])
    # What came out is a copy: changing it does not reach the model.
    before = {name: array.copy() for name, array in out.items()}
    set_weights(model, EVERYTHING, random_weights(EVERYTHING, 2))
    for name, array in out.items():
        np.testing.assert_array_equal(array, before[name])


def _without(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: array for name, array in weights.items() if name != "gru/bias"}


def _renamed(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.replace("lstm_1", "lstm"): array for name, array in weights.items()}


def _with_another(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {**weights, "gru_2/bias": weights["gru/bias"]}


def _of_another_shape(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {**weights, "gru/bias": weights["gru/bias"][:, :-1]}


@pytest.mark.parametrize("spoil", [_without, _renamed, _with_another, _of_another_shape])
def test_set_weights_refuses_other_weights(
    spoil: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]],
) -> None:
    with pytest.raises(ValueError, match=r"gru|lstm|shape"):
        set_weights(build_model(EVERYTHING), EVERYTHING, spoil(random_weights(EVERYTHING, 1)))


@pytest.mark.parametrize("pooled", [False, True])
def test_set_weights_of_each_direction(pooled: bool) -> None:
    """With the backward way's weights all zero, the second half of the output is zero, and not the
    first.
    """
    model = architecture(
        Embedding(dim=3),
        LSTM(units=4, bidirectional=True),
        *([Pool(mode="max")] if pooled else []),
        timesteps=None,
        padded=True,
    )
    weights = {
        name: array * ("backward" not in name) for name, array in random_weights(model, 1).items()
    }
    weights |= {
        "logits/kernel": np.eye(8, 4, dtype=np.float32),
        "logits/bias": np.zeros(4, np.float32),
    }
    built, inputs = build_model(model), random_inputs(model, 1, 3)
    set_weights(built, model, weights)
    assert (np.asarray(built(inputs)) != 0).all()
    set_weights(built, model, {**weights, "logits/kernel": np.eye(8, 4, k=-4, dtype=np.float32)})
    assert (np.asarray(built(inputs)) == 0).all()
    for name, array in get_weights(built, model).items():
        assert ("backward" in name) <= (array == 0).all(), name


EXPORTS: dict[str, Architecture] = {
    "everything": EVERYTHING,
    "numbers": architecture(
        Numeric(),
        SimpleRNN(
            units=3, activation="relu", recurrent_initializer=Identity(gain=0.5), bidirectional=True
        ),
    ),
    "varying length": architecture(
        Embedding(dim=2), LSTM(units=3), Pool(mode="max"), timesteps=None
    ),
    "unrolled": architecture(
        OneHot(),
        LSTM(units=3, unroll=True, recurrent_dropout=0.3, bidirectional=True),
        timesteps=2,
    ),
}


def padded(first: InputSpec, *body: LayerSpec, timesteps: int | None = None) -> Architecture:
    return architecture(first, *body, timesteps=timesteps, padded=True)


PADDED: dict[str, Architecture] = {
    "padded stack": padded(
        OneHot(),
        SimpleRNN(units=3, activation="relu", bidirectional=True),
        GRU(units=2, bidirectional=True, dropout=0.2),
    ),
    "padded to one length": padded(
        Embedding(dim=2),
        LSTM(units=3, unroll=True, bidirectional=True),
        Pool(mode="last"),
        timesteps=3,
    ),
    **{
        f"padded pool {mode}": padded(Embedding(dim=2), SimpleRNN(units=3), Pool(mode=mode))
        for mode in ("mean", "max", "attention")
    },
    **{
        kind.__name__: padded(
            Embedding(dim=3), kind(units=4, bidirectional=True, dropout=0.2), kind(units=3)
        )
        for kind in set(EVERY_RECURRENT) - set(RECURRENT)
        if kind.cell.exports
    },
}

TRAINED: dict[str, Any] = {"weight_drop": 0.5, "activation_l2": 2.0, "slowness_l2": 1.0}
STREAMS: dict[str, Architecture] = {
    "stream": stream(
        OneHot(),
        LSTM(units=3, dropout=0.2, **TRAINED),
        Dropout(rate=0.2, drop="features"),
        GRU(units=2, **TRAINED),
    ),
    "tied stream": stream(
        Embedding(dim=3), Dropout(rate=0.2, drop="steps"), LSTM(units=4), Dense(units=3), tied=True
    ),
}
CONDITIONED = resolve(
    "model",
    Embedding(dim=3),
    [LSTM(units=4), GRU(units=3)],
    {"logits": Dense(units=6)},
    Interface(timesteps=None, features=6, sequence_output=True),
).with_condition(2, Condition)


@pytest.mark.backend
def test_build_model_tied_logits_are_products_with_every_vector() -> None:
    """h E^T, without a bias, of a stream and of a window."""
    of_a_stream = STREAMS["tied stream"]
    import keras

    head = {"logits": Tied(dim=3, vocabulary=6)}
    of_a_window = resolve(
        "model",
        Embedding(dim=3),
        [GRU(units=3)],
        head,
        Interface(timesteps=4, features=6, sequence_output=False),
    )
    for model in (of_a_stream, of_a_window):
        weights, inputs = random_weights(model, 3), random_inputs(model, 3, 5)
        built = build_model(model)
        set_weights(built, model, weights)
        states = np.asarray(
            keras.Model(built.input, built.get_layer(model.layers[-2].name).output)(inputs)
        )
        logits = np.asarray(built(inputs))
        np.testing.assert_allclose(
            logits, states @ weights["embedding/embeddings"].T, rtol=0, atol=1e-5
        )
        np.testing.assert_allclose(Engine(model, weights)(inputs), logits, rtol=0, atol=1e-5)
        assert logits.shape[-1] == 6
        assert built.count_params() == sum(layer.parameters or 0 for layer in model.layers)
        assert list(get_weights(built, model)) == list(weights)


@pytest.mark.parametrize("name", STREAMS)
def test_build_stream_has_states_as_inputs_and_outputs(name: str) -> None:
    model = STREAMS[name]
    built = build_stream(model)
    sizes = [shape[0] for shapes in model.states().values() for shape in shapes]
    assert [tuple(tensor.shape) for tensor in built.inputs] == [
        (None, None),
        *((None, size) for size in sizes),
    ]
    assert [tuple(tensor.shape) for tensor in built.outputs] == [
        (None, None, 6),
        *((None, size) for size in sizes),
    ]
    set_weights(built, model, random_weights(model, 0))
    for weight, array in get_weights(built, model).items():
        np.testing.assert_array_equal(array, random_weights(model, 0)[weight])


def test_set_weights_of_a_condition_come_back() -> None:
    built, weights = build_model(CONDITIONED), random_weights(CONDITIONED, 1)
    set_weights(built, CONDITIONED, weights)
    out = get_weights(built, CONDITIONED)
    assert list(out)[-6:] == [
        f"condition/{index}/{name}" for index in range(3) for name in ("kernel", "bias")
    ]
    for name, array in out.items():
        np.testing.assert_array_equal(array, weights[name])
    assert built.count_params() == sum(layer.parameters or 0 for layer in CONDITIONED.all_layers)


# Opens every model.keras of a folder with nothing but keras. -I keeps PYTHONPATH and the current
# folder out; an editable rnnkit
# would still be found, so its import is made to fail.
PLAIN_KERAS = """
import json, os, sys
from pathlib import Path

# Nor what keras imports where it is there, which takes longer than keras.
HIDDEN = {"rnnkit", "IPython", "huggingface_hub", "matplotlib", "pandas", "sklearn"}
if os.environ["KERAS_BACKEND"] == "tensorflow":
    HIDDEN |= {"jax", "scipy"}

class Hiding:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in HIDDEN:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Hiding())
try:
    import rnnkit
except ModuleNotFoundError:
    pass
else:
    raise SystemExit("rnnkit can be imported")
import keras, numpy as np

answers = {}
for file in sorted(Path(sys.argv[1]).glob("*/model.keras")):
    model = keras.saving.load_model(file)  # safe_mode as it is by default
    modules = {type(layer).__module__.split(".")[0] for layer in model._flatten_layers()}
    inputs = [np.load(path) for path in sorted(file.parent.glob("inputs*.npy"))]
    outputs = keras.ops.convert_to_numpy(model(inputs if len(inputs) > 1 else inputs[0]))
    error = float(np.abs(outputs - np.load(file.with_name("outputs.npy"))).max())
    answers[file.parent.name] = {"error": error, "modules": sorted(modules), "compiled": model.compiled}
assert "rnnkit" not in sys.modules
print(json.dumps({"backend": keras.backend.backend(), "answers": answers}))
"""  # noqa: E501


def plain_keras(folder: Path, backend: str) -> dict[str, Any]:
    """What a process that has keras and no rnnkit makes of the exports in `folder`."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    process = subprocess.run(
        [sys.executable, "-I", "-c", PLAIN_KERAS, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    said: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    assert said["backend"] == backend
    answers: dict[str, Any] = said["answers"]
    return answers


ONE_OF_EACH_LAYER = ("everything", "numbers", "padded stack", "MinGRU", "tied stream")


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(ONE_OF_EACH_LAYER, id="one of each layer"),
        pytest.param((*EXPORTS, *PADDED, *STREAMS), marks=pytest.mark.soak, id="all"),
    ],
)
def test_export_keras_opens_in_plain_keras(
    names: Sequence[str], tmp_path: Path, fable_run: Path
) -> None:
    """Of every kind of layer, and of a run that `train` made."""
    for name, model in {**EXPORTS, **PADDED}.items():
        if name not in names:
            continue
        run = RunFolder(tmp_path / "exports" / name)
        run.path.mkdir(parents=True)
        weights, inputs = random_weights(model, 5), random_inputs(model, 5, 7)
        export_keras(model, weights, run)
        assert [path.name for path in run.path.iterdir()] == ["model.keras"]
        outputs = Engine(model, weights).outputs(inputs)
        # the rows differ, so that the answers can be wrong
        assert np.ptp(outputs, axis=0).min() > 1e-3
        np.save(run.path / "inputs.npy", inputs)
        np.save(run.path / "outputs.npy", outputs)

    for name, model in STREAMS.items():  # as the engine answers from a state of zeros
        if name not in names:
            continue
        folder = tmp_path / "exports" / name
        folder.mkdir()
        weights, inputs = random_weights(model, 5), random_inputs(model, 5, 7)
        engine = Engine(model, weights)
        export_keras(model, weights, RunFolder(folder))
        np.save(folder / "inputs.npy", inputs)
        np.save(folder / "outputs.npy", engine.step(inputs, engine.init_state(7))[0])

    (folder := tmp_path / "exports" / "conditioned").mkdir()
    weights, inputs, condition = (
        random_weights(CONDITIONED, 5),
        random_inputs(CONDITIONED, 5, 2),
        np.eye(2, dtype=np.float32),
    )
    engine = Engine(CONDITIONED, weights)
    export_keras(CONDITIONED, weights, RunFolder(folder))
    np.save(folder / "inputs-1.npy", inputs)
    np.save(folder / "inputs-2.npy", condition)
    np.save(folder / "outputs.npy", engine.step(inputs, engine.init_state(2, condition))[0])

    trained = load_trained(RunFolder(fable_run))
    folder = tmp_path / "exports" / "trained"
    folder.mkdir()
    shutil.copy(fable_run / "model.keras", folder)
    inputs = trained.task.prepare(Source(), trained.predictor.codec).train.inputs
    np.save(folder / "inputs.npy", inputs)
    np.save(folder / "outputs.npy", trained.predictor.outputs(inputs))

    answers = plain_keras(tmp_path / "exports", "tensorflow")
    assert sorted(answers) == sorted([*names, "conditioned", "trained"])
    for name, answer in answers.items():
        assert answer["error"] <= 1e-5, name
        assert answer["modules"] == ["keras"], name
        assert not answer["compiled"], name
