"""The loss and the scores of an epoch that every next-token task shares."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rnnkit.baselines.ngram import Unigram
from rnnkit.metrics.next_token import score_logits
from rnnkit.tasks.next_token import ngram_score
from tests.helpers.language_models import prepared, window_model

pytestmark = pytest.mark.backend


def test_epoch_metrics_by_hand() -> None:
    task = window_model()
    network = task.network(prepared(task).codec)
    sums = {"loss": 200 * math.log(8), "correct": 50.0, "weight": 200.0}
    assert network.epoch_metrics(sums) == {
        "loss": pytest.approx(math.log(8)),
        "accuracy": 0.25,
        "perplexity": pytest.approx(8),
    }


def test_objective_masks_padding() -> None:
    task = window_model()
    objective = task.network(prepared(task).codec).objective()
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(6, 5)).astype(np.float32) * 4
    targets = generator.integers(0, 5, 6).astype(np.int32)
    weights = np.array([1, 1, 1, 1, 0, 0], np.float32)
    sums = {name: float(value) for name, value in objective(logits, targets, weights).items()}
    expected = score_logits(logits[:4], targets[:4])
    assert sums["loss"] == pytest.approx(expected.nats, rel=1e-5)
    assert (sums["correct"], sums["weight"]) == (expected.correct, 4)


def test_ngram_score_counts_chosen_tokens() -> None:
    ids = np.array([0, 1, 1, 2])
    model = Unigram(ids, 3)
    assert ngram_score(model, ids).tokens == 3
    chosen = ngram_score(model, ids, ids == 1)
    assert (chosen.tokens, chosen.correct) == (2, 2)
    assert chosen.nats == pytest.approx(-2 * math.log(3 / 7))
