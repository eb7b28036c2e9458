"""Scores beside those of a run."""

from __future__ import annotations

from rnnkit.data.raw.reference_scores import CHANCE, ReferenceScores, published
from rnnkit.tasks.evaluation import Outside, is_published
from rnnkit.tasks.published import Published

KNOWN = ReferenceScores(CHANCE, {"accuracy": 0.5, "loss": 0.7}, "why")
REPORTED = Published(metric="accuracy", value=0.9, source="them")


def test_outside_rows_are_in_the_metrics_of_the_run() -> None:
    outside = Outside(REPORTED, [KNOWN])
    assert [outside.knows(metric) for metric in ("loss", "rmse")] == [True, False]
    chance, published = outside.rows("test", {"accuracy"})
    assert (chance.who, chance.scores, chance.note) == ("chance", {"accuracy": 0.5}, "why")
    assert (published.who, published.scores) == ("published", {"accuracy": 0.9})


def test_outside_rows_of_another_part_or_metric_are_none() -> None:
    outside = Outside(REPORTED, [KNOWN])
    assert outside.rows("data", {"accuracy"}) == []  # a further file: nothing is known of it
    assert [row.who for row in outside.rows("validation", {"loss"})] == ["chance"]
    assert outside.rows("train", {"rmse"}) == []


def test_is_published_of_the_row_of_a_config_and_of_a_data_set() -> None:
    assert is_published("published")
    assert is_published(published("LSTM", {}, "them").who)
    assert not is_published("majority class")
