"""Scores beside baselines, against plain computations."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.data.datasets import text as text_module
from rnnkit.data.datasets.fable import FABLE
from rnnkit.engine.forward import Engine
from rnnkit.metrics.next_token import score_logits
from rnnkit.tasks.language_model import data as data_module
from rnnkit.tasks.language_model import evaluation as evaluation_module
from rnnkit.workflows.keras_outputs import KerasOutputs
from tests.helpers.language_models import (
    Counted,
    Uniform,
    evaluated,
    prepared,
    scores,
    stream_model,
    text_file,
    window_model,
)
from tests.helpers.random_models import random_weights

PUBLISHED = {"metric": "accuracy", "part": "train", "value": 0.952, "source": "two LSTM(512)"}


def test_rows_window_with_published_figure() -> None:
    task = window_model(published=PUBLISHED)
    data = prepared(task)
    evaluation = evaluated(task, data, Uniform(data))
    assert evaluation.part == "train"
    assert [*scores(evaluation)] == [
        "this run",
        "ceiling (window of 3)",
        "unigram",
        "bigram",
        "published",
    ]
    assert len(evaluation.notes) == 1
    published = evaluation.rows[-1]
    assert (published.scores, published.note) == ({"accuracy": 0.952}, "two LSTM(512)")


def test_rows_window_run_and_ceiling() -> None:
    task = window_model()
    data = prepared(task)
    knows_nothing = scores(evaluated(task, data, Uniform(data)))
    assert knows_nothing["this run"] == pytest.approx(
        {"accuracy": 0, "correct": 0, "tokens": 200, "loss": math.log(113), "perplexity": 113},
        rel=1e-6,
    )
    # 196 contexts tell what comes; in the 4 others it is one of two.
    ceiling = {
        "accuracy": 0.99,
        "correct": 198,
        "tokens": 200,
        "loss": 4 * math.log(2) / 200,
        "perplexity": math.exp(4 * math.log(2) / 200),
    }
    assert knows_nothing["ceiling (window of 3)"] == pytest.approx(ceiling)
    knows_all = scores(evaluated(task, data, Counted(task, data)))
    assert knows_all["this run"] == pytest.approx(ceiling, rel=1e-5)


def test_rows_window_baselines_by_a_plain_computation() -> None:
    task = window_model(split={"validation": 0.2, "test": 0.1})
    data = prepared(task)
    text, vocabulary = data.parts["train"].counted.tolist(), len(data.codec.tokenizer)
    counts, pairs = Counter(text), defaultdict[int, Counter[int]](Counter)
    for before, after in pairwise(text):
        pairs[before][after] += 1

    def unigram(token: int) -> float:
        return (counts[token] + 1) / (len(text) + vocabulary)

    def bigram(before: int, token: int) -> float:
        after = pairs[before]
        types = len(after)
        smoothed = (after[token] + types * unigram(token)) / (after.total() + types or 1)
        return smoothed if after else unigram(token)

    likeliest = min(counts, key=lambda token: (-counts[token], token))

    def guess(before: int) -> int:
        after = pairs[before]
        return min(after, key=lambda token: (-after[token], token)) if after else likeliest

    evaluator = task.evaluator(task.predictor(data.codec, Uniform(data)), data)
    for part in ("train", "validation", "test"):
        evaluation = evaluator.evaluate(part)
        ids = data.parts[part].counted.tolist()
        rows = [(ids[place + 2], ids[place + 3]) for place in range(len(ids) - 3)]
        losses = {
            "unigram": -sum(math.log(unigram(token)) for _, token in rows) / len(rows),
            "bigram": -sum(math.log(bigram(*row)) for row in rows) / len(rows),
        }
        correct = {
            "unigram": sum(token == likeliest for _, token in rows),
            "bigram": sum(token == guess(before) for before, token in rows),
        }
        for who, loss in losses.items():
            row = scores(evaluation)[who]
            assert row["loss"] == pytest.approx(loss)
            assert (row["correct"], row["tokens"]) == (correct[who], len(rows))
        assert bool(evaluation.notes) == (part == "train")


@pytest.mark.parametrize("batch_size", [1, 7, 200, 1000])
def test_rows_window_of_any_batch_size(batch_size: int) -> None:
    task = window_model()
    data = prepared(task)
    data.batch_size = batch_size
    vocabulary, shapes = len(data.codec.tokenizer), set()

    class Sines(Uniform):
        def __call__(self, inputs: np.ndarray, /) -> np.ndarray:
            shapes.add(inputs.shape)
            return np.sin(inputs[:, :1] * 3.0 + np.arange(vocabulary))

    evaluation = evaluated(task, data, Sines(data))
    assert shapes == {(min(batch_size, 200), 3)}  # one shape only
    ids = data.parts["train"].counted
    expected = score_logits(np.sin(ids[:-3, None] * 3.0 + np.arange(vocabulary)), ids[3:])
    assert scores(evaluation)["this run"] == pytest.approx(expected.as_dict())


@pytest.mark.parametrize("tokenizer", ["char", {"bpe": 300}, "word"])
def test_rows_stream_by_hand(tokenizer: Any) -> None:
    """Every token but the first is predicted, and its characters are counted, where the tokenizer
    loses none.
    """
    task = stream_model(tokenizer=tokenizer)
    data = prepared(task)
    rows = scores(evaluated(task, data, Uniform(data)))
    ids, vocabulary, run = data.parts["train"].counted, len(data.codec.tokenizer), rows["this run"]
    assert run["tokens"] == len(ids) - 1
    assert run["perplexity"] == pytest.approx(vocabulary)
    assert [*rows] == ["this run", "unigram", "bigram", "Kneser-Ney 5-gram"]
    assert not {"accuracy", "correct"} & rows["Kneser-Ney 5-gram"].keys()
    assert rows["Kneser-Ney 5-gram"]["perplexity"] < rows["unigram"]["perplexity"]
    counts = Counter(ids.tolist())
    nats = -sum(
        math.log((counts[token] + 1) / (len(ids) + vocabulary)) for token in ids.tolist()[1:]
    )
    assert rows["unigram"]["loss"] == pytest.approx(nats / (len(ids) - 1))
    if tokenizer == "word":
        assert "bits_per_character" not in run
        return
    characters = len(FABLE) - len(data.codec.tokenizer.text(ids[:1].tolist()))
    bits = math.log2(vocabulary) * (len(ids) - 1) / characters
    assert run["bits_per_character"] == pytest.approx(bits)
    assert rows["unigram"]["bits_per_character"] == pytest.approx(nats / math.log(2) / characters)


def test_rows_stream_unseen_characters_are_one_each() -> None:
    Path("other.txt").write_text("abzbaéb", encoding="utf-8")
    task = stream_model(dataset=text_file("ab" * 20), tokenizer="char", train={"batch_size": 2})
    data = prepared(task, "other.txt")
    assert "data: 2 of 7 tokens are <unk>" in data.notes
    run = scores(evaluated(task, data, Uniform(data), "data"))["this run"]
    assert run["tokens"] == 6
    assert run["loss"] == pytest.approx(math.log(3))
    assert run["bits_per_character"] == pytest.approx(math.log2(3))


def test_rows_stream_are_those_of_keras_token_by_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """One token at a time by keras, from a state of zeros, against the evaluation by NumPy in
    chunks.
    """
    task = stream_model(
        layers=[{"gru": 5}, {"lstm": 4}],
        tie_weights=True,
        tokenizer="char",
        split={"validation": 0.04},
    )
    monkeypatch.setattr(evaluation_module, "SCORED_AT_ONCE", 16)
    data = prepared(task)
    architecture = task.network(data.codec).architecture
    weights = random_weights(architecture, 7)
    keras = KerasOutputs(architecture, weights)
    ids = data.parts["validation"].counted
    assert len(ids) > 2 * 16
    states, nats, correct = keras.init_state(1), 0.0, 0
    for token, target in pairwise(ids.tolist()):
        logits, states = keras.step(np.array([[token]], np.int32), states)
        row = logits[0, 0].astype(np.float64)
        nats += float(np.log(np.exp(row - row.max()).sum()) + row.max() - row[target])
        correct += int(row.argmax() == target)
    evaluation = evaluated(task, data, Engine(architecture, weights), "validation")
    run = scores(evaluation)["this run"]
    assert run["loss"] * run["tokens"] == pytest.approx(nats, rel=1e-5)
    assert (run["correct"], run["tokens"]) == (correct, len(ids) - 1)


def test_notes_of_a_text_larger_than_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_module, "LONG", 100)
    monkeypatch.setattr(data_module, "COUNTED", 50)
    monkeypatch.setenv("RNNKIT_CACHE", "cache")
    task = stream_model(dataset=text_file("the old mouse said\n" * 40))
    data = prepared(task)
    evaluation = evaluated(task, data, Uniform(data))
    assert scores(evaluation)["this run"]["tokens"] == 49
    assert any("the first 50 of" in note for note in evaluation.notes)
    assert any("n-grams" in note for note in evaluation.notes)
