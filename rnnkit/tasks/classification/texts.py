"""Texts: how a classifier reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from rnnkit.architecture import InputSpec
from rnnkit.data.datasets.imdb import Imdb, keras_index
from rnnkit.data.datasets.kinds.labelled import LabelledDataset
from rnnkit.data.encode.cached import encode_cached, train_cached
from rnnkit.data.encode.cleaning import clean
from rnnkit.data.encode.codecs import TextCodec
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.raw.label_names import on_one_line
from rnnkit.data.raw.labelled import Examples, Labelled, places
from rnnkit.quantities import counted, percent
from rnnkit.run import RunFolder
from rnnkit.tasks.classification.data import ClassificationCodec, ClassificationPart
from rnnkit.tasks.classification.sections import LONGEST, ClassificationData
from rnnkit.tasks.embeddings import word_reader
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.segmentation import tokenizer_advice


@dataclass(frozen=True)
class LabelledTextCodec(TextCodec):
    """Texts to token ids as the `data:` section says, and answers to labels.

    Args:
        data: How a text is cleaned, truncated and padded.
    """

    data: ClassificationData

    @property
    def vocabulary(self) -> Sequence[str]:
        """The tokens in the order of their ids."""
        return self.tokenizer.vocabulary

    @property
    def longest(self) -> int:
        """Tokens that the model sees of a text."""
        return self.data.max_length or LONGEST

    def with_labels(self, labels: Labels) -> Self:
        """The same with other thresholds."""
        return replace(self, labels=labels)

    def clean(self, text: str) -> str:
        """A text as it is tokenized."""
        return clean(text, self.data.clean)

    def read(self, texts: Sequence[str]) -> Sequences:
        """What can be read of texts, as long as they are."""
        return self.encode(_cleaned(texts, self.data))

    def part(self, name: str, examples: Examples) -> tuple[ClassificationPart, list[str]]:
        """A part of the data, and remarks about empty and about very long texts."""
        texts, remarks = _cleaned(examples.texts, self.data), []
        whole = encode_cached(self.tokenizer, texts) if self.spell is None else self.encode(texts)
        if not whole.lengths.all():
            rows = _places(examples, whole.lengths == 0)
            got = f"{name}: no token is left of {counted(len(rows), 'text')}, read as <unk>"
            remarks.append(f"{got}: {places(rows)}")
            whole = self.without_empty(whole)
        if self.data.max_length is None and (whole.lengths > LONGEST).any():
            rows = _places(examples, whole.lengths > LONGEST)
            got = f"{name}: {counted(len(rows), 'text')} of more than {LONGEST:,} tokens truncated"
            remarks.append(f"{got} (data.max_length sets another bound): {places(rows)}")
        return self.batched(examples, whole, self.labels.encode(examples.labels)), remarks

    def batched(
        self, examples: Examples, whole: Sequences, targets: np.ndarray
    ) -> ClassificationPart:
        """Encoded texts, truncated, as the model sees them."""
        inputs = whole.truncate(self.longest, self.data.truncating)
        widths = [self.longest] if self.data.batching == "fixed" else None
        return ClassificationPart(
            examples, self.ids(whole), inputs, targets, widths, self.data.padding
        )

    def sizes_of(self, raw: Mapping[str, Examples]) -> str:
        """Texts of each part, and the vocabulary."""
        sizes = ", ".join(
            f"{name} {counted(len(examples), 'text')}" for name, examples in raw.items()
        )
        return f"{sizes}; vocabulary of {len(self.tokenizer):,}"

    def describe(self, parts: Mapping[str, ClassificationPart]) -> list[str]:
        """Lengths and out-of-vocabulary tokens of each part."""
        lines = []
        for name, part in parts.items():
            tokens, lengths = part.whole.flat, part.whole.lengths
            unknown = np.count_nonzero(tokens == self.tokenizer.unknown_id) / max(1, len(tokens))
            truncated = int((lengths > part.inputs.lengths).sum())
            mean = counted(round(lengths.mean()), "token")
            lines.append(
                f"{name}: {mean} per text, the longest {lengths.max():,};"
                f" {percent(unknown, 1)} <unk>"
                + (f"; {counted(truncated, 'text')} truncated" if truncated else "")
            )
        if "train" not in parts:
            return lines
        whole = {name: part.whole for name, part in parts.items()}
        advice = tokenizer_advice(self.data.tokenizer, "data.tokenizer", self.tokenizer, whole)
        return lines + advice


def _cleaned(texts: Sequence[str], data: ClassificationData) -> Sequence[str]:
    """Texts as they are tokenized: as they are, where the config names no rule."""
    return [clean(text, data.clean) for text in texts] if data.clean else texts


def _places(examples: Examples, which: np.ndarray) -> list[str]:
    return [examples.place(int(row)) for row in np.flatnonzero(which)]


@dataclass(frozen=True)
class TextInputs:
    """Reads labelled texts.

    Args:
        data: The `data:` section.
        dataset: Its data set.
        first: The model's input layer.
    """

    data: ClassificationData
    dataset: LabelledDataset
    first: InputSpec

    def read(self, source: Source) -> Labelled:
        """The data set's own parts."""
        return self.dataset.sample() if source.sample else self.dataset.load()

    def read_further(self, file: object) -> Labelled:
        """A further file, as the part "data"."""
        return self.dataset.read_further(file)

    def fit(self, train: Examples, labels: Labels, *, sample: bool) -> LabelledTextCodec:
        """The vocabulary of a training set, or the data set's own."""
        if self.dataset.has_own_tokenizer and not sample:
            tokenizer = self.dataset.own_tokenizer()
        else:
            texts = _cleaned(train.texts, self.data)
            tokenizer = train_cached(self.data.tokenizer, texts, padding=True)
        return LabelledTextCodec(tokenizer, labels, word_reader(self.first), self.data)

    def refit(
        self, codec: ClassificationCodec, train: Examples, labels: Labels
    ) -> LabelledTextCodec:
        """The same vocabulary, other labels."""
        assert isinstance(codec, LabelledTextCodec)
        return codec.with_labels(labels)

    def load(self, run: RunFolder) -> LabelledTextCodec:
        """The codec of a run."""
        # that of IMDB also where another data set continues from a run on it
        brought = json.loads(keras_index(()).fingerprint)
        if self.dataset.has_own_tokenizer and not isinstance(self.dataset, Imdb):
            brought = json.loads(self.dataset.own_tokenizer().fingerprint)
        tokenizer = self.data.tokenizer.load(run.tokenizer, brought)
        labels = Labels.load(run.labels)
        return LabelledTextCodec(tokenizer, labels, word_reader(self.first), self.data)

    def show(self, example: str | np.ndarray) -> str:
        """A text on one line."""
        return on_one_line(str(example))

    def ask(self, examples: Examples) -> str:
        """The data set's example, or the shortest text that a command line can take."""
        if self.dataset.example:
            return self.dataset.example
        lines = (on_one_line(text) for text in examples.texts)
        return min((line for line in lines if line not in ("", "-")), key=len, default="text")
