"""The scores of a tagger, compared with baselines."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar, Generic, TypeVar

import numpy as np

from rnnkit.baselines.arrays import LogisticRegression, fit_regression
from rnnkit.baselines.tags import MostFrequentTag
from rnnkit.computations import Computation
from rnnkit.data.encode.spans import Span, read_spans
from rnnkit.data.raw.labelled import Examples
from rnnkit.metrics.classification import SMALLEST, class_scores, confusion
from rnnkit.metrics.metric import MetricSpec, further_scores
from rnnkit.metrics.row_scores import RowScores
from rnnkit.metrics.spans import span_scores
from rnnkit.metrics.tagging import tag_scores
from rnnkit.tasks.evaluation import (
    MISTAKES,
    OWN,
    Cell,
    Confusion,
    Evaluation,
    Evaluator,
    Outside,
    Score,
    Table,
)
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.tagging.data import TaggedPart, TaggingCodec, tag_indices
from rnnkit.tasks.tagging.predictor import SentencePredictor, StepPredictor, Tagged
from rnnkit.tasks.tagging.rows import row_scores
from rnnkit.tasks.tagging.schemes import LISTED, Tags
from rnnkit.tasks.tagging.sentences import CONTEXT, known_words

R = TypeVar("R", bound=SentencePredictor | StepPredictor)


class TaggingEvaluator(Evaluator, Generic[R]):
    """Scores every tag, and whole spans.

    Args:
        predictor: The model.
        data: The parts to score; the baseline is fitted on the training set.
        outside: Scores from outside the run.
        metrics: Further metrics of tags.
    """

    unit: ClassVar[str]
    """What has a tag, in tables: "tokens"."""

    examples: ClassVar[str]
    """What examples are, in notes: "sentences"."""

    baseline: ClassVar[str]
    """The name of the baseline."""

    def __init__(
        self,
        predictor: R,
        data: Prepared[TaggingCodec, TaggedPart],
        outside: Outside,
        metrics: Sequence[MetricSpec] = (),
    ):
        self._predictor, self._data = predictor, data
        self._outside, self._metrics = outside, metrics

    @abstractmethod
    def _baseline_tags(self, examples: Examples) -> list[Tags]:
        """The tags that the baseline predicts."""

    @abstractmethod
    def _tag_scores(self, examples: Examples, answers: Sequence[Tags]) -> dict[str, float]:
        """The accuracy of tags, and counts."""

    @abstractmethod
    def _show_step(self, examples: Examples, index: int, step: int) -> str:
        """A step of a sequence, with its neighbours."""

    def evaluate(self, part: str, errors: int = 0) -> Evaluation:
        examples = self._data.parts[part].examples
        tagged = self._predictor.tag(examples.texts)
        answers = [tags for tags, _ in tagged]
        scores = self._scores(examples, answers)
        if self._outside.knows("loss"):
            scores["loss"] = self._loss(examples)
        rows = [
            Score(OWN, scores),
            Score(self.baseline, self._scores(examples, self._baseline_tags(examples))),
            *self._outside.rows(part, scores),
        ]
        notes = [f"the model has seen these very {self.examples}"] if part == "train" else []
        if self._predictor.scheme.are_spans:
            tables, matrix = [_span_table(examples.labels, answers)], None
        else:
            tables, matrix = self._tag_tables(examples.labels, answers)
        if errors:
            tables.append(self._mistakes(examples, tagged, errors))
        return Evaluation(part, rows, notes, tables, matrix)

    def row_scores(self, part: str) -> list[RowScores]:
        examples, spans = self._data.parts[part].examples, self._predictor.scheme.are_spans
        answers = [tags for tags, _ in self._predictor.tag(examples.texts)]
        return row_scores(examples.labels, answers, examples.checksum, self.examples, spans=spans)

    def _scores(self, examples: Examples, answers: Sequence[Tags]) -> dict[str, float]:
        scores = self._tag_scores(examples, answers)
        if self._predictor.scheme.are_spans:
            micro, _ = span_scores(_spans(examples.labels), _spans(answers))[-2:]
            scores |= {"precision": micro.precision, "recall": micro.recall, "f1": micro.f1}
        true, predicted = (
            np.array([tag for row in tags for tag in row]) for tags in (examples.labels, answers)
        )
        return scores | further_scores(self._metrics, true, predicted)

    def _loss(self, examples: Examples) -> float:
        """The mean negative log-probability of the true tags, in nats."""
        indices = {tag: index for index, tag in enumerate(self._predictor.tags)}
        true = np.array([indices[tag] for tags in examples.labels for tag in tags])
        probabilities = np.concatenate(self._predictor.probabilities(examples.texts))
        of_true = probabilities[np.arange(len(true)), true]
        return float(-np.log(np.maximum(of_true, SMALLEST)).mean())

    def _tag_tables(
        self, true: Sequence[Tags], answers: Sequence[Tags]
    ) -> tuple[list[Table], Confusion]:
        labels = self._data.codec.labels
        targets, predicted = (tag_indices(tags, labels).flat for tags in (true, answers))
        rows: list[list[Cell]] = [
            [row.label, row.precision, row.recall, row.f1, row.support]
            for row in class_scores(predicted, targets, labels.names)
        ]
        header = ["tag", "precision", "recall", "f1", self.unit]
        counts = confusion(predicted, targets, len(labels)).tolist()
        matrix = Confusion(list(labels.names), counts)
        tables = [Table("each tag", header, rows)]
        if len(labels) <= LISTED:
            tables.append(matrix.table("true tag (rows) and answer (columns)"))
        return tables, matrix

    def _mistakes(self, examples: Examples, tagged: Sequence[Tagged], count: int) -> Table:
        """The wrong tags of which the model is most confident."""
        wrong = [
            (-float(probabilities[step]), index, step)
            for index, (tags, probabilities) in enumerate(tagged)
            for step, (tag, true) in enumerate(zip(tags, examples.labels[index], strict=True))
            if tag != true
        ]
        rows: list[list[Cell]] = [
            [
                -probability,
                examples.labels[index][step],
                tagged[index][0][step],
                examples.place(index),
                self._show_step(examples, index, step),
            ]
            for probability, index, step in sorted(wrong)[:count]
        ]
        header = ["probability", "true", "answer", "where", "token"]
        return Table(MISTAKES, header, rows)


class SentenceEvaluator(TaggingEvaluator[SentencePredictor]):
    """Scores the tags of sentences, compared with each word's most frequent tag."""

    unit = "tokens"
    examples = "sentences"
    baseline = "most frequent tag"

    @cached_property
    def _known_words(self) -> set[str]:
        return known_words(self._data.parts["train"].examples)

    @cached_property
    def _frequent(self) -> MostFrequentTag:
        train = self._data.parts["train"].examples
        return MostFrequentTag(zip(train.texts, train.labels, strict=True))

    def _baseline_tags(self, examples: Examples) -> list[Tags]:
        return [tuple(self._frequent.predict(tokens)) for tokens in examples.texts]

    def _tag_scores(self, examples: Examples, answers: Sequence[Tags]) -> dict[str, float]:
        return tag_scores(examples.texts, examples.labels, answers, self._known_words)

    def _show_step(self, examples: Examples, index: int, step: int) -> str:
        tokens = examples.texts[index]
        before, after = tokens[max(0, step - CONTEXT) : step], tokens[step + 1 : step + 1 + CONTEXT]
        return " ".join([*before, f"[{tokens[step]}]", *after])


class StepEvaluator(TaggingEvaluator[StepPredictor]):
    """Scores the labels of steps, compared with a regression that sees one step at a time."""

    unit = "steps"
    examples = "sequences"
    baseline = "logistic regression of each step alone"

    @cached_property
    def _regression(self) -> LogisticRegression:
        train = self._data.parts["train"]
        inputs = {"vectors": train.inputs.flat, "targets": train.targets.flat}
        fitted = self._data.computed.result(Computation(fit_regression, inputs))
        return LogisticRegression(fitted, len(self._data.codec.labels))

    def _baseline_tags(self, examples: Examples) -> list[Tags]:
        codec = self._predictor.codec
        names, inputs = codec.labels.names, codec.encode(examples.texts)
        return [
            tuple(names[label] for label in self._regression.predict(steps).argmax(axis=1))
            for steps in inputs
        ]

    def _tag_scores(self, examples: Examples, answers: Sequence[Tags]) -> dict[str, float]:
        known = set(self._data.codec.labels.names)
        scores = tag_scores(examples.labels, examples.labels, answers, known)
        return {
            "accuracy": scores["accuracy"],
            "correct": scores["correct"],
            "steps": scores["tokens"],
        }

    def _show_step(self, examples: Examples, index: int, step: int) -> str:
        return f"step {step + 1}"


def _span_table(true: Sequence[Tags], answers: Sequence[Tags]) -> Table:
    rows: list[list[Cell]] = [
        [row.kind, row.precision, row.recall, row.f1, row.support]
        for row in span_scores(_spans(true), _spans(answers))
    ]
    return Table("each type of span", ["type", "precision", "recall", "f1", "spans"], rows)


def _spans(tags: Sequence[Tags]) -> list[list[Span]]:
    return [read_spans(row) for row in tags]
