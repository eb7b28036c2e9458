"""The scores of a tagger, compared with simple baselines."""

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
from rnnkit.tasks.tagging.sentences import AROUND, known_words

R = TypeVar("R", bound=SentencePredictor | StepPredictor)


class TaggingEvaluator(Evaluator, Generic[R]):
    """Scores every tag, and whole spans.

    Args:
        predictor: The model.
        data: The baseline learns from its training set.
        outside: What is known besides.
        metrics: Further scores of every tag.
    """

    unit: ClassVar[str]
    """What has a tag, as tables call it."""

    seen: ClassVar[str]
    """What an example is, as notes call it."""

    baseline: ClassVar[str]
    """What a simple method is called."""

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
        """The baseline's tags."""

    @abstractmethod
    def _tag_scores(self, examples: Examples, answers: Sequence[Tags]) -> dict[str, float]:
        """How many tags are right."""

    @abstractmethod
    def _shown(self, examples: Examples, index: int, step: int) -> str:
        """A step of a sequence among its neighbours."""

    def evaluate(self, part: str, errors: int = 0) -> Evaluation:
        examples = self._data.parts[part].examples
        tagged = self._predictor.tag(examples.texts)
        own = [tags for tags, _ in tagged]
        scores = self._scores(examples, own)
        if self._outside.knows("loss"):
            scores["loss"] = self._nats(examples)
        rows = [
            Score("this run", scores),
            Score(self.baseline, self._scores(examples, self._baseline_tags(examples))),
            *self._outside.rows(part, scores),
        ]
        notes = [f"the model has seen these very {self.seen}"] if part == "train" else []
        if self._predictor.scheme.are_spans:
            tables, matrix = [_span_table(examples.labels, own)], None
        else:
            tables, matrix = self._tag_tables(examples.labels, own)
        if errors:
            tables.append(self._mistakes(examples, tagged, errors))
        return Evaluation(part, rows, notes, tables, matrix)

    def row_scores(self, part: str) -> list[RowScores]:
        examples, spans = self._data.parts[part].examples, self._predictor.scheme.are_spans
        answers = [tags for tags, _ in self._predictor.tag(examples.texts)]
        return row_scores(examples.labels, answers, examples.checksum, self.seen, spans=spans)

    def _scores(self, examples: Examples, answers: Sequence[Tags]) -> dict[str, float]:
        scores = self._tag_scores(examples, answers)
        if self._predictor.scheme.are_spans:
            micro, _ = span_scores(_spans(examples.labels), _spans(answers))[-2:]
            scores |= {"precision": micro.precision, "recall": micro.recall, "f1": micro.f1}
        true, predicted = (
            np.array([tag for row in tags for tag in row]) for tags in (examples.labels, answers)
        )
        return scores | further_scores(self._metrics, true, predicted)

    def _nats(self, examples: Examples) -> float:
        """The mean surprise at a true tag; the same as the loss of a model without a chain."""
        place = {tag: index for index, tag in enumerate(self._predictor.tags)}
        true = np.array([place[tag] for tags in examples.labels for tag in tags])
        shares = np.concatenate(self._predictor.probabilities(examples.texts))
        return float(-np.log(np.maximum(shares[np.arange(len(true)), true], SMALLEST)).mean())

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
        """The wrong tags that the model is most confident of, each among its neighbours."""
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
                self._shown(examples, index, step),
            ]
            for probability, index, step in sorted(wrong)[:count]
        ]
        header = ["probability", "true", "answer", "where", "token"]
        return Table(MISTAKES, header, rows)


class SentenceEvaluator(TaggingEvaluator[SentencePredictor]):
    """Scores the tags of sentences, compared with each word's most frequent tag."""

    unit = "tokens"
    seen = "sentences"
    baseline = "most frequent tag"

    @cached_property
    def _known(self) -> set[str]:
        return known_words(self._data.parts["train"].examples)

    @cached_property
    def _frequent(self) -> MostFrequentTag:
        train = self._data.parts["train"].examples
        return MostFrequentTag(zip(train.texts, train.labels, strict=True))

    def _baseline_tags(self, examples: Examples) -> list[Tags]:
        return [tuple(self._frequent.predict(tokens)) for tokens in examples.texts]

    def _tag_scores(self, examples: Examples, answers: Sequence[Tags]) -> dict[str, float]:
        return tag_scores(examples.texts, examples.labels, answers, self._known)

    def _shown(self, examples: Examples, index: int, step: int) -> str:
        tokens = examples.texts[index]
        before, after = tokens[max(0, step - AROUND) : step], tokens[step + 1 : step + 1 + AROUND]
        return " ".join([*before, f"[{tokens[step]}]", *after])


class StepEvaluator(TaggingEvaluator[StepPredictor]):
    """Scores the labels of steps, compared with a regression that sees one step at a time."""

    unit = "steps"
    seen = "sequences"
    baseline = "logistic regression of each step alone"

    @cached_property
    def _alone(self) -> LogisticRegression:
        train = self._data.parts["train"]
        inputs = {"vectors": train.inputs.flat, "targets": train.targets.flat}
        fitted = self._data.computed.result(Computation(fit_regression, inputs))
        return LogisticRegression(fitted, len(self._data.codec.labels))

    def _baseline_tags(self, examples: Examples) -> list[Tags]:
        codec = self._predictor.codec
        names, inputs = codec.labels.names, codec.encode(examples.texts)
        return [
            tuple(names[label] for label in self._alone.predict(steps).argmax(axis=1))
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

    def _shown(self, examples: Examples, index: int, step: int) -> str:
        return f"step {step + 1}"


def _span_table(true: Sequence[Tags], answers: Sequence[Tags]) -> Table:
    rows: list[list[Cell]] = [
        [row.kind, row.precision, row.recall, row.f1, row.support]
        for row in span_scores(_spans(true), _spans(answers))
    ]
    return Table("each type of span", ["type", "precision", "recall", "f1", "spans"], rows)


def _spans(tags: Sequence[Tags]) -> list[list[Span]]:
    return [read_spans(row) for row in tags]
