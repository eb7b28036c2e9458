"""A saved run answers: anywhere, by NumPy alone, by keras where a layer is not NumPy's, and not at
all where it is damaged.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit import api
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.storage import npz_bytes, read_npz
from rnnkit.tasks.capabilities import ScoresTokens
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.keras_outputs import build_with_weights
from rnnkit.workflows.trained import load_trained
from tests.conftest import REPO
from tests.helpers.untrained import untrained_run

ANSWER = """
import sys
from pathlib import Path
import numpy as np
from rnnkit.run import RunFolder
from rnnkit.workflows.trained import load_trained
from tests.conftest import REPO
from tests.helpers.untrained import untrained_run
trained = load_trained(RunFolder(Path(sys.argv[1])))
ids = trained.predictor.tokenizer.encode("had a general")
np.save(sys.argv[2], trained.predictor.outputs(ids[None]))
print(trained.answers, *sorted({"keras", "tensorflow", "jax", "pandas", "matplotlib"} & set(sys.modules)))
"""  # noqa: E501


@pytest.fixture
def copied(fable_run: Path, tmp_path: Path) -> RunFolder:
    """The trained run, copied to be damaged."""
    return RunFolder(Path(shutil.copytree(fable_run, tmp_path / "elsewhere" / "copy")))


def test_load_trained_answers_elsewhere_without_a_framework(tmp_path: Path) -> None:
    """In another process, under another path, with the place where the run was made gone."""
    inputs = np.array([[1, 2, 3], [50, 60, 70]], np.int32)
    config = (REPO / "configs" / "fable_simple_rnn.yaml").read_text(encoding="utf-8")
    made = untrained_run("made", config)
    predictor = load_trained(made).predictor
    assert isinstance(predictor, ScoresTokens)
    expected = predictor.outputs(inputs)
    of_seed = predictor.outputs(predictor.tokenizer.encode("had a general")[None])
    moved = RunFolder(Path(shutil.move(made.path, tmp_path / "elsewhere")))
    np.testing.assert_array_equal(load_trained(moved).predictor.outputs(inputs), expected)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RNNKIT_", "KERAS_", "TF_"))
    }
    process = subprocess.run(
        [sys.executable, "-c", ANSWER, str(moved), str(tmp_path / "logits.npy")],
        cwd=moved.path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (process.returncode, process.stdout, process.stderr) == (0, "numpy\n", "")
    np.testing.assert_allclose(np.load(tmp_path / "logits.npy"), of_seed, rtol=0, atol=1e-6)
    assert str(made.path) not in "".join(
        path.read_text() for path in moved.path.glob("*.[yj][as]*")
    )


def _flipped_bit(run: RunFolder) -> None:
    content = bytearray(run.weights.read_bytes())
    content[len(content) // 2] ^= 1
    run.weights.write_bytes(content)


def _cut_short(run: RunFolder) -> None:
    run.weights.write_bytes(run.weights.read_bytes()[:-1])


def _missing(run: RunFolder) -> None:
    run.weights.unlink()


def _of_another_run(run: RunFolder) -> None:
    content = npz_bytes(
        {name: array + 1 for name, array in read_npz(run.weights.read_bytes(), "").items()}
    )
    run.weights.write_bytes(content)


def _with_a_true_checksum(
    run: RunFolder, change: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]
) -> None:
    """Other weights, and a manifest that fits them: what somebody would do who edits a run by
    hand."""
    facts = {
        name: value
        for name, value in run.load_manifest().items()
        if name not in ("format", "sha256", "arrays")
    }
    run.save_weights(change(read_npz(run.weights.read_bytes(), "")), facts)


def _not_a_number(run: RunFolder) -> None:
    _with_a_true_checksum(
        run,
        lambda weights: {**weights, "logits/bias": np.full_like(weights["logits/bias"], np.nan)},
    )


def _double_precision(run: RunFolder) -> None:
    _with_a_true_checksum(
        run, lambda weights: {**weights, "logits/bias": weights["logits/bias"].astype(np.float64)}
    )


def _one_array_less(run: RunFolder) -> None:
    _with_a_true_checksum(
        run,
        lambda weights: {
            name: array for name, array in weights.items() if name != "simple_rnn/bias"
        },
    )


def _one_array_more(run: RunFolder) -> None:
    _with_a_true_checksum(
        run, lambda weights: {**weights, "dense/kernel": np.ones((2, 2), np.float32)}
    )


def _config_with_other_units(run: RunFolder) -> None:
    text = run.config.read_text()
    assert "units: 128" in text
    run.config.write_text(text.replace("units: 128", "units: 64"))


def _config_with_another_layer(run: RunFolder) -> None:
    text = run.config.read_text()
    assert "simple_rnn" in text
    run.config.write_text(text.replace("simple_rnn", "gru"))


def _no_tokenizer(run: RunFolder) -> None:
    run.tokenizer.unlink()


def _tokenizer_cut_short(run: RunFolder) -> None:
    run.tokenizer.write_bytes(run.tokenizer.read_bytes()[:100])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_flipped_bit, "weights.npz: .*checksum"),
        (_cut_short, "weights.npz: .*checksum"),
        (_of_another_run, "weights.npz: .*checksum"),
        (_missing, "not trained yet"),
        (_not_a_number, "logits/bias .*Expected finite float32"),
        (_double_precision, "logits/bias is float64"),
        (_one_array_less, "no array 'simple_rnn/bias'"),
        (_one_array_more, "an array 'dense/kernel'"),
        (_config_with_other_units, r"simple_rnn/kernel is float32\[64, 128\].*float32\[64, 64\]"),
        (_config_with_another_layer, "'(simple_rnn|gru)/"),
        (_no_tokenizer, "tokenizer.json"),
        (_tokenizer_cut_short, "tokenizer.json"),
    ],
)
def test_load_trained_refuses_every_kind_of_damage(
    copied: RunFolder, damage: Callable[[RunFolder], None], message: str
) -> None:
    damage(copied)
    with pytest.raises(RnnkitError, match=message) as caught:
        load_trained(copied)
    assert caught.value.exit_code == 2
    assert str(copied) in caught.value.where


# A layer that somebody wrote; it says nothing about its weights.
OWN_LAYERS = '''
from typing import Any

from rnnkit.architecture import Layer, LayerSpec, Shape


class Normalize(LayerSpec):
    """Mean 0 and variance 1."""

    short = "epsilon"
    epsilon: float = 0.001

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return inputs

    def build(self, layer: Layer) -> Any:
        import keras

        return keras.layers.LayerNormalization(epsilon=self.epsilon, name=layer.name)
'''
OWN_CONFIG = """
task: {language_model: {window: 3}}
data: {dataset: fable, split: {validation: 0}}
model:
  embedding: 8
  layers:
    - simple_rnn: 8
    - own_layers:Normalize: 0.25
    - dense: {units: 8, activation: tanh}
train: {learning_rate: 0.05, batch_size: 50, random_seed: 1}
"""


@pytest.fixture
def own_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a module with a layer of the user's own, imported as a notebook would."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "own_layers.py").write_text(OWN_LAYERS)
    monkeypatch.syspath_prepend(folder)
    importlib.import_module("own_layers")
    yield folder
    del sys.modules["own_layers"]


OPEN = """
import sys
from pathlib import Path
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.workflows.trained import load_trained
try:
    load_trained(RunFolder(Path(sys.argv[1])))
except RnnkitError as error:
    assert "own_layers" not in sys.modules
    print(error)
    sys.exit(error.exit_code)
"""


def test_load_trained_answers_by_keras_for_a_users_layer(
    own_layers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import keras

    config = tmp_path / "own.yaml"
    config.write_text(OWN_CONFIG)
    run = api.train(str(config), smoke=True)
    capsys.readouterr()
    trained = load_trained(run.folder)
    assert trained.answers == "keras"
    assert "own_layers:Normalize" in capsys.readouterr().err

    data = trained.task.prepare(Source(), trained.predictor.codec)
    windows = next(iter(data.train.in_order()))[0][:20]
    found = trained.predictor.outputs(windows)
    np.testing.assert_allclose(found, np.asarray(run.model(windows)), rtol=0, atol=1e-6)
    np.testing.assert_allclose(found, _by_hand(run, windows), rtol=0, atol=1e-5)
    assert np.ptp(found, axis=0).max() > 1e-2
    assert len(run.generate("had a general", max_new_tokens=4)[0].split()) >= 5
    exported: Any = keras.saving.load_model(run.folder.keras_export)
    np.testing.assert_allclose(found, np.asarray(exported(windows)), rtol=0, atol=1e-6)

    # Opening a run never imports what the run names, even where it could be found.
    process = subprocess.run(
        [sys.executable, "-c", OPEN, str(run.folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(own_layers), *sys.path])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == 2, process.stderr
    assert "'own_layers:Normalize' is in a module that is not loaded" in process.stdout
    assert "--code own_layers.py" in process.stdout


def _by_hand(run: Any, windows: np.ndarray) -> np.ndarray:
    """The layers that NumPy knows by the engine's own functions, the user's by its formula."""
    from rnnkit.engine.forward import forward

    weights = read_npz(run.folder.weights.read_bytes(), "")
    x = windows
    for layer in load_trained(run.folder).architecture.layers:
        own = {
            name.removeprefix(f"{layer.name}/"): array
            for name, array in weights.items()
            if name.startswith(f"{layer.name}/")
        }
        if layer.weights is not None:
            x = forward(x, own, layer, np.full(len(x), 3))
        else:
            gamma, beta = own.values()
            x = (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(
                x.var(axis=-1, keepdims=True) + 0.25
            ) * gamma + beta
    return x


def test_build_with_weights_equals_the_engine(fable_run: Path) -> None:
    run = RunFolder(fable_run)
    trained = load_trained(run)
    weights = run.load_weights(trained.architecture.weight_shapes())
    assert list(weights) == list(json.loads(run.manifest.read_text())["arrays"])
    model = build_with_weights(trained.architecture, weights)
    inputs = np.array([[1, 2, 3], [50, 60, 70]], np.int32)
    expected = np.asarray(model(inputs))
    tolerance = 1e-5 * max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(
        Engine(trained.architecture, weights).outputs(inputs), expected, rtol=0, atol=tolerance
    )
    del weights["logits/bias"]
    with pytest.raises(ValueError, match="logits/bias"):
        build_with_weights(trained.architecture, weights)
