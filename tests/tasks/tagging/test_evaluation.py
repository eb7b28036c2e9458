"""Scores of a tagger, compared with its baseline and with seqeval."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import pytest

from rnnkit.config import parse_config
from rnnkit.metrics.metric import Matthews
from rnnkit.run import RunFolder
from rnnkit.tasks.evaluation import Evaluation
from rnnkit.tasks.prepared import Prepared, Source
from rnnkit.tasks.tagging.data import TaggedPart, TaggingCodec
from rnnkit.tasks.tagging.predictor import SentencePredictor
from rnnkit.tasks.tagging.task import Tagging
from rnnkit.workflows.trained import load_trained
from tests.helpers.tagged import PLAIN, small, trained

Opened = tuple[Tagging, SentencePredictor, Prepared[TaggingCodec, TaggedPart]]


def opened(name: str, factory: pytest.TempPathFactory) -> Opened:
    """A trained run with its data."""
    folder = trained(name, factory)
    run = load_trained(RunFolder(folder))
    task, predictor = cast(Tagging, run.task), cast(SentencePredictor, run.predictor)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_DATA", str(folder.parent))
        return task, predictor, task.prepare(Source(), predictor.codec)


def test_evaluate_spans_as_seqeval_does(tmp_path_factory: pytest.TempPathFactory) -> None:
    from seqeval.metrics import classification_report

    task, predictor, data = opened("names", tmp_path_factory)
    evaluation = task.evaluator(predictor, data).evaluate("test", 5)
    run, frequent = evaluation.rows
    assert (run.who, frequent.who) == ("this run", "most frequent tag")
    assert run.scores.keys() == {
        "accuracy",
        "correct",
        "tokens",
        "sentence_accuracy",
        "unknown_accuracy",
        "precision",
        "recall",
        "f1",
    }
    examples = data.parts["test"].examples
    answers = [list(tags) for tags, _ in predictor.tag(examples.texts)]
    true = [list(tags) for tags in examples.labels]
    report = classification_report(true, answers, output_dict=True, zero_division=0)
    assert run.scores["f1"] == pytest.approx(report["micro avg"]["f1-score"])
    spans, mistakes = evaluation.tables
    assert [row[0] for row in spans.rows] == ["LOC", "PER", "micro", "macro"]
    assert evaluation.confusion is None
    assert [row[1:3] for row in mistakes.rows if "mouse" in str(row[4])] == [["B-PER", "O"]]
    assert str(mistakes.rows[0][3]).endswith(("names_test.tsv:1", "names_test.tsv:6"))
    probabilities = [float(row[0]) for row in mistakes.rows]
    assert probabilities == sorted(probabilities, reverse=True)


def test_evaluate_steps_compares_with_a_regression(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    task, predictor, data = opened("steps", tmp_path_factory)
    run, regression = task.evaluator(predictor, data).evaluate("validation").rows
    assert regression.who == "logistic regression of each step alone"
    assert run.scores.keys() == regression.scores.keys() == {"accuracy", "correct", "steps"}
    assert run.scores["accuracy"] > 0.8
    train = task.evaluator(predictor, data).evaluate("train", 2)
    assert "sequences" in train.notes[0]
    assert str(train.tables[-1].rows[0][4]).startswith("step ")


def undecided(task: Tagging, part: str) -> Evaluation:
    """The scores of a model whose weights are all 0."""
    from rnnkit.engine.forward import Engine

    data = task.prepare(Source())
    architecture = task.network(data.codec).architecture
    weights = {
        name: np.zeros([size or 0 for size in shape], np.float32)
        for name, shape in architecture.weight_shapes().items()
    }
    predictor = task.predictor(data.codec, Engine(architecture, weights))
    return task.evaluator(predictor, data).evaluate(part)


def test_evaluate_shows_reference_scores_of_the_data_set() -> None:
    text = "task: tagging\ndata: {dataset: {copying: {count: 200, length: 5}}}\n"
    task = parse_config(text + "model: {embedding: one_hot, layers: [gru: 3]}\n", "c.yaml")
    assert isinstance(task, Tagging)
    run, frequent, chance, ceiling = undecided(task, "validation").rows
    assert (frequent.who, chance.who, ceiling.who) == ("most frequent tag", "chance", "ceiling")
    assert run.scores["loss"] == pytest.approx(math.log(9))  # nine tags of equal probability
    assert chance.scores["loss"] == pytest.approx(10 * math.log(8) / 25)
    assert (ceiling.scores["accuracy"], ceiling.scores["loss"]) == (1, 0)


def test_evaluate_plain_tags_has_a_confusion_table() -> None:
    evaluation = undecided(small(PLAIN).model_copy(update={"metrics": [Matthews()]}), "train")
    assert [table.title for table in evaluation.tables] == [
        "each tag",
        "true tag (rows) and answer (columns)",
    ]
    assert [row.scores["matthews"] for row in evaluation.rows] == [0, 1]  # of the config's metrics
    assert evaluation.confusion is not None
    assert np.array(evaluation.confusion.counts).tolist() == [
        [2, 0, 0, 0],
        [1, 0, 0, 0],
        [1, 0, 0, 0],
        [1, 0, 0, 0],
    ]
    assert evaluation.notes
