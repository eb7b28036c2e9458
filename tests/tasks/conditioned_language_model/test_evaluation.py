"""Scores of texts, compared with keras and with hand computation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rnnkit.engine.forward import Engine
from rnnkit.generation.stepper import States
from rnnkit.models.build import build_model, set_weights
from rnnkit.report.exhibits import Rows
from rnnkit.tasks.prepared import Source
from tests.helpers.conditioned import conditioned, random_predictor
from tests.helpers.random_models import random_weights


def test_rows_are_those_of_keras_text_by_text() -> None:
    """Each text alone and whole through keras' model, against the evaluation in padded batches by
    NumPy.
    """
    task = conditioned(validation=[("otta", "en"), ("nob", "it"), ("a", "de")])
    data = task.prepare(Source())
    architecture = task.network(data.codec).architecture
    weights = random_weights(architecture, 2)
    model = build_model(architecture)
    set_weights(model, architecture, weights)
    nats, correct, part = 0.0, 0, data.parts["validation"]
    for index in range(3):
        ids, targets = part.texts[index], part.texts[index][1:]
        outputs = model([ids[None, :-1], part.conditions[index : index + 1]])
        logits = np.asarray(outputs)[0].astype(np.float64)
        chosen = logits[np.arange(len(targets)), targets]
        nats += float((np.log(np.exp(logits).sum(axis=1)) - chosen).sum())
        correct += int((logits.argmax(axis=1) == targets).sum())
    predictor = task.predictor(data.codec, Engine(architecture, weights))
    evaluator = task.evaluator(predictor, data)
    evaluation = evaluator.evaluate("validation")
    (worst,) = evaluator.worst("validation")
    assert isinstance(worst, Rows)
    assert {str(row[2]).removeprefix("... ") for row in worst.rows} <= {
        text[:end] for text in ("otta", "nob", "a") for end in range(5)
    }
    scores = {row.who: row.scores for row in evaluation.rows}
    run, tokens = scores["this run"], 5 + 4 + 2
    assert (run["tokens"], run["correct"]) == (tokens, correct)
    assert run["loss"] * tokens == pytest.approx(nats, rel=1e-5)
    assert run["perplexity"] == pytest.approx(math.exp(nats / tokens), rel=1e-5)
    # Ends are predicted, but are no characters.
    assert run["bits_per_character"] == pytest.approx(nats / math.log(2) / (4 + 3 + 1), rel=1e-5)
    assert [*scores] == ["this run", "unigram", "bigram", "Kneser-Ney 5-gram"]
    assert scores["unigram"]["tokens"] == tokens
    assert [row.note for row in evaluation.rows] == ["", *["without the condition"] * 3]
    assert evaluation.notes == []


def test_rows_truncated_texts_count_the_remaining_characters() -> None:
    class Uniform:
        def __call__(self, inputs: np.ndarray, /) -> np.ndarray:
            raise AssertionError

        def init_state(self, batch: int, condition: np.ndarray | None = None) -> States:
            assert condition is not None
            assert condition.shape == (batch, 3)
            return {}

        def step(self, inputs: np.ndarray, states: States) -> tuple[np.ndarray, States]:
            return np.zeros((*inputs.shape, 14), np.float32), states

    task = conditioned(max_length=2)
    data = task.prepare(Source())
    predictor = task.predictor(data.codec, Uniform())
    evaluation = task.evaluator(predictor, data).evaluate("train")
    run = evaluation.rows[0].scores
    assert run["tokens"] == 24
    assert run["bits_per_character"] == pytest.approx(math.log2(14) * 24 / 16)
    assert len(evaluation.notes) == 1  # these very texts were seen


def test_rows_start_token_is_never_predicted_by_baselines() -> None:
    """It stands once in each text, more often than any letter, but is never to be predicted."""
    task = conditioned()
    data = task.prepare(Source())
    evaluation = task.evaluator(random_predictor(task, data), data).evaluate("train")
    unigram = next(row.scores for row in evaluation.rows if row.who == "unigram")
    texts, size = data.parts["train"].texts, len(data.codec.tokenizer)
    targets = np.concatenate([texts[index][1:] for index in range(len(texts))])
    assert unigram["correct"] == np.bincount(targets).max()
    shares = (np.bincount(targets, minlength=size) + 1) / (len(targets) + size - 1)
    assert unigram["loss"] == pytest.approx(-np.log(shares[targets]).mean())
