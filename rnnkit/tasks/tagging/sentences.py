"""Reads tokenized sentences with a tag for every token, and encodes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rnnkit.architecture import InputSpec
from rnnkit.data.datasets.kinds.tagged import TaggedDataset
from rnnkit.data.encode.codecs import WordCodec
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.words import WordsSpec
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.errors import RnnkitError
from rnnkit.quantities import agreed, counted, percent
from rnnkit.run import RunFolder
from rnnkit.tasks.embeddings import word_reader
from rnnkit.tasks.tagging.data import Inputs, TaggingCodec
from rnnkit.tasks.tagging.schemes import Tags

CONTEXT = 4
"""The number of tokens shown before and after a mistake; an example query has more tokens."""


@dataclass(frozen=True)
class SentenceInputs(Inputs):
    """Reads sentences.

    Args:
        dataset: The data set.
        words: The words of the vocabulary.
        first: The model's input layer, which may read the characters or subwords of a word.
        max_length: The most tokens of a sentence to learn from.
    """

    encodes_later: ClassVar[bool] = True
    unit: ClassVar[str] = "sentences"

    dataset: TaggedDataset
    words: WordsSpec
    first: InputSpec
    max_length: int

    def read(self, *, sample: bool) -> Labelled:
        return self.dataset.sample() if sample else self.dataset.load()

    def read_further(self, file: object) -> Labelled:
        return self.dataset.read_further(file)

    def fit(self, train: Examples, labels: Labels) -> WordCodec:
        tokens = (token for sentence in train.texts for token in sentence)
        words = self.words.train(*tokens, padding=True, key="data.words")
        return WordCodec(words, labels, word_reader(self.first))

    def load(self, run: RunFolder) -> WordCodec:
        tokenizer, labels = self.words.load(run.tokenizer), Labels.load(run.labels)
        return WordCodec(tokenizer, labels, word_reader(self.first))

    def adopt(self, codec: TaggingCodec) -> TaggingCodec:
        """The codec with the characters or subwords that this config reads of a word."""
        if isinstance(codec, WordCodec):
            return replace(codec, spell=word_reader(self.first))
        return codec

    def refit(self, codec: TaggingCodec, train: Examples, labels: Labels) -> TaggingCodec:
        """The codec with other labels."""
        adopted = self.adopt(codec)
        return replace(adopted, labels=labels) if isinstance(adopted, WordCodec) else adopted

    def check(self, examples: Examples) -> None:
        for index, tokens in enumerate(examples.texts):
            require_length(tokens, self.max_length, examples.place(index))

    def encode(self, examples: Examples, codec: TaggingCodec, part: str) -> Sequences:
        return codec.encode(examples.texts)

    def widths(self, codec: TaggingCodec, inputs: Sequences) -> None:
        """None, as batches are padded."""

    def describe(self, codec: TaggingCodec, parts: Mapping[str, Examples]) -> str:
        sizes = (
            f"{name} {counted(len(part), 'sentence')} of {counted(_tokens(part), 'token')}"
            for name, part in parts.items()
        )
        return f"{', '.join(sizes)}; vocabulary of {codec.features:,}"

    def remarks(self, parts: Mapping[str, Examples]) -> list[str]:
        known, lines = known_words(parts["train"]), []
        for name, part in parts.items():
            tokens = (token for sentence in part.texts for token in sentence)
            if unknown := sum(token not in known for token in tokens):
                share = unknown / _tokens(part)
                lines.append(
                    f"{name}: {counted(unknown, 'token')} ({percent(share, 1)})"
                    f" {agreed(unknown, 'does', 'do')} not occur in the training set"
                )
        return lines

    def show(self, examples: Examples, row: int, tags: Tags) -> str:
        return " ".join(map("/".join, zip(examples.texts[row], tags, strict=True)))

    def ask(self, train: Examples) -> str:
        """The shortest sentence with more than a few tokens."""
        texts = (" ".join(tokens) for tokens in train.texts if len(tokens) > CONTEXT)
        return min(texts, key=len, default=" ".join(train.texts[0]))


def _tokens(examples: Examples) -> int:
    return sum(map(len, examples.texts))


def known_words(examples: Examples) -> set[str]:
    """The distinct tokens of a part."""
    return {token for tokens in examples.texts for token in tokens}


def require_length(tokens: Sequence[str], longest: int, place: str = "") -> None:
    """Checks that a sentence is not so long that a blank line must be missing.

    Raises:
        RnnkitError: If it has more than `longest` tokens.
    """
    if len(tokens) > longest:
        raise RnnkitError(
            place,
            f"a sentence of {len(tokens):,} tokens",
            f"Expected at most {longest:,}",
            "Is a blank line missing between sentences? Else set data.max_length",
        )
