"""`train.precision: bfloat16`: a training is as good as in float32, and its answers are float32."""

from __future__ import annotations

import csv
import math
import statistics

import keras
import numpy as np
import pytest

from rnnkit.run import RunFolder
from rnnkit.workflows.train import train
from rnnkit.workflows.trained import load_trained

OF_ANOTHER_SEED = 4.303 * math.sqrt(1 + 1 / 3)
"""Standard deviations of three values above their mean: 39 of 40 further ones are below (Student's
t of two degrees of freedom)."""
HALVED = ("train.precision=bfloat16", "train.kernel=keras")  # kernels stay float32


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


@pytest.mark.soak
@pytest.mark.timeout(1800)  # four trainings
@pytest.mark.parametrize("config", ["reverse_digits", "adding", "brackets"])
def test_train_in_bfloat16_is_within_the_noise_of_seeds(config: str) -> None:
    def best(*overrides: str) -> float:
        return min(row["val_loss"] for row in history(train(config, overrides).run))

    seeds = [best(f"train.random_seed={seed}") for seed in range(3)]
    halved = best(*HALVED)
    assert halved <= statistics.mean(seeds) + OF_ANOTHER_SEED * statistics.stdev(seeds)
