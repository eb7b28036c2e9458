"""A forecaster's network: its layers, its loss and the metrics of an epoch."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.metrics.regression import pinball
from rnnkit.models.build import build_model, get_weights
from tests.helpers.forecasters import (
    forecasting,
    numbers_config,
    prepared,
    series_config,
    write_series,
)

pytestmark = pytest.mark.backend

TOY = numbers_config(
    range(8), layers="simple_rnn: {units: 1, recurrent_initializer: zeros, unroll: true}"
)


def test_architecture_of_the_toy_has_five_weights() -> None:
    architecture = forecasting(TOY).network(prepared(TOY).codec).architecture
    assert architecture.input_shape == (2, 1)
    assert architecture.weight_shapes() == {
        "simple_rnn/kernel": (1, 1),
        "simple_rnn/recurrent_kernel": (1, 1),
        "simple_rnn/bias": (1,),
        "forecast/kernel": (1, 1),
        "forecast/bias": (1,),
    }
    weights = get_weights(build_model(architecture), architecture)
    assert weights["simple_rnn/recurrent_kernel"].tolist() == [[0.0]]
    assert weights["simple_rnn/kernel"].item() != 0


@pytest.mark.parametrize("loss", ["mse", "mae", "quantile"])
def test_objective_is_that_of_the_metrics(loss: str) -> None:
    write_series(60)
    text = series_config(f"timesteps: 4, horizon: 3, loss: {loss}", "target: [y, x], time: t")
    task, codec = forecasting(text), prepared(text).codec
    generator, levels = np.random.default_rng(0), np.array(task.task.levels)
    outputs = generator.normal(size=(5, 3 * 2 * len(levels))).astype(np.float32)
    targets = generator.normal(size=(5, 3, 2)).astype(np.float32)
    weights = np.array([1, 1, 0, 1, 1], np.float32)
    network = task.network(codec)
    sums = network.objective()(outputs, targets, weights)
    forecasts, real = outputs.reshape(5, 3, 2, -1)[weights > 0], targets[weights > 0]
    errors = forecasts[..., len(levels) // 2] - real
    expected = {
        "mse": (errors**2).mean(),
        "mae": np.abs(errors).mean(),
        "quantile": pinball(forecasts, real, levels),
    }[loss]
    metrics = network.epoch_metrics({name: float(value) for name, value in sums.items()})
    assert metrics["loss"] == pytest.approx(expected, rel=1e-5)
    assert metrics["mae"] == pytest.approx(np.abs(errors).mean(), rel=1e-5)
    assert metrics["rmse"] == pytest.approx(np.sqrt((errors**2).mean()), rel=1e-5)
