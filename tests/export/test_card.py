"""A model card, as the hub reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.export.card import card_text
from rnnkit.workflows.export import export, open_model
from tests.helpers.untrained import untrained_run

REVIEWS = """
task: classification
data:
  dataset: {labelled: {texts: {good: [one two, three, one three], bad: [four, five]}}}
  max_length: 7
  split: 0
model: {embedding: 3, layers: [simple_rnn: 3]}
published: {metric: accuracy, value: 0.9, source: "<b>A|B</b> [1]"}
train: {epochs: 1}
"""
SCORES = {
    "validation": {
        "this run": {"accuracy": 0.8, "correct": 8, "texts": 10, "loss": 0.5},
        "naive Bayes": {"accuracy": 0.7, "loss": 0.4},
    },
    "test": {"this run": {"accuracy": 0.8, "loss": None}, "published": {"accuracy": 0.9}},
}


def test_card_of_a_trained_run(fable_run: Path) -> None:
    from huggingface_hub import ModelCard

    written = export(str(fable_run), "card")
    card = ModelCard.load(written.path)
    assert card.data.library_name == "rnnkit"
    assert card.data.pipeline_tag == "text-generation"
    (accuracy,) = [one for one in card.data.eval_results if one.metric_type == "accuracy"]
    kept = json.loads((fable_run / "metrics.json").read_text())["train"]
    assert accuracy.metric_value == kept["this run"]["accuracy"]
    assert (accuracy.dataset_name, accuracy.dataset_split) == ("fable", "train")
    assert "| bigram | 0.64 |" in card.text
    assert "training data alone" in card.text  # nothing was held out


def test_card_says_who_is_better_and_what_is_cut() -> None:
    run = untrained_run("reviews", REVIEWS)
    assert "has not been scored" in card_text(open_model(str(run)))
    run.metrics.write_text(json.dumps(SCORES))
    text = card_text(open_model(str(run)))
    assert "naive Bayes is better on the validation part, by loss." in text
    assert "The published figure is better on the test part, by accuracy." in text
    assert "more than 7 tokens are truncated" in text
    assert "<b>" not in text
    assert r"\<b\>A\|B\</b\> \[1\]" in text


def test_card_of_damaged_scores_is_refused(tmp_path: Path) -> None:
    run = untrained_run("reviews", REVIEWS)
    run.metrics.write_text('{"test": {"this run": {"accuracy": "high"}}}')
    with pytest.raises(RnnkitError, match=r"export card.*metrics.json"):
        export(str(run), "card")
    assert not (tmp_path / "README.md").exists()
