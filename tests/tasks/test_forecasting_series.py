"""Forecasts of real series: what is seen of the future, recursion, quantiles, changes, and scores
beside a computation by hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rnnkit.workflows.answer import load_trained, open_run

from rnnkit import api
from rnnkit.api import Run
from rnnkit.config import parse_config
from rnnkit.data.batch.series import SeriesWindows, WindowShape
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError
from rnnkit.metrics.regression import pinball
from tests.cli.invoke import done, invoke

CONFIG = """\
task: {{forecasting: {{{task}}}}}
data: {{dataset: {{series: {{path: s.csv, {columns}}}}}, transform: {transform}, split: {{validation: 0.2, test: 0.2}}}}
model: {{embedding: none, layers: [{layers}]}}
train: {{epochs: 2, batch_size: 16}}
"""  # noqa: E501


def silent(line: str) -> None:
    pass


def text(
    task: str = "timesteps: 4, horizon: 3",
    columns: str = "target: y, time: t",
    *,
    transform: str = "none",
    layers: str = "gru: 4",
) -> str:
    return CONFIG.format(task=task, columns=columns, transform=transform, layers=layers)


def config(*arguments: str, **options: str) -> Any:
    return parse_config(text(*arguments, **options), "c.yaml")


def write_series(steps: int = 120, future: int = 0, path: str = "s.csv") -> np.ndarray:
    """Hours with y, x and a plan; the last `future` have the plan alone. Returns y."""
    generator = np.random.default_rng(0)
    hours = np.datetime64("2020-01-01T00") + np.arange(steps + future)
    y = np.round(
        20 + 5 * np.sin(2 * np.pi * np.arange(steps) / 24) + generator.normal(0, 0.5, steps), 3
    )
    x = np.round(generator.normal(0, 1, steps), 3)
    plan = generator.choice(["on", "off"], steps + future)
    rows = [
        f"{hour},{y[i]},{x[i]},{plan[i]}" if i < steps else f"{hour},,,{plan[i]}"
        for i, hour in enumerate(hours)
    ]
    Path(path).write_text("\n".join(["t,y,x,plan", *rows]) + "\n")
    return y


# Windows.


@settings(deadline=None, max_examples=50)
@given(
    st.integers(1, 5),
    st.integers(1, 4),
    st.integers(1, 2),
    st.integers(0, 2),
    st.integers(0, 3),
    st.integers(0, 1000),
)
def test_a_window_by_hand(
    timesteps: int, horizon: int, targets: int, known: int, lag: int, seed: int
) -> None:
    """Past columns of the steps before the origin; known ones of `horizon` steps later; targets
    from the origin on.

    A change is that since the same place of the last `lag` steps seen.
    """
    lag = min(lag, timesteps)
    generator = np.random.default_rng(seed)
    features = targets + 1 + known
    is_known = np.arange(features) >= features - known
    values = generator.normal(size=(20, features)).astype(np.float32)
    shape = WindowShape(timesteps, horizon, targets, is_known, lag)
    origins = np.arange(timesteps, 20 - horizon + 1)
    (batch,) = SeriesWindows(values, origins, shape, 64).in_order()
    for row, origin in enumerate(origins):

        def base(step: int, feature: int, origin: int = int(origin)) -> float:
            if not lag or feature >= targets:
                return 0.0
            while step >= origin:
                step -= lag
            while step < origin - lag:
                step += lag
            return float(values[step, feature])

        for step in range(timesteps):
            for feature in range(features):
                at = origin - timesteps + step
                seen = values[at + horizon if is_known[feature] else at, feature]
                assert batch.inputs[row, step, feature] == np.float32(seen - base(at, feature))
        for step in range(horizon):
            for target in range(targets):
                at = origin + step
                assert batch.targets[row, step, target] == np.float32(
                    values[at, target] - base(at, target)
                )


def test_no_number_of_the_future_is_seen() -> None:
    """Whatever comes after the origin changes no input, but for what is known in advance."""
    shape = WindowShape(3, 2, 1, np.array([False, False, True]), 1)
    values = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
    changed = values.copy()
    changed[6:, :2] = np.nan
    seen = [shape.inputs(shape.tape(found, np.array([6]), 2)) for found in (values, changed)]
    assert np.array_equal(*seen)
    changed[7, 2] = 99
    assert (shape.inputs(shape.tape(changed, np.array([6]), 2)) == 99).sum() == 1


def test_windows_whose_targets_were_filled_are_left_out() -> None:
    write_series()
    lines = Path("s.csv").read_text().splitlines()
    fields = lines[31].split(",")
    lines[31] = ",".join([fields[0], "", *fields[2:]])  # step 30, in the training part of 72
    Path("s.csv").write_text("\n".join(lines) + "\n")
    data = config(columns="target: y, time: t, fill: previous").load_data()
    assert set(range(4, 70)) - set(data.train.origins.tolist()) == {28, 29, 30}
    assert data.validation is not None
    assert data.validation.origins.tolist() == list(range(72, 94))


# Forecasts.


class Linear:
    """A model that anyone can compute: the mean of the window's targets and of all its numbers, by
    fixed weights.
    """

    def __init__(self, outputs: int):
        self.outputs = outputs
        self.seen: list[np.ndarray] = []

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        self.seen.append(inputs.copy())
        return np.stack(
            [
                0.5 * inputs[:, -1, 0]
                + 0.1 * (index + 1) * inputs.sum(axis=(1, 2)) / inputs.shape[1]
                for index in range(self.outputs)
            ],
            axis=1,
        )


def test_recursion_by_hand() -> None:
    """A one-step model reads its own forecasts; the plan of each next step is known."""
    write_series(60, future=5)
    task = config(
        "timesteps: 3, horizon: 1, method: recursive",
        "target: y, time: t, categorical: [plan], known: [plan]",
    )
    data = task.load_data()
    codec, series = data.codec, data.series
    found = task.ahead(codec, Linear(1), series, 5, "here", silent)
    values = codec.encoded(series)
    past = values[: len(series), 0].tolist()
    for step in range(5):
        window = [
            [past[len(series) + step - 3 + i], *values[len(series) + step - 2 + i, 1:]]
            for i in range(3)
        ]
        past.append(float(Linear(1)(np.array([window]))[0, 0]))
    expected = codec.decoded(np.array(past[len(series) :])[:, None])[:, 0]
    assert found.points[:, 0] == pytest.approx(expected, rel=1e-5)
    assert str(found.times[0]) == "2020-01-03T12:00:00"


def test_a_horizon_beyond_what_is_known() -> None:
    write_series(60, future=2)
    task = config(
        "timesteps: 3, horizon: 1, method: recursive",
        "target: y, time: t, categorical: [plan], known: [plan]",
    )
    data = task.load_data()
    with pytest.raises(
        RnnkitError,
        match=(
            r"here: plan is known for 2 steps ahead. Expected the next 3.* Add rows at the end with"
            r" plan, and nothing under y"
        ),
    ):
        task.ahead(data.codec, Linear(1), data.series, 3, "here", silent)


def test_a_direct_model_refuses_more_than_its_horizon() -> None:
    write_series(60)
    task = config()
    data = task.load_data()
    with pytest.raises(
        RnnkitError,
        match=(
            r"--horizon: 4, but this run forecasts 3 steps, all at once. Train one with `method:"
            r" recursive`"
        ),
    ):
        task.ahead(data.codec, Linear(3), data.series, 4, "here", silent)
    assert len(task.ahead(data.codec, Linear(3), data.series, 2, "here", silent).points) == 2


def test_quantiles_never_cross() -> None:
    write_series(60)
    task = config("timesteps: 4, horizon: 2, loss: quantile, quantiles: [0.1, 0.5, 0.9]")
    data = task.load_data()
    crossing = lambda inputs: np.tile([3.0, 1.0, 2.0, -1.0, -3.0, -2.0], (len(inputs), 1))  # noqa: E731
    found = task.ahead(data.codec, crossing, data.series, None, "here", silent)
    expected = data.codec.decoded(np.array([[1.0, 2.0, 3.0], [-3.0, -2.0, -1.0]])[..., None])[
        ..., 0
    ]
    assert found.values[:, 0] == pytest.approx(expected)
    assert found.points[:, 0] == pytest.approx(expected[:, 1])


@pytest.mark.parametrize("transform", ["difference", "return"])
def test_an_answer_of_zero_is_the_last_value(transform: str) -> None:
    y = write_series(60)
    task = config(transform=transform)
    data = task.load_data()
    nothing = lambda inputs: np.zeros((len(inputs), 3))  # noqa: E731
    assert task.ahead(data.codec, nothing, data.series, 3, "here", silent).points[
        :, 0
    ] == pytest.approx([y[-1]] * 3, rel=1e-5)
    one = lambda inputs: np.ones((len(inputs), 3))  # noqa: E731
    scale = float(data.codec.scaler.scale[0])
    expected = y[-1] + scale if transform == "difference" else y[-1] * np.exp(scale)
    assert task.ahead(data.codec, one, data.series, 3, "here", silent).points[
        :, 0
    ] == pytest.approx([expected] * 3, rel=1e-5)


def test_the_forecast_after_a_file_is_that_which_is_scored(tmp_path: Path) -> None:
    """From the end of the first 80 rows as from the origin 80 of the whole."""
    write_series(120)
    task = config(columns="target: y, features: [x], time: t, cycles: [day]")
    data = task.load_data()
    from rnnkit import backend
    from rnnkit.models.build import build_model, get_weights

    backend.seed(0)
    architecture = task.architecture(data.codec)
    engine = Engine(architecture, get_weights(build_model(architecture), architecture))
    scored = task._forecasts(engine, data.codec, data.train.values, np.array([80]), 3)
    lines = Path("s.csv").read_text().splitlines()
    Path("first.csv").write_text("\n".join(lines[:81]) + "\n")
    asked = task.ahead(
        data.codec, engine, task.data.dataset.read("first.csv"), None, "--input", silent
    )
    assert asked.values == pytest.approx(scored[0], rel=1e-5)
    assert str(asked.times[0]) == lines[81].split(",")[0] + ":00:00"


# Scores.


def test_scores_by_hand() -> None:
    """Every score of the baselines, from the file's own numbers in loops."""
    y = write_series(120)
    task = config("timesteps: 4, horizon: 3, season: 24")
    data = task.load_data()
    (evaluation,) = task.evaluate(Linear(3), data, ["validation"])
    rows = {row.who: row.scores for row in evaluation.rows}
    assert list(rows) == [
        "this run",
        "last value",
        "seasonal naive (24)",
        "mean of the window",
        "linear autoregression",
    ]
    origins = range(72, 96 - 3 + 1)
    naive = np.mean([abs(y[step] - y[step - 24]) for step in range(24, 72)])
    forecasts = {
        "last value": lambda origin, step: y[origin - 1],
        "seasonal naive (24)": lambda origin, step: y[origin + step - 24],
        "mean of the window": lambda origin, step: y[origin - 4 : origin].mean(),
    }
    design = np.array([[*y[origin - 4 : origin], 1.0] for origin in range(4, 70)])
    weights = np.linalg.lstsq(
        design, np.array([y[origin : origin + 3] for origin in range(4, 70)]), rcond=None
    )[0]
    forecasts["linear autoregression"] = lambda origin, step: (
        np.append(y[origin - 4 : origin], 1.0) @ weights[:, step]
    )
    for who, forecast in forecasts.items():
        pairs = np.array(
            [[forecast(origin, step), y[origin + step]] for origin in origins for step in range(3)]
        )
        errors = np.abs(pairs[:, 0] - pairs[:, 1])
        assert rows[who]["mae"] == pytest.approx(errors.mean(), rel=1e-3)
        assert rows[who]["rmse"] == pytest.approx(np.sqrt((errors**2).mean()), rel=1e-3)
        assert rows[who]["smape"] == pytest.approx(
            (200 * errors / np.abs(pairs).sum(axis=1)).mean(), rel=1e-3
        )
        assert rows[who]["mase"] == pytest.approx(errors.mean() / naive, rel=1e-3)
    assert evaluation.notes == ["22 origins, each forecast from the 4 steps before it"]


def test_what_is_not_beaten_is_said_in_words() -> None:
    write_series(120)
    task = config(transform="difference")
    data = task.load_data()
    (worse,) = task.evaluate(lambda inputs: np.full((len(inputs), 3), 50.0), data, ["validation"])  # type: ignore[arg-type]
    assert {row.note for row in worse.rows[1:]} == {"this run does not beat it"}
    (same,) = task.evaluate(lambda inputs: np.zeros((len(inputs), 3)), data, ["validation"])  # type: ignore[arg-type]
    assert same.rows[1].who == "last value"
    assert same.rows[1].note == "this run does not beat it"
    generator = np.random.default_rng(0)
    (luck,) = task.evaluate(
        lambda inputs: generator.normal(0, 0.01, (len(inputs), 3)), data, ["validation"]
    )  # type: ignore[arg-type]
    assert luck.rows[1].note.startswith(
        ("this run does not beat it", "this run beats it by no more than chance may (p 0.")
    )


def test_the_season_is_that_of_the_timestamps() -> None:
    write_series(120)
    task = config()
    (evaluation,) = task.evaluate(Linear(3), task.load_data(), ["validation"])
    assert "seasonal naive (24)" in [row.who for row in evaluation.rows]


def test_an_intervals_coverage_is_that_of_all_targets() -> None:
    y = write_series(120)
    task = config("timesteps: 4, horizon: 1, loss: quantile")
    data = task.load_data()
    ends = lambda inputs: np.tile([-1.0, 0.0, 1.0], (len(inputs), 1))  # noqa: E731
    (evaluation,) = task.evaluate(ends, data, ["validation"])  # type: ignore[arg-type]
    lower, upper = data.codec.decoded(np.array([[-1.0], [1.0]]))[:, 0]
    assert evaluation.rows[0].scores["coverage"] == pytest.approx(
        ((y[72:96] >= lower) & (y[72:96] <= upper)).mean()
    )
    assert "the interval from 0.1 to 0.9 should cover 80%" in evaluation.notes


def test_several_targets_have_a_table_each() -> None:
    write_series(120)
    task = config(columns="target: [y, x], time: t")
    (evaluation,) = task.evaluate(Linear(6), task.load_data(), ["test"])
    assert [table.title for table in evaluation.tables] == ["y", "x"]
    assert list(evaluation.rows[0].scores) == ["mase", "smape"]
    first, second = ({row[0]: row[4] for row in table.rows} for table in evaluation.tables)
    for row in evaluation.rows:
        assert row.scores["mase"] == pytest.approx((first[row.who] + second[row.who]) / 2)


def test_a_category_is_scored_by_the_largest_share() -> None:
    write_series(120)
    task = config("timesteps: 4", "target: plan, categorical: [plan], time: t")
    data = task.load_data()
    assert data.codec.names == ("plan=off", "plan=on")
    (evaluation,) = task.evaluate(
        lambda inputs: np.tile([0.2, 0.8], (len(inputs), 1)), data, ["test"]
    )  # type: ignore[arg-type]
    share = np.mean(data.series.columns["plan"][96:] == "on")
    assert evaluation.rows[0].scores["accuracy"] == pytest.approx(share)
    assert evaluation.rows[0].scores["mae"] == pytest.approx(
        share * 0.2 + (1 - share) * 0.8, rel=1e-5
    )


# By keras.


@pytest.mark.backend
@pytest.mark.parametrize("loss", ["mse", "mae", "quantile"])
def test_the_loss_is_that_of_the_metrics(loss: str) -> None:
    write_series(60)
    task = config(f"timesteps: 4, horizon: 3, loss: {loss}", "target: [y, x], time: t")
    data = task.load_data()
    generator = np.random.default_rng(0)
    shares = np.array(task.quantiles)
    outputs = generator.normal(size=(5, 3 * 2 * len(shares))).astype(np.float32)
    targets, weights = (
        generator.normal(size=(5, 3, 2)).astype(np.float32),
        np.array([1, 1, 0, 1, 1], np.float32),
    )
    sums = {
        name: float(value)
        for name, value in task.objective(data.codec)(outputs, targets, weights).items()
    }
    made, real = outputs.reshape(5, 3, 2, -1)[weights > 0], targets[weights > 0]
    point = made[..., len(shares) // 2] - real
    expected = {
        "mse": (point**2).mean(),
        "mae": np.abs(point).mean(),
        "quantile": pinball(made, real, shares),
    }[loss]
    found = task.epoch_metrics(sums)
    assert found["loss"] == pytest.approx(expected, rel=1e-5)
    assert found["mae"] == pytest.approx(np.abs(point).mean(), rel=1e-5)
    assert found["rmse"] == pytest.approx(np.sqrt((point**2).mean()), rel=1e-5)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A forecaster of an interval, three hours ahead, from a further column, a plan and the
    calendar.
    """
    folder = tmp_path_factory.mktemp("series")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("RNNKIT_RUNS", str(folder / "runs"))
        write_series(120, future=3)
        columns = (
            "target: y, features: [x], categorical: [plan], known: [plan], time: t, cycles: [day]"
        )
        (folder / "c.yaml").write_text(
            text("timesteps: 4, horizon: 3, loss: quantile", columns).replace(
                "s.csv", str(folder / "s.csv")
            )
        )
        return api.train("c.yaml", say=silent)


@pytest.mark.backend
def test_numpy_and_keras_agree(run: Run) -> None:
    task, codec, _, _ = open_run(run.folder)
    data = task.load_data(codec=codec)
    (batch,) = list(data.validation.pieces(64))
    said = np.asarray(run.model(batch.inputs))
    assert said.shape == (22, 9)
    assert load_trained(run.folder, silent).outputs(batch.inputs) == pytest.approx(said, abs=1e-5)


@pytest.mark.backend
def test_a_training_goes_on_where_it_stopped(tmp_path: Path, runs: Path) -> None:
    write_series(120)
    Path("c.yaml").write_text(
        text(columns="target: y, features: [x], time: t", layers="lstm: {units: 4, dropout: 0.2}")
    )
    whole = api.train("c.yaml", say=silent)
    api.train("c.yaml", "train.max_steps=5", say=silent)
    done("train", "c-2", "--resume", "train.max_steps=null")
    with np.load(whole.folder.weights) as first, np.load(runs / "c-2" / "weights.npz") as second:
        assert all(np.array_equal(first[name], second[name]) for name in first.files)


@pytest.mark.backend
def test_the_export_opens_with_keras_alone(run: Run) -> None:
    import keras

    model = keras.saving.load_model(run.folder.keras_export)
    inputs = np.random.default_rng(0).normal(size=(2, 4, 6)).astype(np.float32)
    assert np.asarray(model(inputs)) == pytest.approx(
        load_trained(run.folder, silent).outputs(inputs), abs=1e-5
    )


def test_numbers_alone_are_no_table(run: Run) -> None:
    result = invoke("predict", run.path, "--text", "1 2 3 4")
    assert result.exit_code == 2
    assert (
        "--text: numbers alone. Expected a table with y, x, plan, the calendar (day). Use --input"
        " FILE" in result.stderr
    )


def test_a_further_file_is_scored(run: Run, tmp_path: Path) -> None:
    write_series(50, path="more.csv")
    (evaluation,) = run.evaluate(file="more.csv")
    assert evaluation.part == "data"
    assert evaluation.notes[0] == "44 origins, each forecast from the 4 steps before it"
    assert {"this run", "last value", "seasonal naive (24)"} >= {
        row.who for row in evaluation.rows[:2]
    }
