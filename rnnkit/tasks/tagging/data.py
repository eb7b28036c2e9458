"""The data of a tagger: sequences in parts, with a label at every step."""

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

SPANS = ("B-", "I-", "E-", "S-")  # what stands before the type of a span
KEY = "task.tagging.class_weight"
FURTHER = "data"  # the part of a further file, which is only answered

TaggingCodec: TypeAlias = WordCodec | ArrayCodec


@dataclass(frozen=True)
class TaggedPart:
    """One part of the data.

    Args:
        examples: Its raw sequences; tags of spans are in IOB2.
        inputs: What the model reads.
        targets: The labels' indices, in the model's own scheme.
        encoder: The encoder of `inputs`.
        codec: What encoded them.
    """

    examples: Examples
    inputs: Sequences
    targets: Sequences
    encoder: Encoder
    codec: TaggingCodec

    def __len__(self) -> int:
        return len(self.inputs)

    def batches(self, batch_size: int) -> TaggedTexts:
        widths = self.encoder.widths(self.codec, self.inputs)
        return TaggedTexts(self.inputs, self.targets, batch_size, widths)

    def arrays(self) -> Iterable[np.ndarray]:
        return self.inputs.flat, self.inputs.lengths, self.targets.flat


class Encoder(ABC):
    """How one kind of data is read and encoded: sentences, or sequences of numbers."""

    encodes_later: ClassVar[bool]
    """Whether all that can be wrong with a part is found before it is encoded."""

    unit: ClassVar[str]
    """What an example is, as messages call it: "sentences"."""

    @abstractmethod
    def load(self, *, sample: bool) -> Labelled:
        """The data set, or its small sample."""

    @abstractmethod
    def read(self, file: object) -> Labelled:
        """A further file, as the part "data"."""

    @abstractmethod
    def fit(self, train: Examples, labels: Labels) -> TaggingCodec:
        """The codec of a training set."""

    @abstractmethod
    def load_codec(self, run: RunFolder) -> TaggingCodec:
        """The codec of a run."""

    @abstractmethod
    def adopt(self, codec: TaggingCodec) -> TaggingCodec:
        """The codec of another run, as this config reads with it."""

    @abstractmethod
    def refit(self, codec: TaggingCodec, train: Examples, labels: Labels) -> TaggingCodec:
        """The codec of a run to start from, with these labels and what is this training set's."""

    @abstractmethod
    def check(self, examples: Examples) -> None:
        """Rejects what no model of this config learns from.

        Raises:
            RnnkitError: With the place.
        """

    @abstractmethod
    def encode(self, examples: Examples, codec: TaggingCodec, part: str) -> Sequences:
        """What the model reads of a part."""

    @abstractmethod
    def widths(self, codec: TaggingCodec, inputs: Sequences) -> list[int] | None:
        """The only widths that batches may have; None if rows may be padded."""

    @abstractmethod
    def describe(self, codec: TaggingCodec, parts: Mapping[str, Examples]) -> str:
        """The sizes of the parts, and of what the model reads."""

    @abstractmethod
    def remarks(self, parts: Mapping[str, Examples]) -> list[str]:
        """Further remarks on the parts."""

    @abstractmethod
    def line(self, examples: Examples, row: int, tags: Tags) -> str:
        """A sequence with the tags of an answer, for the log of a training."""

    @abstractmethod
    def query(self, train: Examples) -> str:
        """An example query."""


def read_parts(encoder: Encoder, split: LabelledSplit, source: Source) -> Labelled:
    """The raw sequences in parts, and what was dropped."""
    raw = encoder.load(sample=source.sample)
    parts, notes = split.divide(raw.parts, sample=source.sample), list(raw.notes)
    if source.file is not None:
        with at(source.place):
            further = encoder.read(source.file)
        parts |= further.parts
        notes += further.notes
    for part, examples in parts.items():
        if part != FURTHER:
            encoder.check(examples)
    return Labelled(parts, notes)


def occurring_tags(examples: Examples) -> Tags:
    """The tags that occur, in the order of the alphabet."""
    return tuple(sorted(label_counts(examples.labels)))


def require_same_labels(scheme: TagScheme, codec: TaggingCodec, own: str) -> None:
    """Rejects a run to start from that writes spans in another scheme than `own`.

    Raises:
        RnnkitError: If its labels differ.
    """
    if scheme.names != codec.labels.names:
        got = f"{own}, but the run to start from writes spans differently"
        raise RnnkitError("task.tagging.scheme", got, "Expected its own")


def in_scheme(raw: Labelled, scheme: TagScheme) -> Labelled:
    """The parts with their tags as answers write them."""
    parts, notes = {}, [*raw.notes, *scheme.notes]
    for part, examples in raw.parts.items():
        parts[part], remarks = scheme.read(examples, part)
        notes += remarks
    return Labelled(parts, notes)


def scheme_labels(scheme: TagScheme, train: Examples) -> Labels:
    """The model's labels, with how often each occurs."""
    counts = label_counts(map(scheme.encode, train.labels))
    return Labels(scheme.names, tuple(counts[name] for name in scheme.names), counts.total())


def tag_indices(tags: Sequence[Tags], labels: Labels) -> Sequences:
    """The place of each tag among the labels, as long as the sequences are."""
    flat = np.array([labels.position(tag) for row in tags for tag in row], np.int32)
    return Sequences(flat, np.array([len(row) for row in tags], np.int64))


def encode(
    examples: Examples, codec: TaggingCodec, scheme: TagScheme, encoder: Encoder, part: str
) -> TaggedPart:
    """A part of the data."""
    inputs = encoder.encode(examples, codec, part)
    targets = tag_indices([scheme.encode(tags) for tags in examples.labels], codec.labels)
    return TaggedPart(examples, inputs, targets, encoder, codec)


def describe(encoder: Encoder, codec: TaggingCodec, raw: Mapping[str, Examples]) -> list[str]:
    """Sizes, and how often each tag occurs in training."""
    labels = codec.labels
    each = [f"{name} {count:,}" for name, count in zip(labels.names, labels.counts, strict=True)]
    more = f" and {len(each) - LISTED:,} more" if len(each) > LISTED else ""
    tags = f"{counted(len(labels), 'tag')} in training: {', '.join(each[:LISTED])}{more}"
    return [encoder.describe(codec, raw), tags, *encoder.remarks(raw)]


def tag_weights(class_weight: ClassWeight, labels: Labels, *, required: bool) -> ClassWeight:
    """The weight of each of the model's labels, where a config names those of types of spans.

    Args:
        class_weight: What the config says.
        labels: The model's labels.
        required: Whether each name must be one of the data's.

    Raises:
        RnnkitError: If it is not.
    """
    if isinstance(class_weight, str):
        return class_weight
    types = {name: name[2:] if name[:2] in SPANS else name for name in labels.names}
    if required:
        require_known_weights(class_weight, {*types, *types.values()}, KEY)
    own = {name: class_weight.get(name, class_weight.get(types[name])) for name in types}
    return {name: 1.0 if weight is None else weight for name, weight in own.items()}


def repeated_notes(parts: Mapping[str, Examples], unit: str) -> list[str]:
    """A line about each held-out part that shares sequences with the training set."""
    notes = []
    for part in ("validation", "test"):
        if part in parts and (repeated := repeated_texts(parts[part], parts["train"])):
            whole = counted(len(parts[part]), f"{part} {unit.removesuffix('s')}")
            occur = agreed(repeated, "occurs", "occur")
            notes.append(f"{repeated:,} of {whole} also {occur} in the training set")
    return notes
