"""Scores of forecasts, compared with a computation by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rnnkit.metrics.metric import MetricSpec
from rnnkit.tasks.evaluation import Evaluation
from tests.helpers.forecasters import (
    STORES,
    Computed,
    answering,
    constant,
    linear,
    numbers_config,
    series_config,
    write_series,
    write_stores,
)


def evaluated(text: str, outputs: Computed, part: str = "validation") -> Evaluation:
    task, data, predictor = answering(text, outputs)
    return task.evaluator(predictor, data).evaluate(part)


def test_evaluate_by_hand() -> None:
    """All scores of the baselines, recomputed from the file in loops."""
    y = write_series(120)
    evaluation = evaluated(series_config("timesteps: 4, horizon: 3, season: 24"), linear(3))
    rows = {row.who: row.scores for row in evaluation.rows}
    design = np.array([[*y[origin - 4 : origin], 1.0] for origin in range(4, 70)])
    answers = np.array([y[origin : origin + 3] for origin in range(4, 70)])
    weights = np.linalg.lstsq(design, answers, rcond=None)[0]
    forecasts: dict[str, Callable[[int, int], float]] = {
        "last value": lambda origin, step: y[origin - 1],
        "seasonal naive (24)": lambda origin, step: y[origin + step - 24],
        "mean of the window": lambda origin, step: y[origin - 4 : origin].mean(),
        "linear autoregression": lambda origin, step: (
            np.append(y[origin - 4 : origin], 1.0) @ weights[:, step]
        ),
    }
    assert list(rows) == ["this run", *forecasts]
    naive = np.mean([abs(y[step] - y[step - 24]) for step in range(24, 72)])
    for who, forecast in forecasts.items():
        pairs = np.array(
            [
                [forecast(origin, step), y[origin + step]]
                for origin in range(72, 96 - 3 + 1)
                for step in range(3)
            ]
        )
        errors = np.abs(pairs[:, 0] - pairs[:, 1])
        expected = {
            "mae": errors.mean(),
            "rmse": np.sqrt((errors**2).mean()),
            "smape": (200 * errors / np.abs(pairs).sum(axis=1)).mean(),
            "mase": errors.mean() / naive,
        }
        assert rows[who] == pytest.approx(expected, rel=1e-3)
    assert evaluation.notes == ["22 origins, each forecast from the 4 steps before it"]


def test_evaluate_keeps_the_digits_of_a_high_level() -> None:
    """A counter of 1e12 that rises by 1 and by 2 in turn."""
    values = 1e12 + np.cumsum([1, 2] * 30)
    rows = evaluated(numbers_config(values, split="0.5"), constant(0.0)).rows
    scores = {row.who: row.scores for row in rows}
    assert scores["last value"]["mae"] == 1.5
    assert scores["last value"]["mase"] == pytest.approx(1, rel=0.02)


def test_evaluate_notes_baselines_that_are_not_beaten() -> None:
    write_series(120)
    text = series_config(transform="difference")
    worse = evaluated(text, constant(50, 50, 50))
    assert {row.note for row in worse.rows[1:]} == {"this run does not beat it"}
    same = evaluated(text, constant(0, 0, 0)).rows[1]
    assert (same.who, same.note) == ("last value", "this run does not beat it")
    generator = np.random.default_rng(0)
    noise = Computed(lambda inputs: generator.normal(0, 0.01, (len(inputs), 3)))
    luck = evaluated(text, noise).rows[1]
    assert luck.note.startswith("this run does not beat it")


def test_evaluate_weighs_several_series_equally() -> None:
    """The error of the last value in A is twice that in B."""
    write_stores({"A": 50, "B": 100})
    text = series_config(columns=STORES, transform="difference")
    evaluation = evaluated(text, constant(0, 0, 0))
    scores = evaluation.rows[0].scores
    (table,) = evaluation.tables
    assert [row[0] for row in table.rows] == ["store A", "store B"]
    series_scores = [dict(zip(table.header[1:], row[1:], strict=True)) for row in table.rows]
    mean = np.mean([float(series["mase"]) for series in series_scores])
    assert scores["mase"] == pytest.approx(mean)
    assert "seasonal naive (7)" in [row.who for row in evaluation.rows]
    seasonal = next(row for row in evaluation.rows if row.who.startswith("seasonal"))
    assert seasonal.scores["mae"] == pytest.approx(0.7)  # the same series a week before


def test_evaluate_of_held_out_series_has_no_mase() -> None:
    write_stores({"A": 50, "B": 60, "C": 70})
    text = series_config(columns=STORES).replace("test: 0.2", "by: series")
    evaluation = evaluated(text.replace("0.2,", "0.34,"), constant(0, 0, 0))
    assert "mase" not in evaluation.rows[0].scores
    assert not [note for note in evaluation.notes if "mase" in note]
    (table,) = evaluation.tables
    assert [row[0] for row in table.rows] == ["store C"]


def test_evaluate_shows_reference_scores_of_the_data_set() -> None:
    text = """\
task: {forecasting: {timesteps: 5}}
data: {dataset: {adding: {count: 40, length: 5}}, scale: none, split: {validation: 0.5, by: series}}
model: {embedding: none, layers: [gru: 2]}
"""
    evaluation = evaluated(text, constant(1))
    rows = {row.who: row.scores for row in evaluation.rows}
    assert [*rows][-2:] == ["chance", "ceiling"]
    assert rows["chance"]["mse"] == pytest.approx(1 / 6)
    # the sum is unknown before the last step; answering its mean has the score of chance
    assert rows["this run"] == rows["last value"]
    assert rows["this run"]["mse"] == pytest.approx(rows["this run"]["rmse"] ** 2)
    assert evaluation.tables == []  # each sequence is one row


def test_evaluate_takes_the_season_of_the_timestamps() -> None:
    write_series(120)
    evaluation = evaluated(series_config(), linear(3))
    assert "seasonal naive (24)" in [row.who for row in evaluation.rows]


def test_evaluate_notes_training_scores() -> None:
    write_series(120)
    evaluation = evaluated(series_config(), linear(3), "train")
    assert evaluation.notes[0].startswith("training scores")
    assert evaluation.notes[-1].startswith("no seasonal naive")


def test_evaluate_counts_targets_in_their_interval() -> None:
    y = write_series(120)
    text = series_config("timesteps: 4, horizon: 1, loss: quantile")
    evaluation = evaluated(text, constant(-1, 0, 1))
    _, data, _ = answering(text, constant(-1, 0, 1))
    lower, upper = data.codec.decoded(np.array([[-1.0], [1.0]]))[:, 0]
    share = ((y[72:96] >= lower) & (y[72:96] <= upper)).mean()
    assert evaluation.rows[0].scores["coverage"] == pytest.approx(share)
    assert "the interval from 0.1 to 0.9 should cover 80 %" in evaluation.notes


def test_evaluate_has_a_table_for_each_of_several_targets() -> None:
    write_series(120)
    evaluation = evaluated(series_config(columns="target: [y, x], time: t"), linear(6), "test")
    assert [table.title for table in evaluation.tables] == ["y", "x"]
    assert list(evaluation.rows[0].scores) == ["mase", "smape"]
    first, second = ({row[0]: row[4] for row in table.rows} for table in evaluation.tables)
    for row in evaluation.rows:
        both = np.mean([float(first[row.who]), float(second[row.who])])
        assert row.scores["mase"] == pytest.approx(both)


def test_evaluate_scores_a_category_by_the_largest_share() -> None:
    write_series(120)
    text = series_config("timesteps: 4", "target: plan, categorical: [plan], time: t")
    scores = evaluated(text, constant(0.2, 0.8), "test").rows[0].scores
    _, data, _ = answering(text, constant(0.2, 0.8))
    share = float(np.mean(data.parts["test"].series.columns["plan"][96:] == "on"))
    assert scores["accuracy"] == pytest.approx(share)
    assert scores["mae"] == pytest.approx(share * 0.2 + (1 - share) * 0.8, rel=1e-5)


def test_evaluate_adds_the_published_figure() -> None:
    write_series(120)
    published = "published: {metric: mae, value: 0.5, part: test, source: a paper}\n"
    evaluation = evaluated(series_config() + published, linear(3), "test")
    assert (evaluation.rows[-1].who, evaluation.rows[-1].scores) == ("published", {"mae": 0.5})


class LargestError(MetricSpec):
    """The largest error of all."""

    def score(self, true: np.ndarray, predicted: np.ndarray) -> float:
        return float(np.abs(true - predicted).max())


def test_evaluate_scores_every_row_by_the_configs_metrics() -> None:
    """In the series' own unit."""
    y = write_series(120)
    task, data, predictor = answering(series_config("timesteps: 4, horizon: 1"), linear(1))
    task = task.model_copy(update={"metrics": [LargestError()]})
    run, last = task.evaluator(predictor, data).evaluate("validation").rows[:2]
    assert run.scores["LargestError"] > 0
    expected = max(abs(y[step] - y[step - 1]) for step in range(72, 96))
    assert last.scores["LargestError"] == pytest.approx(expected, rel=1e-3)
