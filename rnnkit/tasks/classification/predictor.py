"""Predicts the label of a text or of a sequence of numbers, or several labels of a text."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.formats.format import Record
from rnnkit.data.formats.txt import COLUMN
from rnnkit.data.raw.labelled import Examples
from rnnkit.data.read.labelled import joined_text
from rnnkit.errors import RnnkitError, did_you_mean, here
from rnnkit.insight.question import Question
from rnnkit.progress import log
from rnnkit.tasks.capabilities import About, Explains
from rnnkit.tasks.classification.answers import Decision, Verdict
from rnnkit.tasks.classification.arrays import LabelledArrayCodec
from rnnkit.tasks.classification.data import ClassificationCodec, ClassificationPart
from rnnkit.tasks.classification.explaining import steps_question, text_question
from rnnkit.tasks.classification.labels import probabilities
from rnnkit.tasks.classification.playground import judged, text_of
from rnnkit.tasks.classification.texts import LabelledTextCodec
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.playground import Numbers
from rnnkit.tasks.playground import Verdict as Judged
from rnnkit.tasks.predictor import Answers, Predictor

SCORED_AT_ONCE = 256
SHOWN_WORDS = 20

L = TypeVar("L", bound=ClassificationCodec)
X = TypeVar("X")


class Classifier(Predictor[L, X, np.ndarray], Explains[X]):
    """Answers with the probabilities of the labels, (labels,).

    Args:
        codec: The run's codec.
        outputs: The model's outputs.
        delimiter: What separates several labels in one cell of a table.
    """

    def __init__(self, codec: L, outputs: Outputs, delimiter: str):
        super().__init__(codec, outputs)
        self._delimiter = delimiter

    @abstractmethod
    def _read(self, queries: Sequence[X]) -> Sequences:
        """The encoded queries; one without a token is empty."""

    @property
    def _columns(self) -> tuple[str, ...]:
        labels = self.codec.labels
        if labels.several:
            return "label", *(f"probability_{name}" for name in labels.names)
        return "label", "probability"

    @property
    def probability_columns(self) -> tuple[str, ...]:
        return self._columns[1:]

    def probabilities(self, part: ClassificationPart) -> np.ndarray:
        """The probabilities of the labels for a part of the data, (texts, labels)."""
        logits = part.answers(self.outputs, SCORED_AT_ONCE)
        return probabilities(logits.astype(np.float64), self.codec.labels)

    def predict(self, queries: Sequence[X]) -> list[np.ndarray | None]:
        answers: list[np.ndarray | None] = [None] * len(queries)
        if not queries:
            return answers
        encoded = self._read(queries)
        readable = np.flatnonzero(encoded.lengths)
        if len(readable):
            no_targets = np.zeros(len(readable), np.int32)
            unlabelled = Examples([], [], str)
            if len(readable) < len(queries):
                encoded = encoded.take(readable)
            part = self.codec.batched(unlabelled, encoded, no_targets)
            for row, probabilities in zip(readable, self.probabilities(part), strict=True):
                answers[row] = probabilities
        return answers

    def answers(self, query: X, answer: np.ndarray, top: int) -> Answers:
        labels = self.codec.labels
        best = [int(label) for label in np.argsort(-answer, kind="stable")[:top]]
        if not labels.several:
            return [Verdict(labels.names[label], float(answer[label])) for label in best]
        return [
            Decision(
                labels.names[label],
                float(answer[label]),
                labels.thresholds[label],
                "yes" if answer[label] >= labels.thresholds[label] else "no",
            )
            for label in best
        ]

    def cells(self, answer: np.ndarray) -> Record:
        """An answer as cells of a row, by column."""
        labels = self.codec.labels
        if not labels.several:
            best = int(answer.argmax())
            return {"label": labels.names[best], "probability": float(answer[best])}
        predicted = answer >= np.array(labels.thresholds)
        names = [
            name for name, is_present in zip(labels.names, predicted, strict=True) if is_present
        ]
        cells = [self._delimiter.join(names), *map(float, answer)]
        return dict(zip(self._columns, cells, strict=True))


class TextClassifier(Classifier[LabelledTextCodec, str]):
    """The label of a text, or its labels.

    Args:
        codec: The run's codec.
        outputs: The model's outputs.
        delimiter: What separates several labels in one cell of a table.
        texts: The columns of the text in a table like the data set's own.
        joint: The text that joins these columns.
    """

    def __init__(
        self,
        codec: LabelledTextCodec,
        outputs: Outputs,
        delimiter: str,
        texts: tuple[str, ...],
        joint: str,
    ):
        super().__init__(codec, outputs, delimiter)
        self._texts, self._joint = texts, joint

    @property
    def input_columns(self) -> tuple[str, ...]:
        return self._texts

    @property
    def columns(self) -> tuple[str, ...]:
        return self._columns

    def records(self, query: str, answer: np.ndarray) -> list[Record]:
        return [self.cells(answer)]

    def parse(self, text: str) -> str:
        """The text, with warnings about words that are unknown and tokens that are truncated.

        Raises:
            RnnkitError: If there is nothing to read in it.
        """
        (length,) = self._read([text]).lengths
        if not length:
            expected = "Expected a text with at least one word"
            raise RnnkitError("", f"nothing to read in {text!r}", expected)
        if unknown := self.codec.tokenizer.unknown(self.codec.clean(text)):
            words = ", ".join(map(repr, unknown[:SHOWN_WORDS]))
            manner = "as <unk>" if self.codec.spell is None else "by their characters alone"
            log.warning(here(f"out of vocabulary, read {manner}: {words}"))
        if length > (longest := self.codec.longest):
            end = "last" if self.codec.data.truncating == "pre" else "first"
            got = f"{length:,} tokens are truncated"
            log.warning(here(f"{got}: the model reads the {end} {longest:,}"))
        return text

    def playground(self) -> Judged:
        return judged(self.codec.labels, text_of(self.codec))

    def question(self, query: str, about: About) -> Question:
        return text_question(self.codec, self.outputs, query, about)

    def query(self, record: Record, column: str | None = None) -> str:
        """The text in a row of a table; "" if there is none."""
        columns = self._texts if column is None else (column,)
        if column is None and COLUMN in record and not all(name in record for name in columns):
            columns = (COLUMN,)
        for name in columns:
            if name not in record:
                expected = f"It has: {', '.join(map(str, record))}"
                raise RnnkitError("", f"no column {name!r}", expected, did_you_mean(name, record))
        return joined_text(record, columns, self._joint)

    def _read(self, queries: Sequence[str]) -> Sequences:
        return self.codec.read([text if text.strip() else "" for text in queries])


@dataclass(frozen=True)
class Steps:
    """A sequence of numbers.

    Args:
        values: (timesteps, features).
        sample: Its index in its file.
    """

    values: np.ndarray
    sample: int = 0


class SequenceClassifier(Classifier[LabelledArrayCodec, Steps]):
    """The label of a sequence of numbers."""

    reads = ("npz",)
    writes = ("csv", "tsv", "jsonl", "parquet")

    def parse(self, text: str) -> Steps:
        """The steps that a text of numbers spells out.

        Raises:
            RnnkitError: If they are not a whole number of steps.
        """
        return Steps(self.codec.parse(text))

    def playground(self) -> Judged:
        return judged(self.codec.labels, Numbers(self.codec.scaler))

    def question(self, query: Steps, about: About) -> Question:
        return steps_question(self.codec, self.outputs, query.values, about)

    def query(self, record: Record, column: str | None = None) -> Steps:
        """The sequence in {"x": (timesteps, features)}, with its "sample" if there is one.

        Raises:
            RnnkitError: If its features are not those of the training set.
        """
        return Steps(self.codec.steps_of(record), record.get("sample", 0))

    @property
    def answer_columns(self) -> dict[str, type[int] | type[float] | type[str]]:
        label, *shares = self._columns
        return {"sample": int, label: str, **dict.fromkeys(shares, float)}

    def records(self, query: Steps, answer: np.ndarray) -> list[Record]:
        return [{"sample": query.sample, **self.cells(answer)}]

    def _read(self, queries: Sequence[Steps]) -> Sequences:
        return self.codec.encode([query.values for query in queries])


ClassificationPredictor = TextClassifier | SequenceClassifier
