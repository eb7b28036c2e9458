"""Sentences and sequences of numbers with a label at every step, encoded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np

from rnnkit.data.batch.buckets import TaggedTexts
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.data.encode.codecs import WordCodec
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.raw.labelled import Examples, Labelled, label_counts, repeated_texts
from rnnkit.data.raw.row_split import LabelledSplit
from rnnkit.errors import RnnkitError, at
from rnnkit.quantities import agreed, counted
from rnnkit.run import RunFolder
from rnnkit.tasks.class_weights import ClassWeight, require_known_weights
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.tagging.schemes import LISTED, Tags, TagScheme

SPAN_PREFIXES = ("B-", "I-", "E-", "S-")
KEY = "task.tagging.class_weight"
FURTHER = "data"  # the part of a further file

TaggingCodec: TypeAlias = WordCodec | ArrayCodec


@dataclass(frozen=True)
class TaggedPart:
    """One part of the data.

    Args:
        examples: The raw sequences; span tags are in IOB2.
        inputs: The same, encoded for the model.
        targets: The label indices of each step, in the model's own scheme.
        reader: The reader of the data, which knows the widths of batches.
        codec: The codec that encoded them.
    """

    examples: Examples
    inputs: Sequences
    targets: Sequences
    reader: Inputs
    codec: TaggingCodec

    def __len__(self) -> int:
        return len(self.inputs)

    def batches(self, batch_size: int) -> TaggedTexts:
        widths = self.reader.widths(self.codec, self.inputs)
        return TaggedTexts(self.inputs, self.targets, batch_size, widths)

    def arrays(self) -> Iterable[np.ndarray]:
        return self.inputs.flat, self.inputs.lengths, self.targets.flat


class Inputs(ABC):
    """Reads sentences or sequences of numbers, and makes the codec that encodes them."""

    encodes_later: ClassVar[bool]
    """Whether `check` finds every mistake, so that a part may be encoded on first use."""

    unit: ClassVar[str]
    """What examples are, in messages: "sentences"."""

    @abstractmethod
    def read(self, *, sample: bool) -> Labelled:
        """The data set's own parts, or its small sample."""

    @abstractmethod
    def read_further(self, file: object) -> Labelled:
        """A further file, as the part "data"."""

    @abstractmethod
    def fit(self, train: Examples, labels: Labels) -> TaggingCodec:
        """A codec fitted on a training set."""

    @abstractmethod
    def load(self, run: RunFolder) -> TaggingCodec:
        """The codec of a run."""

    @abstractmethod
    def adopt(self, codec: TaggingCodec) -> TaggingCodec:
        """The codec of a run, adapted to what this config reads of each step."""

    @abstractmethod
    def refit(self, codec: TaggingCodec, train: Examples, labels: Labels) -> TaggingCodec:
        """The codec of a run to start from, with these labels and new statistics of the data."""

    @abstractmethod
    def check(self, examples: Examples) -> None:
        """Checks that a model of this config can learn from the examples.

        Raises:
            RnnkitError: If it cannot, with the place of the example.
        """

    @abstractmethod
    def encode(self, examples: Examples, codec: TaggingCodec, part: str) -> Sequences:
        """The encoded sequences of a part."""

    @abstractmethod
    def widths(self, codec: TaggingCodec, inputs: Sequences) -> list[int] | None:
        """The exact widths of batches for layers that do not handle padding; None otherwise."""

    @abstractmethod
    def describe(self, codec: TaggingCodec, parts: Mapping[str, Examples]) -> str:
        """The sizes of the parts, and of the vocabulary or features, in one line."""

    @abstractmethod
    def remarks(self, parts: Mapping[str, Examples]) -> list[str]:
        """Further remarks on the parts."""

    @abstractmethod
    def show(self, examples: Examples, row: int, tags: Tags) -> str:
        """A sequence with its predicted tags, on one line."""

    @abstractmethod
    def ask(self, train: Examples) -> str:
        """An example query, as `predict --text` reads it."""


def read_parts(inputs: Inputs, split: LabelledSplit, source: Source) -> Labelled:
    """The raw sequences in parts, and remarks on what was dropped."""
    raw = inputs.read(sample=source.sample)
    parts, notes = split.divide(raw.parts, sample=source.sample), list(raw.notes)
    if source.file is not None:
        with at(source.place):
            further = inputs.read_further(source.file)
        parts |= further.parts
        notes += further.notes
    for part, examples in parts.items():
        if part != FURTHER:
            inputs.check(examples)
    return Labelled(parts, notes)


def occurring_tags(examples: Examples) -> Tags:
    """The tags that occur, in alphabetical order."""
    return tuple(sorted(label_counts(examples.labels)))


def require_same_labels(scheme: TagScheme, codec: TaggingCodec, model_scheme: str) -> None:
    """Checks that a run to start from writes spans in the scheme of the config.

    Raises:
        RnnkitError: If its labels differ.
    """
    if scheme.names != codec.labels.names:
        got = f"{model_scheme}, but the run to start from writes spans differently"
        raise RnnkitError("task.tagging.scheme", got, "Expected the scheme of that run")


def in_scheme(raw: Labelled, scheme: TagScheme) -> Labelled:
    """The parts with their tags in the scheme of answers, and remarks on them."""
    parts, notes = {}, [*raw.notes, *scheme.notes]
    for part, examples in raw.parts.items():
        parts[part], remarks = scheme.read(examples, part)
        notes += remarks
    return Labelled(parts, notes)


def scheme_labels(scheme: TagScheme, train: Examples) -> Labels:
    """The model's labels, with their counts in the training set."""
    counts = label_counts(map(scheme.encode, train.labels))
    return Labels(scheme.names, tuple(counts[name] for name in scheme.names), counts.total())


def tag_indices(tags: Sequence[Tags], labels: Labels) -> Sequences:
    """The label index of each tag."""
    flat = np.array([labels.position(tag) for row in tags for tag in row], np.int32)
    return Sequences(flat, np.array([len(row) for row in tags], np.int64))


def encode(
    examples: Examples, codec: TaggingCodec, scheme: TagScheme, reader: Inputs, part: str
) -> TaggedPart:
    """A part of the data, encoded."""
    inputs = reader.encode(examples, codec, part)
    targets = tag_indices([scheme.encode(tags) for tags in examples.labels], codec.labels)
    return TaggedPart(examples, inputs, targets, reader, codec)


def describe(inputs: Inputs, codec: TaggingCodec, raw: Mapping[str, Examples]) -> list[str]:
    """Lines on sizes and on the counts of tags in training, and further remarks."""
    labels = codec.labels
    counts = [f"{name} {count:,}" for name, count in zip(labels.names, labels.counts, strict=True)]
    more = f" and {len(counts) - LISTED:,} more" if len(counts) > LISTED else ""
    tags = f"{counted(len(labels), 'tag')} in training: {', '.join(counts[:LISTED])}{more}"
    return [inputs.describe(codec, raw), tags, *inputs.remarks(raw)]


def tag_weights(class_weight: ClassWeight, labels: Labels, *, required: bool) -> ClassWeight:
    """The weight of each of the model's labels; a weight for a type of span is that of its tags.

    Args:
        class_weight: The setting of the config.
        labels: The model's labels.
        required: Whether each name must occur in the data.

    Raises:
        RnnkitError: If a name does not occur.
    """
    if isinstance(class_weight, str):
        return class_weight
    types = {name: name[2:] if name[:2] in SPAN_PREFIXES else name for name in labels.names}
    if required:
        require_known_weights(class_weight, {*types, *types.values()}, KEY)
    return {
        name: class_weight.get(name, class_weight.get(span_type, 1.0))
        for name, span_type in types.items()
    }


def repeated_notes(parts: Mapping[str, Examples], unit: str) -> list[str]:
    """A line about each held-out part that shares sequences with the training set."""
    notes = []
    for part in ("validation", "test"):
        if part in parts and (repeated := repeated_texts(parts[part], parts["train"])):
            whole = counted(len(parts[part]), f"{part} {unit.removesuffix('s')}")
            occur = agreed(repeated, "occurs", "occur")
            notes.append(f"{repeated:,} of {whole} also {occur} in the training set")
    return notes
