"""Choice of backend and device, and seeds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import rnnkit
from rnnkit import backend
from rnnkit.backend import device
from rnnkit.errors import RnnkitError


@pytest.mark.backend
def test_current_is_that_of_the_environment() -> None:
    assert backend.current() == os.environ["KERAS_BACKEND"]


def test_select_another_backend_after_keras_started() -> None:
    import keras

    ours = keras.backend.backend()
    other = {"tensorflow": "jax", "jax": "tensorflow"}[ours]
    for name in (other, "torch", "tensorflwo"):
        with pytest.raises(RnnkitError, match=f"--backend.*{name}.*{ours}") as caught:
            backend.select(name)
        assert caught.value.exit_code == 2
    backend.select(ours)
    backend.select()


def test_select_unknown_device() -> None:
    with pytest.raises(RnnkitError, match=r"--device.*'cuda'.*auto, cpu, gpu") as caught:
        backend.select(device="cuda")
    assert caught.value.exit_code == 2


def test_select_missing_gpu() -> None:
    backend.select(device="cpu")
    if backend.gpus():
        pytest.skip("this machine has a GPU")
    with pytest.raises(RnnkitError, match=r"--device.*gpu") as caught:
        backend.select(device="gpu")
    assert caught.value.exit_code == 2


# What `backend.available` says in each of several environments, in one process without keras.
SELECT = """
import json, os, sys
from rnnkit import backend
from rnnkit.errors import RnnkitError

FRAMEWORKS = ("tensorflow", "jax", "keras")
said = []
for missing, name, environment in json.loads(sys.argv[1]):
    for framework in FRAMEWORKS:
        sys.modules.pop(framework, None)
    sys.modules.update(dict.fromkeys(missing))
    os.environ.pop("KERAS_BACKEND", None)
    os.environ.update(environment)
    try:
        said.append([0, str(backend.available(name))])
    except RnnkitError as error:
        said.append([error.exit_code, str(error)])
    assert not any(map(sys.modules.get, FRAMEWORKS))
print(json.dumps(said))
"""
AVAILABLE: list[tuple[list[str], str | None, dict[str, str], int, list[str]]] = [
    ([], None, {}, 0, ["tensorflow"]),
    ([], "jax", {"KERAS_BACKEND": "tensorflow"}, 0, ["jax"]),
    (["tensorflow"], None, {}, 0, ["jax"]),
    ([], "torch", {}, 2, ["--backend", "'torch'", "tensorflow, jax"]),
    ([], None, {"KERAS_BACKEND": "theano"}, 2, ["KERAS_BACKEND", "'theano'", "tensorflow, jax"]),
    (["jax"], "jax", {}, 2, ["--backend", "`pip install 'rnnkit[jax]'`"]),
    (
        ["tensorflow"],
        None,
        {"KERAS_BACKEND": "tensorflow"},
        2,
        ["KERAS_BACKEND", "`pip install 'rnnkit[tensorflow]'`"],
    ),
    (["tensorflow", "jax"], None, {}, 2, ["`pip install 'rnnkit[tensorflow]'`"]),
    (["keras"], None, {}, 2, ["keras", "`pip install 'rnnkit[tensorflow]'`"]),
]
"""Missing frameworks, the name that is asked for, the environment; the exit code, and words."""


def test_available() -> None:
    asked = json.dumps([(missing, name, given) for missing, name, given, *_ in AVAILABLE])
    process = subprocess.run(
        [sys.executable, "-c", SELECT, asked],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    said = json.loads(process.stdout)
    for (status, text), (*_, expected, words) in zip(said, AVAILABLE, strict=True):
        assert status == expected, text
        assert all(word in text for word in words), text


CONFIG = """
task: {language_model: {window: 3}}
data: {dataset: fable, split: 0}
model: {embedding: 8, layers: [gru: {units: 8, dropout: 0.2}, dropout: 0.3]}
train: {optimizer: adam, learning_rate: 0.01, batch_size: 16, random_seed: 7}
"""


@pytest.mark.backend
def test_seed_trains_the_same_weights(tmp_path: Path) -> None:
    """To the last bit; tests/workflows/test_train.py compares with another process."""
    config = tmp_path / "small.yaml"
    config.write_text(CONFIG)
    first = rnnkit.train(str(config), smoke=True).folder.weights
    np.random.default_rng().random()  # what else was drawn has no say
    assert rnnkit.train(str(config), smoke=True).folder.weights.read_bytes() == first.read_bytes()


BEGINS = r"""
import sys
import time
from rnnkit import backend, process
process.set_up_command()
own = sys.stderr
backend.begin(device="cpu")
lines = 0
while process.is_importing():
    sys.stderr.write("a remark\n")
    lines += 1
    time.sleep(0.01)
backend.select(device="cpu")
assert sys.stderr is own
print("the last one", file=sys.stderr)
import keras
print(lines, backend.current(), keras.config.floatx(), keras.config.epsilon())
"""


@pytest.mark.soak
def test_begin_imports_in_a_thread_and_hides_no_remark(tmp_path: Path) -> None:
    """What a user's keras.json says is for other programs."""
    settings = {"floatx": "float64", "epsilon": 0.1, "backend": "jax"}
    (tmp_path / "keras.json").write_text(json.dumps(settings), encoding="utf-8")
    process = subprocess.run(
        [sys.executable, "-c", BEGINS],
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "KERAS_BACKEND": "tensorflow",
            "KERAS_HOME": str(tmp_path),
            "TF_CPP_MIN_LOG_LEVEL": "0",
        },
    )
    lines, *chosen = process.stdout.split()
    assert chosen == ["tensorflow", "float32", "1e-07"]
    assert int(lines) > 3
    assert process.stderr.splitlines() == ["a remark"] * int(lines) + ["the last one"]


def test_begin_leaves_to_select_what_is_wrong() -> None:
    program = "from rnnkit import backend; backend.begin('cntk'); backend.select('cntk')"
    process = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert process.returncode == 1
    assert "RnnkitError: --backend" in process.stderr


def test_select_says_what_is_wrong_with_a_framework(tmp_path: Path) -> None:
    """One that is installed, and cannot be imported."""
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "__init__.py").write_text("raise ImportError('libx.so.1: no such file')")
    process = subprocess.run(
        [sys.executable, "-c", "from rnnkit import backend; backend.select('jax')"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
    )
    assert process.returncode == 1
    assert "RnnkitError: jax cannot be imported (libx.so.1: no such file)." in process.stderr
    assert "pip install --force-reinstall jax" in process.stderr


def test_keep_compiled_is_below_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless JAX's own variable is set, or nothing is to be kept."""
    name = "JAX_COMPILATION_CACHE_DIR"
    monkeypatch.setenv("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")
    for cache, own, expected in (
        (str(tmp_path), None, str(tmp_path / "xla")),
        (str(tmp_path), "mine", "mine"),
        ("0", None, None),
    ):
        monkeypatch.setenv("RNNKIT_CACHE", cache)
        monkeypatch.setenv(name, own or "")
        if own is None:
            monkeypatch.delenv(name)
        device.keep_compiled()
        assert os.environ.get(name) == expected
