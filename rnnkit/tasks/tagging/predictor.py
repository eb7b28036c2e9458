"""Predicts a tag for every token of a sentence, or every step of a sequence of numbers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from rnnkit.data.batch.buckets import TaggedTexts
from rnnkit.data.batch.widths import array_widths, bucket_widths
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.data.encode.codecs import WordCodec
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.sentence import tokenize
from rnnkit.data.formats.format import Record
from rnnkit.errors import RnnkitError, here
from rnnkit.insight.question import Question
from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.tasks import playground
from rnnkit.tasks.capabilities import About, Explains
from rnnkit.tasks.capabilities import Tags as HasTags
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.predictor import Predictor
from rnnkit.tasks.tagging.answers import ANSWER_KEYS, TaggedStep, TaggedToken
from rnnkit.tasks.tagging.data import TaggingCodec
from rnnkit.tasks.tagging.explaining import sentence_question, steps_question
from rnnkit.tasks.tagging.queries import Sentence, Steps, tokens_of
from rnnkit.tasks.tagging.schemes import Tags, TagScheme
from rnnkit.tasks.tagging.tagger import Tagger
from rnnkit.tasks.tagging.windows import StepLabels, join_windows, split_windows

SCORED_AT_ONCE = 64

K = TypeVar("K", bound=TaggingCodec)
Q = TypeVar("Q")

Tagged = tuple[Tags, np.ndarray]
"""The tags of a sequence, with spans in IOB2, and their probabilities, (timesteps,)."""

Decode = Callable[[np.ndarray, np.ndarray], list[StepLabels]]
"""A function from a batch of inputs and their lengths to the labels of each row."""


class TaggingPredictor(Predictor[K, Q, Tagged], HasTags, Explains[Q], Generic[K, Q]):
    """Tags sequences.

    Spans are legal: of all sequences of tags that the scheme allows, the most probable one is
    chosen (Viterbi), whether or not the model has learned transition scores.

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

    def _tagging(self, reads: playground.Sentence | playground.Numbers) -> playground.Tagging:
        names, scheme = self.codec.labels.names, self.scheme
        return playground.Tagging(reads, names, scheme.are_spans, self._crf, scheme.legal)

    @property
    def tagger(self) -> Tagger:
        """The model."""
        return Tagger(self.outputs, self.scheme, self._crf, self.widths)

    def tag(self, sequences: Sequence[Any]) -> list[Tagged]:
        """The tags of each raw sequence: of its tokens, or of its (timesteps, features)."""
        names = self.codec.labels.names
        return [
            (self.scheme.decode([names[label] for label in labels]), probabilities)
            for labels, probabilities in self._decoded(sequences, self.tagger.decode)
        ]

    @property
    def tags(self) -> Tags:
        """The distinct tags of answers."""
        return tuple(dict.fromkeys(self.scheme.answered))

    def probabilities(self, sequences: Sequence[Any]) -> list[np.ndarray]:
        """The probabilities of `tags` at each step of raw sequences, (timesteps, tags) each."""
        answered = np.array(self.scheme.answered)
        is_tag = (answered[:, None] == np.array(self.tags)).astype(np.float64)
        decoded = self._decoded(sequences, self.tagger.marginals)
        return [probabilities @ is_tag for _, probabilities in decoded]

    def _decoded(self, sequences: Sequence[Any], decode: Decode) -> list[StepLabels]:
        inputs = self.codec.encode(sequences)
        return TaggedTexts(inputs, inputs, SCORED_AT_ONCE, self.widths(inputs)).tagged(decode)


class SentencePredictor(TaggingPredictor[WordCodec, Sentence]):
    """Tags every token of a sentence; one longer than `max_length` is read in overlapping windows.

    Args:
        codec: The run's codec.
        outputs: The model's outputs.
        scheme: How tags are written.
        crf: Whether the outputs are scores of a label after each label.
        max_length: The most tokens that the model reads at once.
        keys: The keys of tokens and tags in records of the run's own data set.
    """

    reads: ClassVar[tuple[str, ...]] = (
        *("txt", "jsonl", "conll", "conllu", "tagged_csv"),
        *("parquet", "arrow"),
    )
    otherwise: ClassVar[str | None] = "conll"  # such files have any suffix: eng.testb
    writes: ClassVar[tuple[str, ...]] = (
        *("conll", "jsonl", "conllu", "tagged_csv"),
        *("parquet", "arrow"),
    )

    def __init__(
        self,
        codec: WordCodec,
        outputs: Outputs,
        scheme: TagScheme,
        crf: bool,
        max_length: int,
        keys: tuple[str, str] = ANSWER_KEYS,
    ):
        super().__init__(codec, outputs, scheme, crf)
        self._max_length, self._keys = max_length, keys

    def widths(self, inputs: Sequences) -> list[int]:
        return bucket_widths(inputs.lengths, min(SCORED_AT_ONCE, len(inputs)))

    def parse(self, text: str) -> Sentence:
        tokens = tokenize(text, graphemes=self.codec.tokenizer.hides_invisible)
        return Sentence(tuple(tokens))

    def playground(self) -> playground.Tagging:
        return self._tagging(playground.Sentence(self.codec.tokenizer, self._max_length))

    def question(self, query: Sentence, about: About) -> Question:
        if not query.tokens:
            raise RnnkitError("", "nothing to read", "Expected at least one token")
        ((tags, _),) = self.tag([query.tokens])
        sentence = query.tokens, tags
        return sentence_question(self.codec, self.tagger, sentence, self._max_length, about)

    def query(self, record: Record, column: str | None = None) -> Sentence:
        """The tokens of {"tokens": [...]} or of a text, with the other columns of the record."""
        replaced = {*ANSWER_KEYS, *self._keys}
        others = {key: value for key, value in record.items() if key not in replaced}
        key = next((key for key in (self._keys[0], "tokens") if key in record), None)
        if key or "text" not in record:
            return Sentence(tuple(tokens_of(record, key or self._keys[0])), others)
        text = others.pop("text") or ""
        if not isinstance(text, str):
            raise RnnkitError("", f"text is {text!r}", "Expected text")
        return replace(self.parse(text), others=others)

    def predict(self, queries: Sequence[Sentence]) -> list[Tagged | None]:
        texts = [query.tokens for query in queries if query.tokens]
        if long := sum(len(tokens) > self._max_length for tokens in texts):
            have = counted(long, "sentence has", "sentences have")
            bound = f"more than {self._max_length:,} tokens"
            log.info(here(f"{have} {bound}, tagged in overlapping windows of that many"))
        answers = iter(self.tag(texts) if texts else [])
        return [next(answers) if query.tokens else None for query in queries]

    def _decoded(self, sequences: Sequence[Any], decode: Decode) -> list[StepLabels]:
        contents, spans = split_windows(sequences, self._max_length)
        return join_windows(super()._decoded(contents, decode), spans)

    def answers(self, query: Sentence, answer: Tagged, top: int) -> list[TaggedToken]:
        """Every token in order."""
        rows = zip(query.tokens, answer[0], map(float, answer[1]), strict=True)
        return [TaggedToken(*row) for row in rows]

    @property
    def answer_columns(self) -> dict[str, type[int] | type[float] | type[str]]:
        return {"tokens": str, "tags": str}

    def records(self, query: Sentence, answer: Tagged) -> list[Record]:
        return [{**query.others, "tokens": list(query.tokens), "tags": list(answer[0])}]

    def unanswered(self, query: Sentence) -> list[Record]:
        return [{**query.others, "tokens": [], "tags": []}]


class StepPredictor(TaggingPredictor[ArrayCodec, Steps]):
    """Tags every step of a sequence of numbers."""

    reads: ClassVar[tuple[str, ...]] = ("npz",)
    writes: ClassVar[tuple[str, ...]] = ("csv", "tsv", "jsonl", "parquet")

    @property
    def probability_columns(self) -> tuple[str, ...]:
        return ("probability",)

    def widths(self, inputs: Sequences) -> list[int]:
        return array_widths(inputs.lengths, SCORED_AT_ONCE, pads=self.codec.pads)

    def parse(self, text: str) -> Steps:
        return Steps(self.codec.parse(text))

    def playground(self) -> playground.Tagging:
        return self._tagging(playground.Numbers(self.codec.scaler))

    def question(self, query: Steps, about: About) -> Question:
        ((tags, _),) = self.tag([query.values])
        return steps_question(self.codec, self.tagger, query.values, tags, about)

    def query(self, record: Record, column: str | None = None) -> Steps:
        """The numbers of {"x": (timesteps, features)}, and their index "sample", 0 by default."""
        return Steps(self.codec.steps_of(record), record.get("sample", 0))

    def predict(self, queries: Sequence[Steps]) -> list[Tagged | None]:
        return list(self.tag([query.values for query in queries])) if queries else []

    def answers(self, query: Steps, answer: Tagged, top: int) -> list[TaggedStep]:
        """Every step in order."""
        rows = enumerate(zip(answer[0], map(float, answer[1]), strict=True))
        return [TaggedStep(step, *row) for step, row in rows]

    @property
    def answer_columns(self) -> dict[str, type[int] | type[float] | type[str]]:
        return {"sample": int, "step": int, "tag": str, "probability": float}

    def records(self, query: Steps, answer: Tagged) -> list[Record]:
        rows = self.answers(query, answer, len(answer[0]))
        return [{"sample": query.sample, **vars(row)} for row in rows]
