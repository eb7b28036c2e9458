"""Forecasting: the toy that can be followed by hand, scales and parts of a series, and what is
wrong with numbers.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rnnkit.workflows.answer import load_trained

from rnnkit import api
from rnnkit.api import Run
from rnnkit.config import load_config, parse_config, shipped_configs
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from tests.cli.invoke import done, invoke

pytestmark = pytest.mark.backend

CONFIG = """\
task: {{forecasting: {{timesteps: {timesteps}, horizon: {horizon}}}}}
data: {{dataset: {{numbers: {numbers}}}, scale: {scale}, split: {split}}}
model: {{embedding: none, layers: [{layers}]}}
train: {{epochs: 2, batch_size: 4}}
"""


def text(
    numbers: Any,
    *,
    timesteps: int = 2,
    horizon: int = 1,
    scale: str = "none",
    split: str = "0",
    layers: str = "simple_rnn: 3",
) -> str:
    return CONFIG.format(
        numbers=list(map(float, numbers)),
        timesteps=timesteps,
        horizon=horizon,
        scale=scale,
        split=split,
        layers=layers,
    )


def config(numbers: Any, **options: Any) -> Any:
    return parse_config(text(numbers, **options), "c.yaml")


def silent(line: str) -> None:
    pass


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The shipped toy, trained as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(tmp_path_factory.mktemp("toy")))
        return api.train("toy_two_steps", say=silent)


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    (folder / "small.yaml").write_text(
        text(
            np.sin(np.arange(40)),
            timesteps=3,
            horizon=2,
            split="{validation: 0.25, test: 0.25}",
            scale="standard",
        )
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(folder))
        return api.train(str(folder / "small.yaml"), say=silent).folder.path


@pytest.fixture
def small(small_run: Path, runs: Path) -> str:
    """A forecaster of two numbers from three; its name."""
    shutil.copytree(small_run, runs / "small")
    return "small"


# The toy.


def test_the_toys_input_is_two_steps_of_one_number_and_it_has_five_weights() -> None:
    toy = load_config(shipped_configs()["toy_two_steps"])
    architecture = toy.architecture(toy.load_data().codec)
    assert architecture.input_shape == (2, 1)
    assert architecture.weight_shapes() == {
        "simple_rnn/kernel": (1, 1),
        "simple_rnn/recurrent_kernel": (1, 1),
        "simple_rnn/bias": (1,),
        "forecast/kernel": (1, 1),
        "forecast/bias": (1,),
    }
    assert toy.model.layers[0].unroll is True


def test_its_recurrent_weight_starts_at_zero() -> None:
    from rnnkit import backend
    from rnnkit.models.build import build_model, get_weights

    toy = load_config(shipped_configs()["toy_two_steps"])
    architecture = toy.architecture(toy.load_data().codec)
    backend.seed(0)
    weights = get_weights(build_model(architecture), architecture)
    assert weights["simple_rnn/recurrent_kernel"].tolist() == [[0.0]]
    assert weights["simple_rnn/kernel"].item() != 0


def test_its_forecast_is_the_equation_computed_by_hand(toy: Run) -> None:
    """h_1 = tanh(x_1 W + b), h_2 = tanh(x_2 W + h_1 U + b), forecast = h_2 V + c."""
    with np.load(toy.folder.weights) as arrays:
        w, u, b, v, c = (arrays[name].item() for name in arrays.files)
    assert u != 0  # it has learnt
    for first, second in ((0.1, 0.2), (0.3, 0.4), (-1.0, 2.0), (0.0, 0.0)):
        h = np.tanh(first * w + b)
        h = np.tanh(second * w + h * u + b)
        (answer,) = toy.predict(f"{first} {second}")
        assert answer.step == 1
        assert answer.forecast == pytest.approx(h * v + c, abs=1e-6)
        keras_says = np.asarray(toy.model(np.array([[[first], [second]]], np.float32)))
        assert keras_says.item() == pytest.approx(h * v + c, abs=1e-6)


def test_it_has_learnt_to_count(toy: Run) -> None:
    scores = json.loads(toy.folder.metrics.read_text())["train"]
    assert scores["this run"]["mae"] < 0.05 < scores["last value"]["mae"]


def test_its_baselines_by_hand(toy: Run) -> None:
    """0.1 ... 0.8: the last value is 0.1 behind, as everywhere in the training part, the mean of
    two is 0.15 behind; a line is linear.
    """
    scores = {row.who: row.scores for row in toy.evaluate("train")[0].rows}
    behind = 200 * sum(0.1 / (2 * n / 10 - 0.1) for n in range(3, 9)) / 6
    assert scores["last value"] == pytest.approx(
        {"mae": 0.1, "rmse": 0.1, "smape": behind, "mase": 1}, abs=1e-5
    )
    assert scores["mean of the window"]["mae"] == pytest.approx(0.15, abs=1e-6)
    assert scores["mean of the window"]["mase"] == pytest.approx(1.5, abs=1e-5)
    assert scores["linear autoregression"]["mae"] == pytest.approx(0, abs=1e-6)
    outputs = [toy.predict(f"{first / 10} {first / 10 + 0.1}")[0].forecast for first in range(1, 7)]
    errors = np.array(outputs) - np.arange(3, 9) / 10
    assert scores["this run"]["mae"] == pytest.approx(np.abs(errors).mean(), abs=1e-6)
    assert scores["this run"]["rmse"] == pytest.approx(np.sqrt((errors**2).mean()), abs=1e-6)


# Parts and scales.


def test_windows_and_their_targets() -> None:
    data = config(range(7), timesteps=3, horizon=2).load_data()
    inputs, targets, weights = next(data.train.in_order())
    assert inputs[:, :, 0].tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
    assert targets[:, :, 0].tolist() == [[3, 4], [4, 5], [5, 6]]
    assert weights.tolist() == [1, 1, 1]
    assert inputs.dtype == targets.dtype == np.float32


def test_parts_stand_in_the_order_of_time_and_share_no_target() -> None:
    """What is forecast lies within a part; what is seen may reach back into the part before, as it
    would on that day.
    """
    data = config(range(20), split="{validation: 0.25, test: 0.15}").load_data()
    assert data.steps == {"train": 12, "validation": 5, "test": 3}
    seen = {part: next(windows.in_order()) for part, windows in data.parts.items()}
    assert {
        part: batch.targets.ravel().tolist()[: len(data.parts[part])]
        for part, batch in seen.items()
    } == {
        "train": [2, 3, 4, 5],
        "validation": [12, 13, 14, 15],
        "test": [17, 18, 19],
    }
    assert [batch.inputs[0, :, 0].tolist() for batch in seen.values()] == [
        [0, 1],
        [10, 11],
        [15, 16],
    ]
    assert [len(windows) for windows in data.parts.values()] == [10, 5, 3]


def test_without_validation_all_is_trained_on() -> None:
    data = config(range(20)).load_data()
    assert list(data.parts) == ["train"]
    assert data.validation is None


def test_the_scaler_is_fitted_on_the_training_part_only() -> None:
    """-1 and 1 to train on; the 1000 that follow must not be known."""
    data = config([-1, 1] * 5 + [1000] * 10, scale="standard", split="0.5").load_data()
    assert (data.codec.scaler.mean.tolist(), data.codec.scaler.scale.tolist()) == ([0], [1])
    assert data.train.values[:, 0].tolist() == [-1, 1] * 5 + [1000] * 10


def test_a_runs_own_scaler_is_used_for_its_data() -> None:
    """Other numbers under the same config are scaled as those of the training were."""
    first = config([-1, 1] * 5, scale="standard").load_data()
    again = config([9, 11] * 5, scale="standard").load_data(codec=first.codec)
    assert again.train.values[:, 0].tolist() == [9, 11] * 5


def test_scores_and_forecasts_are_in_the_series_own_unit(tmp_path: Path, runs: Path) -> None:
    (tmp_path / "far.yaml").write_text(text([500, 520] * 20, scale="standard", split="0.5"))
    run = api.train("far.yaml", "train.epochs=1", say=silent)
    scores = {row.who: row.scores for row in run.evaluate("validation")[0].rows}
    assert scores["last value"]["mae"] == pytest.approx(20)
    assert scores["mean of the window"]["mae"] == pytest.approx(10)
    (answer,) = run.predict("500 520")
    trained = load_trained(run.folder, silent)
    scaled = trained.outputs(np.array([[[-1.0], [1.0]]], np.float32)).item()
    assert answer.forecast == pytest.approx(510 + 10 * scaled, rel=1e-5)
    assert 450 < answer.forecast < 570


@pytest.mark.parametrize("value", [0.1, 1234.567])
def test_a_constant_series(value: float, tmp_path: Path, runs: Path) -> None:
    (tmp_path / "flat.yaml").write_text(text([value] * 30, scale="standard", split="0.5"))
    run = api.train("flat.yaml", "train.epochs=20", "train.learning_rate=0.1", say=silent)
    scores = {row.who: row.scores for row in run.evaluate("validation")[0].rows}
    assert scores["last value"]["mae"] == pytest.approx(0, abs=1e-4)
    assert all(np.isfinite(list(row.values())).all() for row in scores.values())
    assert run.predict(f"{value} {value}")[0].forecast == pytest.approx(value, abs=0.5)


def test_the_fingerprint_changes_with_the_numbers() -> None:
    prints = {
        config(numbers).load_data().fingerprint
        for numbers in (range(10), range(10), [*range(9), 8])
    }
    assert len(prints) == 2


def test_several_steps_ahead_with_all_verbs(small: str) -> None:
    rows = json.loads(done("predict", "--text", "0 0.8 0.9", "--json").stdout)
    assert [row["step"] for row in rows] == [1, 2]
    table = done("predict", "--text", "0 0.8 0.9").stdout.splitlines()
    assert table[0].split() == ["step", "forecast"]
    assert [line.split() for line in table[1:]] == [
        [str(row["step"]), f"{row['forecast']:.4f}"] for row in rows
    ]
    parts = json.loads(
        done(
            "evaluate", "--part", "train", "--part", "validation", "--part", "test", "--json"
        ).stdout
    )
    assert [part["part"] for part in parts] == ["train", "validation", "test"]
    for part in parts:
        assert [row["who"] for row in part["rows"]] == [
            "this run",
            "last value",
            "mean of the window",
            "linear autoregression",
        ]
    assert parts[0]["notes"][0].startswith("training error")
    assert parts[1]["notes"] == ["9 origins, each forecast from the 3 steps before it"]
    assert "mae" in done("evaluate").stdout
    assert "(batch, 3, 1)" in done("inspect", "summary", small).stdout


def test_only_the_last_steps_count(small: str) -> None:
    short = done("predict", "--text", "0.1 0.2 0.3").stdout
    for longer in ("9 9 0.1 0.2 0.3", "9,0.1,0.2,0.3", "0.1, 0.2,\n0.3", "1e-1 .2 +0.3"):
        assert done("predict", "--text", longer).stdout == short
    assert done("predict", "--text", "-", stdin="0.1 0.2 0.3\n").stdout == short


def test_the_command_that_training_recommends_works(tmp_path: Path, runs: Path) -> None:
    (tmp_path / "next.yaml").write_text(text([-5, 12.5, -7.25, 3] * 5, scale="standard"))
    (line,) = [
        line for line in done("train", "next.yaml").stdout.splitlines() if line.startswith("next: ")
    ]
    program, verb, run, option, numbers = line.removeprefix("next: ").split(" ", 4)
    assert (program, verb, run, option, numbers) == (
        "rnnkit",
        "predict",
        str(runs / "next"),
        "--text",
        "'-5 12.5'",
    )
    assert len(done(verb, run, option, numbers.strip("'")).stdout.splitlines()) == 2


# What is wrong.


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ("0.1 0.2", "2 numbers. Expected at least 3 finite ones: 3 steps of 1"),
        ("", "0 numbers. Expected at least 3"),
        ("   ", "0 numbers"),
        (
            "one two three",
            "could not convert string to float: 'one'. Expected numbers, such as '0.1 0.2'",
        ),
        ("0.1 0.2 x", "'x'"),
        ("0.1 0.2 nan", "Expected at least 3 finite ones"),
        ("0.1 inf 0.2", "finite"),
        ("1e39 0.1 0.2", "finite"),
        ("0.1;0.2;0.3", "could not convert"),
    ],
)
def test_wrong_numbers(small: str, numbers: str, said: str) -> None:
    result = invoke("predict", "--text", numbers)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: --text: ")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--seed", "0.1 0.2 0.3"], ["--interactive"]])
def test_a_forecaster_generates_no_text(small: str, arguments: list[str]) -> None:
    named = invoke("generate", small, *arguments)
    assert (named.exit_code, named.stdout) == (2, "")
    assert (
        "a forecasting run. Expected a language_model or conditioned_language_model or seq2seq run"
        in named.stderr
    )
    newest = invoke("generate", *arguments)
    assert newest.exit_code == 2
    assert "no trained language_model or conditioned_language_model or seq2seq run" in newest.stderr


def test_a_file_to_evaluate_is_refused(small: str, tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("1 2 3 4")
    result = invoke("evaluate", small, "--data", "more.txt")
    assert result.exit_code == 2
    assert "--data: a file for the data set numbers" in result.stderr


@pytest.mark.parametrize(
    ("numbers", "options", "part"),
    [
        (range(4), {"timesteps": 4}, "train part has 4 steps"),
        (range(4), {"timesteps": 2, "horizon": 3}, "train part has 4 steps"),
        (range(20), {"split": "0.1", "horizon": 3}, "validation part has 2 steps"),
        (range(20), {"split": "{validation: 0, test: 0.1}", "horizon": 3}, "test part has 2 steps"),
        (range(20), {"horizon": 30}, "train part has 20 steps"),
        (range(8), {"split": "0.05"}, "validation part has 0 steps"),
        (range(20), {"split": "0.95"}, "train part has 1 steps"),
    ],
)
def test_a_series_that_is_too_short(numbers: Any, options: dict[str, Any], part: str) -> None:
    with pytest.raises(
        RnnkitError, match=r"task\.forecasting\.(timesteps|horizon): .* steps and .* ahead, but the"
    ) as caught:
        config(numbers, **options).load_data()
    assert part in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"split": "{validation: 0.6, test: 0.4}"},
            "data.split: validation and test take everything",
        ),
        (
            {"split": "{validation: 0.6, test: 0.6}"},
            "data.split: validation and test take everything",
        ),
        ({"timesteps": 0}, "task.forecasting.timesteps: found 0"),
        ({"horizon": 0}, "task.forecasting.horizon: found 0"),
        ({"scale": "minmax"}, "data.scale: found 'minmax' (text). Expected one of: standard, none"),
        ({"layers": "dense: 3"}, "no layer turns the sequence into one vector"),
        ({"layers": "pool: max, lstm: 3"}, "Move it before the pool"),
    ],
)
def test_wrong_configs(options: dict[str, Any], said: str) -> None:
    with pytest.raises(RnnkitError) as caught:
        config(range(20), **options)
    assert said in str(caught.value)


@pytest.mark.parametrize("embedding", ["8", "one_hot"])
def test_numbers_need_no_embedding(embedding: str) -> None:
    with pytest.raises(RnnkitError, match=r"model\.embedding: .* a series is numbers already"):
        parse_config(
            text(range(20)).replace("embedding: none", f"embedding: {embedding}"), "c.yaml"
        )


def test_monitor_names_a_score_of_forecasts() -> None:
    with pytest.raises(
        RnnkitError, match=r"train\.monitor: found 'accuracy'. Expected one of: loss, mae, rmse"
    ):
        parse_config(text(range(20)).replace("epochs: 2", "epochs: 2, monitor: accuracy"), "c.yaml")
    assert (
        parse_config(
            text(range(20)).replace("epochs: 2", "epochs: 2, monitor: rmse"), "c.yaml"
        ).train.monitor
        == "rmse"
    )


def test_a_run_without_its_scaler_is_named(toy: Run, runs: Path) -> None:
    shutil.copytree(toy.folder.path, runs / "toy")
    (runs / "toy" / "scaler.json").unlink()
    result = invoke("predict", "toy", "--text", "0.1 0.2")
    assert result.exit_code == 2
    assert "scaler.json: no such file" in result.stderr


def test_the_best_weights_are_those_of_the_lowest_validation_error(small: str) -> None:
    run = RunFolder.open(small)
    best = run.load_manifest()["best"]
    assert best["monitor"] == "val_loss"
    scaler = json.loads(run.scaler.read_text())["scale"][0]
    rmse = json.loads(run.metrics.read_text())["validation"]["this run"]["rmse"]
    assert (rmse / scaler) ** 2 == pytest.approx(best["value"], rel=1e-4)


def test_the_columns_of_a_run_that_is_taken_over() -> None:
    codec = config([1.0, 2, 3, 4, 5, 6, 7, 8] * 4).load_data().codec
    other = dataclasses.replace(codec, targets=("Temp",), columns={"Temp": None})
    with pytest.raises(
        RnnkitError,
        match=(
            r"data\.dataset: the run forecasts Temp from Temp, the config \w+ from \w+\. Expected"
            r" the same columns"
        ),
    ):
        config([1.0, 2, 3, 4, 5, 6, 7, 8] * 4).load_data(codec=other)
