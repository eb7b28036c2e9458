"""Trained forecasters: the toy, computed by hand, and a real series."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.forecasting.predictor import ForecastingPredictor
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.train import resume, train
from rnnkit.workflows.trained import Trained, load_trained, open_run
from tests.helpers.forecasters import forecasting, numbers_config, series_config, write_series

COLUMNS = "target: y, features: [x], categorical: [plan], known: [plan], time: t, cycles: [day]"


def trained(name: str, runs: Path, *overrides: str) -> Trained:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(runs))
        return load_trained(train(name, overrides).run)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The shipped toy, in fewer epochs."""
    faster = ("train.epochs=80", "train.learning_rate=0.1")
    return trained("toy_two_steps", tmp_path_factory.mktemp("toy"), *faster)


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A forecaster of an interval, three hours ahead, from a further column, a plan and the
    calendar.
    """
    folder = tmp_path_factory.mktemp("hours")
    write_series(120, future=3, path=str(folder / "s.csv"))
    text = series_config("timesteps: 4, horizon: 3, loss: quantile", COLUMNS)
    (folder / "c.yaml").write_text(text.replace("s.csv", str(folder / "s.csv")))
    return trained(str(folder / "c.yaml"), folder / "runs").run


def forecast_of(run: Trained, text: str) -> float:
    (forecast,) = run.predictor.predict([run.predictor.parse(text)])
    return float(forecast.points[0, 0])  # type: ignore[attr-defined]


def test_forecasting_toy_by_the_equation(toy: Trained) -> None:
    """h_1 = tanh(x_1 W + b), h_2 = tanh(x_2 W + h_1 U + b), forecast = h_2 V + c."""
    with np.load(toy.run.weights) as arrays:
        w, u, b, v, c = (arrays[name].item() for name in arrays.files)
    assert u != 0  # it starts at 0
    for first, second in ((0.1, 0.2), (0.3, 0.4), (-1.0, 2.0), (0.0, 0.0)):
        h = np.tanh(first * w + b)
        h = np.tanh(second * w + h * u + b)
        assert forecast_of(toy, f"{first} {second}") == pytest.approx(h * v + c, abs=1e-6)


def test_forecasting_toy_beats_its_baselines_by_hand(toy: Trained) -> None:
    """0.1 ... 0.8: the last value is 0.1 behind, as everywhere in the training set, the mean of
    two is 0.15 behind; a line is linear.
    """
    data = toy.task.prepare(Source())
    evaluation = toy.task.evaluator(toy.predictor, data).evaluate("train")
    scores = {row.who: row.scores for row in evaluation.rows}
    behind = 200 * sum(0.1 / (2 * n / 10 - 0.1) for n in range(3, 9)) / 6
    last = {"mae": 0.1, "rmse": 0.1, "smape": behind, "mase": 1}
    assert scores["last value"] == pytest.approx(last, abs=1e-5)
    assert scores["mean of the window"]["mae"] == pytest.approx(0.15, abs=1e-6)
    assert scores["mean of the window"]["mase"] == pytest.approx(1.5, abs=1e-5)
    assert scores["linear autoregression"]["mae"] == pytest.approx(0, abs=1e-6)
    outputs = [forecast_of(toy, f"{step / 10} {(step + 1) / 10}") for step in range(1, 7)]
    errors = np.array(outputs) - np.arange(3, 9) / 10
    assert scores["this run"]["mae"] == pytest.approx(np.abs(errors).mean(), abs=1e-6)
    assert scores["this run"]["mae"] < 0.05


def test_forecasts_have_the_unit_of_the_series(tmp_path: Path) -> None:
    Path("far.yaml").write_text(numbers_config([500, 520] * 20, scale="standard", split="0.5"))
    run = trained("far.yaml", tmp_path, "train.epochs=1")
    data = run.task.prepare(Source(), run.predictor.codec)
    evaluation = run.task.evaluator(run.predictor, data).evaluate("validation")
    scores = {row.who: row.scores for row in evaluation.rows}
    assert scores["last value"]["mae"] == pytest.approx(20)
    scaled = run.predictor.outputs(np.array([[[-1.0], [1.0]]], np.float32)).item()
    assert forecast_of(run, "500 520") == pytest.approx(510 + 10 * scaled, rel=1e-5)


def test_forecasting_of_a_constant_series(tmp_path: Path, value: float = 1234.567) -> None:
    Path("flat.yaml").write_text(numbers_config([value] * 30, scale="standard", split="0.5"))
    run = trained("flat.yaml", tmp_path, "train.epochs=10", "train.learning_rate=0.2")
    scores = json.loads(run.run.metrics.read_text())["validation"]
    assert scores["last value"]["mae"] == pytest.approx(0, abs=1e-4)
    assert all(np.isfinite(list(row.values())).all() for row in scores.values())
    assert forecast_of(run, f"{value} {value}") == pytest.approx(value, abs=0.5)


def test_forecasting_keeps_weights_of_the_lowest_validation_error(tmp_path: Path) -> None:
    wave = numbers_config(np.sin(np.arange(40)), timesteps=3, scale="standard", split="0.25")
    Path("wave.yaml").write_text(wave)
    run = trained("wave.yaml", tmp_path).run
    best = run.load_manifest()["best"]
    assert best["monitor"] == "val_loss"
    scale = json.loads(run.scaler.read_text())["scale"][0]
    rmse = json.loads(run.metrics.read_text())["validation"]["this run"]["rmse"]
    assert (rmse / scale) ** 2 == pytest.approx(best["value"], rel=1e-4)


def test_forecasting_numpy_keras_and_the_export_agree(hours: RunFolder) -> None:
    import keras

    task, codec, _, _ = open_run(hours)
    (batch,) = task.prepare(Source(), codec).parts["validation"].batches(22).in_order()
    outputs = load_trained(hours).predictor.outputs(batch.inputs)
    assert outputs.shape == (22, 9)
    model = keras.saving.load_model(hours.keras_export)
    assert np.asarray(model(batch.inputs)) == pytest.approx(outputs, abs=1e-5)


@pytest.mark.soak
def test_forecasting_resumed_training_equals_an_uninterrupted_one(runs: Path) -> None:
    write_series(120)
    columns = "target: y, features: [x], time: t"
    Path("c.yaml").write_text(
        series_config(columns=columns, layers="lstm: {units: 4, dropout: 0.2}")
    )
    whole = train("c.yaml").run
    train("c.yaml", ["train.max_steps=5"])
    resumed = resume("c-2", ["train.max_steps=null"]).run
    with np.load(whole.weights) as first, np.load(resumed.weights) as second:
        assert all(np.array_equal(first[name], second[name]) for name in first.files)


def test_sample_shows_a_window_and_its_forecast(toy: Trained) -> None:
    assert isinstance(toy.predictor, ForecastingPredictor)
    data = toy.task.prepare(Source())
    shown = f"{forecast_of(toy, '0.1 0.2'):.4g}"
    assert toy.task.sample(toy.predictor, data) == f"after 0.1 0.2: {shown}"


def test_next_command_asks_with_numbers_or_a_series() -> None:
    write_series(60)
    numbers = forecasting(numbers_config([-5, 98765432.512, -7.25, 3] * 5))
    run = RunFolder(Path("runs/it's"))
    command = shlex.split(numbers.next_command(run, numbers.prepare(Source())))
    assert command == ["rnnkit", "predict", str(run), "--text", "-5 98765432.512"]
    series = forecasting(series_config())
    command = shlex.split(series.next_command(run, series.prepare(Source())))
    assert command == ["rnnkit", "forecast", str(run), "--horizon", "3"]


def test_load_codec_names_a_missing_scaler(tmp_path: Path) -> None:
    task = forecasting(numbers_config(range(20)))
    with pytest.raises(RnnkitError, match=r"scaler\.json.*no such file"):
        task.load_codec(RunFolder(tmp_path))
