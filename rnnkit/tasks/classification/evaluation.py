"""The scores of a classifier, compared with the majority class and a logistic regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from rnnkit.baselines.text import majority
from rnnkit.data.encode.labels import Labels
from rnnkit.data.raw.label_names import listed
from rnnkit.metrics.classification import (
    best_thresholds,
    class_scores,
    confusion,
    one_label_scores,
    several_label_scores,
)
from rnnkit.metrics.metric import MetricSpec, further_scores
from rnnkit.metrics.row_scores import RowScores
from rnnkit.tasks.classification.baselines import ArrayBaseline, TextBaseline
from rnnkit.tasks.classification.data import ClassificationCodec, ClassificationPart, Inputs
from rnnkit.tasks.classification.predictor import ClassificationPredictor
from rnnkit.tasks.classification.rows import identity_of, row_scores
from rnnkit.tasks.evaluation import (
    MISTAKES,
    Cell,
    Confusion,
    Evaluation,
    Evaluator,
    Outside,
    Score,
    Table,
)
from rnnkit.tasks.prepared import Prepared


def decide(probabilities: np.ndarray, labels: Labels, thresholds: np.ndarray) -> np.ndarray:
    """The predicted labels: (texts,) the most probable one, or (texts, labels) zeros and ones if a
    text may have several.
    """
    if labels.several:
        return (probabilities >= thresholds).astype(int)
    return probabilities.argmax(axis=1)


class ClassificationEvaluator(Evaluator):
    """Scores the probabilities of the labels.

    Args:
        predictor: The model.
        data: The parts to score; baselines are fitted to the training set.
        inputs: Shows an example among the mistakes.
        baseline: The class of the baseline.
        outside: Scores from outside the run.
        metrics: Further scores.
    """

    def __init__(
        self,
        predictor: ClassificationPredictor,
        data: Prepared[ClassificationCodec, ClassificationPart],
        inputs: Inputs,
        baseline: type[TextBaseline] | type[ArrayBaseline],
        outside: Outside,
        metrics: Sequence[MetricSpec],
    ):
        self._predictor, self._data, self._inputs = predictor, data, inputs
        self._baseline_class, self._outside, self._metrics = baseline, outside, metrics

    @property
    def _labels(self) -> Labels:
        return self._data.codec.labels

    @property
    def _thresholds(self) -> np.ndarray:
        labels = self._labels
        return np.array(labels.thresholds) if labels.several else np.full(len(labels), 0.5)

    @cached_property
    def _baseline(self) -> TextBaseline | ArrayBaseline:
        data = self._data
        computation = self._baseline_class.computation(data.parts["train"], data.codec)
        return self._baseline_class(data.computed.result(computation), data.codec)

    @cached_property
    def _baseline_thresholds(self) -> np.ndarray:
        """The baseline's thresholds, tuned on validation like the run's own."""
        held_out = self._data.parts.get("validation")
        if held_out is None or not self._labels.several:
            return np.full(len(self._labels), 0.5)
        return best_thresholds(self._baseline.predict(held_out.whole), held_out.targets)

    def evaluate(self, part: str, errors: int = 0) -> Evaluation:
        scored, labels = self._data.parts[part], self._labels
        probabilities = self._predictor.probabilities(scored)
        train, halves = self._data.parts["train"].targets, np.full(len(labels), 0.5)
        answers = {
            "this run": (probabilities, self._thresholds),
            "majority class": (majority(train, len(labels), len(scored)), halves),
        }
        regression = self._baseline_class.name
        measured = self.measured.get(part, {}).get(regression)
        if measured is None:  # computing it takes longer than the run's own answers
            predicted = self._baseline.predict(scored.whole)
            answers[regression] = predicted, self._baseline_thresholds
        rows = [
            Score(who, self._scores(answer, thresholds, scored.targets))
            for who, (answer, thresholds) in answers.items()
        ]
        rows += [] if measured is None else [Score(regression, dict(measured))]
        decisions = decide(probabilities, labels, self._thresholds)
        targets = scored.targets.astype(int) if labels.several else scored.targets
        tables, matrix = [self._label_table(decisions, targets)], None
        if not labels.several:
            counts = confusion(decisions, targets, len(labels)).tolist()
            matrix = Confusion(list(labels.names), counts)
            tables.append(matrix.table("true label (rows) and answer (columns)"))
        if errors:
            tables.append(self._mistakes(scored, probabilities, decisions, targets, errors))
        rows += self._outside.rows(part, rows[0].scores)
        notes = [*self._notes(part), *self._not_scored(targets, rows[0].scores)]
        return Evaluation(part, rows, notes, tables, matrix)

    def row_scores(self, part: str) -> list[RowScores]:
        scored, labels = self._data.parts[part], self._labels
        probabilities = self._predictor.probabilities(scored)
        answers = decide(probabilities, labels, self._thresholds)
        identity = identity_of(scored.examples.checksum, labels)
        return row_scores(probabilities, answers, scored.targets, identity)

    def _scores(
        self, probabilities: np.ndarray, thresholds: np.ndarray, targets: np.ndarray
    ) -> dict[str, float]:
        labels, predicted = self._labels, decide(probabilities, self._labels, thresholds)
        if labels.several:
            scores = several_label_scores(probabilities, targets, thresholds)
            return scores | further_scores(self._metrics, targets.astype(int), predicted)
        scores, names = one_label_scores(probabilities, targets), np.array(labels.names)
        return scores | further_scores(self._metrics, names[targets], names[predicted])

    def _notes(self, part: str) -> list[str]:
        if part == "train":
            return ["training scores: the model has seen these very texts"]
        tuned = any(threshold != 0.5 for threshold in self._labels.thresholds)
        return ["thresholds were chosen on this part"] if part == "validation" and tuned else []

    def _not_scored(self, targets: np.ndarray, scores: Mapping[str, float]) -> list[str]:
        """Notes on what the scores cannot tell, because no text has some label."""
        labels, notes = self._labels, list[str]()
        counts = (
            targets.sum(axis=0) if labels.several else np.bincount(targets, minlength=len(labels))
        )
        if absent := [name for name, count in zip(labels.names, counts, strict=True) if not count]:
            names = listed(absent)
            notes.append(f"no text of this part is labelled {names}, which macro_f1 counts as 0")
        if "roc_auc" not in scores:
            why = "they need texts with a label and texts without it"
            notes.append(f"roc_auc and pr_auc cannot be computed here; {why}")
        return notes

    def _label_table(self, answers: np.ndarray, targets: np.ndarray) -> Table:
        """Precision, recall and F1 of each label, and their averages."""
        labels = self._labels
        header = ["label", "precision", "recall", "f1", "texts"]
        rows: list[list[Cell]] = [
            [score.label, score.precision, score.recall, score.f1, score.support]
            for score in class_scores(answers, targets, labels.names)
        ]
        if labels.several:
            header.append("threshold")
            thresholds: list[Cell] = [*labels.thresholds, "", ""]  # the averages have none
            for row, threshold in zip(rows, thresholds, strict=True):
                row.append(threshold)
        return Table("each label", header, rows)

    def _mistakes(
        self,
        part: ClassificationPart,
        probabilities: np.ndarray,
        answers: np.ndarray,
        targets: np.ndarray,
        count: int,
    ) -> Table:
        """The wrong answers of which the model is most confident."""
        if self._labels.several:
            each = np.where(answers, probabilities, 1 - probabilities)
            confidence = np.where(answers != targets, each, 0).max(axis=1)
        else:
            confidence = np.where(answers != targets, probabilities.max(axis=1), 0)
        order = np.argsort(-confidence, kind="stable")[:count]
        rows: list[list[Cell]] = [
            [
                float(confidence[row]),
                self._named(targets[row]),
                self._named(answers[row]),
                part.examples.place(int(row)),
                self._inputs.show(part.examples.texts[row]),
            ]
            for row in order
            if confidence[row] > 0
        ]
        header = ["probability", "true", "answer", "where", "text"]
        return Table(MISTAKES, header, rows)

    def _named(self, answer: np.ndarray) -> str:
        """A label's name, or the names of several."""
        names = self._labels.names
        if not self._labels.several:
            return names[int(answer)]
        return (
            ", ".join(name for name, is_present in zip(names, answer, strict=True) if is_present)
            or "-"
        )
