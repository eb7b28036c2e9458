"""Gives every token of a sentence, or every step of a sequence of numbers, a tag."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from rnnkit.data.batch.buckets import TaggedTexts
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.data.encode.codecs import WordCodec
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.sentence import tokenize
from rnnkit.data.formats.format import Record
from rnnkit.engine.crf import decode
from rnnkit.errors import RnnkitError
from rnnkit.models.activations import softmax
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.predictor import Predictor
from rnnkit.tasks.tagging.data import TaggingCodec
from rnnkit.tasks.tagging.schemes import Tags, TagScheme
from rnnkit.tasks.tagging.sentences import require_length, sentence_widths
from rnnkit.tasks.tagging.steps import step_widths

SCORED_AT_ONCE = 64

K = TypeVar("K", bound=TaggingCodec)
Q = TypeVar("Q")

_CONTROL = re.compile(r"[\t\r\n\v\f\0]")

Tokens = tuple[str, ...]

Tagged = tuple[Tags, np.ndarray]
"""The tags of a sequence, those of spans in IOB2, and how probable each is, (timesteps,)."""


@dataclass(frozen=True)
class TaggedToken:
    """A token, its tag, and how probable the tag is there."""

    token: str
    tag: str
    probability: float


@dataclass(frozen=True)
class TaggedStep:
    """A step of a sequence of numbers, counted from 0, its tag, and how probable the tag is
    there."""

    step: int
    tag: str
    probability: float


@dataclass(frozen=True)
class Steps:
    """A sequence of numbers, (timesteps, features), and which of its file it is."""

    values: np.ndarray
    sample: int = 0


class TaggingPredictor(Predictor[K, Q, Tagged], Generic[K, Q]):
    """Tags sequences.

    Spans are legal: of all sequences of tags that the scheme allows, the most probable is chosen
    (Viterbi), whether or not the model has learned transition scores.

    Args:
        codec: The run's codec.
        outputs: The model's outputs.
        scheme: How tags are written.
        crf: Whether the outputs are scores of a label after each label.
    """

    def __init__(self, codec: K, outputs: Outputs, scheme: TagScheme, crf: bool):
        super().__init__(codec, outputs)
        self.scheme, self._crf = scheme, crf

    @abstractmethod
    def widths(self, inputs: Sequences) -> list[int]:
        """The lengths to which batches are padded."""

    def tag(self, sequences: Sequence[Any]) -> list[Tagged]:
        """The tags of each raw sequence: of its tokens, or of its (timesteps, features)."""
        inputs = self.codec.encode(sequences)
        batches = TaggedTexts(inputs, inputs, SCORED_AT_ONCE, self.widths(inputs))
        names = self.codec.labels.names
        return [
            (self.scheme.decode([names[label] for label in labels]), probabilities)
            for labels, probabilities in batches.tagged(self._decode)
        ]

    def _decode(
        self, inputs: np.ndarray, lengths: np.ndarray
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        answers, legal = self.outputs(inputs), self.scheme.legal
        if self._crf:
            return decode(answers, lengths, legal)
        probabilities = softmax(answers.astype(np.float64))
        if legal is None:
            best, sure = probabilities.argmax(axis=-1), probabilities.max(axis=-1)
            return [(best[row, :length], sure[row, :length]) for row, length in enumerate(lengths)]
        shape = (*probabilities.shape, len(self.codec.labels))
        pairs = np.broadcast_to(np.log(probabilities)[:, :, None], shape)
        return decode(pairs, lengths, legal)


class SentencePredictor(TaggingPredictor[WordCodec, Tokens]):
    """A tag for every token of a sentence.

    Args:
        codec: The run's codec.
        outputs: The model's outputs.
        scheme: How tags are written.
        crf: Whether the outputs are scores of a label after each label.
        max_length: Tokens of a sentence, at most.
    """

    reads: ClassVar[tuple[str, ...]] = ("txt", "jsonl", "conll", "conllu")
    otherwise: ClassVar[str | None] = "conll"  # files of columns have any name: eng.testb
    writes: ClassVar[tuple[str, ...]] = ("conll", "jsonl", "conllu")

    def __init__(
        self, codec: WordCodec, outputs: Outputs, scheme: TagScheme, crf: bool, max_length: int
    ):
        super().__init__(codec, outputs, scheme, crf)
        self._max_length = max_length

    def widths(self, inputs: Sequences) -> list[int]:
        return sentence_widths(inputs, SCORED_AT_ONCE)

    def parse(self, text: str) -> Tokens:
        return self._checked(tokenize(text))

    def query(self, record: Record, column: str | None = None) -> Tokens:
        """The tokens of {"tokens": [...]}, or of the text of a line."""
        if (text := record.get("text")) is not None and "tokens" not in record:
            return self.parse(text)
        return self._checked(_tokens(record))

    def _checked(self, tokens: Sequence[str]) -> Tokens:
        require_length(tokens, self._max_length)
        return tuple(tokens)

    def predict(self, queries: Sequence[Tokens]) -> list[Tagged | None]:
        answers = iter(self.tag(sentences) if (sentences := list(filter(None, queries))) else [])
        return [next(answers) if tokens else None for tokens in queries]

    def answers(self, query: Tokens, answer: Tagged, top: int) -> list[TaggedToken]:
        """Every token in its order."""
        rows = zip(query, answer[0], map(float, answer[1]), strict=True)
        return [TaggedToken(*row) for row in rows]

    def records(self, query: Tokens, answer: Tagged) -> list[Record]:
        return [{"tokens": list(query), "tags": list(answer[0])}]


def _tokens(record: Record) -> Sequence[str]:
    tokens = record.get("tokens")
    if not isinstance(tokens, list | tuple):
        got = "'tokens' is missing" if tokens is None else f"'tokens' is a {type(tokens).__name__}"
        raise RnnkitError("", got, 'Expected a list, such as {"tokens": ["a", "mouse"]}')
    for token in tokens:
        if not isinstance(token, str) or not token.strip() or _CONTROL.search(token):
            got = f"{token!r} among the tokens"
            raise RnnkitError("", got, "Expected text without line ends and tabs")
    return tokens


class StepPredictor(TaggingPredictor[ArrayCodec, Steps]):
    """A tag for every step of a sequence of numbers."""

    reads: ClassVar[tuple[str, ...]] = ("npz",)
    writes: ClassVar[tuple[str, ...]] = ("csv", "tsv", "jsonl", "parquet")

    def widths(self, inputs: Sequences) -> list[int]:
        return step_widths(inputs)

    def parse(self, text: str) -> Steps:
        return Steps(self.codec.parse(text))

    def query(self, record: Record, column: str | None = None) -> Steps:
        """The numbers of {"x": (timesteps, features)}, and their "sample" where there is one."""
        values = np.asarray(record["x"], np.float32)
        self.codec.require_features([values], "x")
        return Steps(values, record.get("sample", 0))

    def predict(self, queries: Sequence[Steps]) -> list[Tagged | None]:
        return list(self.tag([query.values for query in queries])) if queries else []

    def answers(self, query: Steps, answer: Tagged, top: int) -> list[TaggedStep]:
        """Every step in its order."""
        rows = zip(answer[0], map(float, answer[1]), strict=True)
        return [TaggedStep(step, *row) for step, row in enumerate(rows)]

    def records(self, query: Steps, answer: Tagged) -> list[Record]:
        return [
            {
                "sample": query.sample,
                "step": row.step,
                "tag": row.tag,
                "probability": round(row.probability, 6),
            }
            for row in self.answers(query, answer, len(answer[0]))
        ]
