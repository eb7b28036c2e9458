"""`train.precision: bfloat16`: a training is as good as in float32, and its answers are float32."""

from __future__ import annotations

import csv
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from rnnkit.run import RunFolder
from rnnkit.workflows.export import open_model
from rnnkit.workflows.train import train
from rnnkit.workflows.trained import load_trained
from tests.export.onnx.sessions import assert_close, first_output
from tests.helpers.random_models import random_inputs
from tests.workflows.test_kills import HALVED, TASKS, write_data

OF_ANOTHER_SEED = 4.303 * math.sqrt(1 + 1 / 3)
"""Standard deviations of three values above their mean: 39 of 40 further ones are below (Student's
t of two degrees of freedom)."""


def history(run: RunFolder) -> list[dict[str, float]]:
    with run.history.open(encoding="utf-8") as file:
        return [{name: float(cell) for name, cell in row.items()} for row in csv.DictReader(file)]


def test_train_in_bfloat16_learns_and_answers_in_float32() -> None:
    """198 of 200 windows are learnt; weights, NumPy's answers and plain keras are of float32."""
    run = train("fable_simple_rnn", HALVED).run
    assert max(row["accuracy"] for row in history(run)) >= 0.985
    with np.load(run.weights) as archive:
        assert {archive[name].dtype for name in archive.files} == {np.dtype("float32")}
    plain = keras.saving.load_model(run.path / "model.keras")
    assert {layer.compute_dtype for layer in plain.layers if layer.weights} == {"float32"}
    text = np.array([[5, 9, 2], [7, 7, 1]], np.int32)
    answers = load_trained(run).predictor.outputs(text)
    np.testing.assert_allclose(answers, np.asarray(plain(text)), rtol=0, atol=1e-5)


def command(backend: str, *arguments: object) -> str:
    """What `rnnkit` prints, in a process of its own with this backend."""
    words = [sys.executable, "-m", "rnnkit", *map(str, arguments)]
    environment = os.environ | {"KERAS_BACKEND": backend}
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=1800, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.soak
@pytest.mark.timeout(1800)  # four trainings
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
@pytest.mark.parametrize("config", ["reverse_digits", "adding", "brackets"])
def test_train_in_bfloat16_is_within_the_noise_of_seeds(
    config: str, backend: str, runs: Path
) -> None:
    def best(*overrides: str) -> float:
        before = {*runs.glob("*")}
        command(backend, "train", config, *overrides)
        (run,) = {*runs.glob("*")} - before
        return min(row["val_loss"] for row in history(RunFolder(run)))

    seeds = [best(f"train.random_seed={seed}") for seed in range(3)]
    halved = best(*HALVED)
    assert halved <= statistics.mean(seeds) + OF_ANOTHER_SEED * statistics.stdev(seeds)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
@pytest.mark.parametrize("task", ["windows", "classification"])
def test_exports_of_a_training_in_bfloat16_answer_as_the_run(
    task: str, backend: str, tmp_path: Path
) -> None:
    """By the command line, of layers of every kind: ONNX Runtime and plain keras answer as the
    weights do that the run keeps.
    """
    write_data(tmp_path / "data")
    text = TASKS[task].replace("DATA", str(tmp_path / "data"))
    Path("small.yaml").write_text(text, encoding="utf-8")
    command(backend, "train", "small.yaml", *HALVED)
    for target in ("onnx", "keras"):
        command(backend, "export", "small", target)
    model = open_model("small")
    inputs = random_inputs(model.architecture, 1, 3)
    expected = model.predictor.outputs(inputs)
    assert expected.dtype == np.float32
    assert_close(first_output(Path("small.onnx").read_bytes(), inputs), expected)
    plain = keras.saving.load_model("small.keras")
    assert_close(np.asarray(plain(inputs)), expected)
