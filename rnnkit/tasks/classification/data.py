"""Texts and sequences of numbers with their labels, encoded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, Self

import numpy as np
from typing_extensions import TypeVar

from rnnkit.data.batch.buckets import Buckets
from rnnkit.data.batch.widths import bucket_widths
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.ragged import Sequences, Side
from rnnkit.data.raw.label_names import listed
from rnnkit.data.raw.labelled import Examples, Labelled, lacking_labels, repeated_texts
from rnnkit.errors import at
from rnnkit.progress import log
from rnnkit.quantities import agreed, counted
from rnnkit.run import RunFolder
from rnnkit.tasks.classification.labels import (
    alike_labels,
    fit_labels,
    joined_labels,
    rare_labels,
    refit_labels,
    require_known_labels,
    require_shared_labels,
)
from rnnkit.tasks.classification.sections import ClassificationData
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.prepared import Source


@dataclass(frozen=True)
class ClassificationPart:
    """One part of the data.

    Args:
        examples: The raw texts, or sequences of numbers, and how much they count in training.
        whole: Their token ids, or numbers, at full length.
        inputs: The same, truncated to what the model reads.
        targets: (texts,) label indices, or (texts, labels) zeros and ones.
        widths: The widths of batches, ascending; None for as few as leave little padding.
        padding: The side on which a text is padded.
    """

    examples: Examples
    whole: Sequences
    inputs: Sequences
    targets: np.ndarray
    widths: Sequence[int] | None = None
    padding: Side = "post"

    def __len__(self) -> int:
        return len(self.targets)

    def answers(self, outputs: Outputs, batch_size: int) -> np.ndarray:
        """The model's outputs for each example, (texts, ...)."""
        if len(self) > 1:
            return self.batches(batch_size).answers(outputs)
        # for a single example, arranging batches would take longer than the answer
        width = max(self.widths or bucket_widths(self.inputs.lengths, 1))
        return outputs(self.inputs.padded(np.zeros(len(self), np.int64), width, self.padding))

    def batches(self, batch_size: int) -> Buckets:
        weights = self.examples.weights
        return Buckets(self.inputs, self.targets, batch_size, self.widths, self.padding, weights)

    def arrays(self) -> Iterable[np.ndarray]:
        weights = self.examples.weights
        further = () if weights is None else (weights,)
        return self.inputs.flat, self.inputs.lengths, self.targets, *further

    def head(self, count: int) -> ClassificationPart:
        """Its first examples."""
        rows = np.arange(min(count, len(self)))
        return replace(
            self,
            examples=self.examples.take(rows),
            whole=self.whole.take(rows),
            inputs=self.inputs.take(rows),
            targets=self.targets[rows],
        )


class ClassificationCodec(Protocol):
    """Encodes texts or sequences of numbers, and decodes the labels of answers."""

    @property
    def labels(self) -> Labels:
        """The labels, in the order of the model's outputs."""

    @property
    def features(self) -> int:
        """The size of the vocabulary, or the numbers per step."""

    @property
    def vocabulary(self) -> Sequence[str]:
        """The tokens in the order of their ids; empty for numbers."""

    def save(self, run: RunFolder) -> None:
        """Saves the codec in the run folder."""

    def with_labels(self, labels: Labels) -> Self:
        """The same codec with other thresholds."""

    def part(self, name: str, examples: Examples) -> tuple[ClassificationPart, list[str]]:
        """A part of the data, encoded, and remarks on it."""

    def batched(
        self, examples: Examples, whole: Sequences, targets: np.ndarray
    ) -> ClassificationPart:
        """A part of examples that are encoded already, truncated to what the model reads."""

    def sizes_of(self, raw: Mapping[str, Examples]) -> str:
        """The number of examples of each part, and facts about all of them, in one line."""

    def describe(self, parts: Mapping[str, ClassificationPart]) -> list[str]:
        """Further lines about single parts."""


K = TypeVar("K", bound=ClassificationCodec, default=ClassificationCodec, covariant=True)


class Inputs(Protocol, Generic[K]):
    """Reads texts or sequences of numbers, and makes the codec that encodes them."""

    def read(self, source: Source) -> Labelled:
        """The data set's own parts."""

    def read_further(self, file: object) -> Labelled:
        """A further file, as the part "data"."""

    def fit(self, train: Examples, labels: Labels, *, sample: bool) -> K:
        """A codec fitted on a training set."""

    def refit(self, codec: ClassificationCodec, train: Examples, labels: Labels) -> K:
        """The codec of a run to start from, with these labels and new statistics of the data."""

    def load(self, run: RunFolder) -> K:
        """The codec of a run."""

    def show(self, example: str | np.ndarray) -> str:
        """A raw text or sequence on one line."""

    def ask(self, examples: Examples) -> str:
        """An example query, as `predict --text` reads it."""


def encode(
    raw: Mapping[str, Examples], codec: ClassificationCodec
) -> tuple[dict[str, ClassificationPart], list[str]]:
    """The encoded parts of the data, and remarks on them."""
    parts, remarks = {}, list[str]()
    for name, examples in raw.items():
        parts[name], part_remarks = codec.part(name, examples)
        remarks += part_remarks
    return parts, remarks


def encode_later(name: str, examples: Examples, codec: ClassificationCodec) -> ClassificationPart:
    """A part of the data, encoded on first use; remarks on it are logged now."""
    part, remarks = codec.part(name, examples)
    for line in [*codec.describe({name: part}), *remarks]:
        log.info(line)
    return part


def read_parts(
    data: ClassificationData, inputs: Inputs, source: Source, codec: ClassificationCodec | None
) -> tuple[dict[str, Examples], Labels, list[str]]:
    """The raw data in parts, their labels, and remarks on what was dropped.

    Raises:
        RnnkitError: If the data cannot be read, or have labels that cannot be learned or predicted.
    """
    raw, is_new = inputs.read(source), codec is None or source.refit
    if is_new and not data.dataset.several:
        require_shared_labels(raw.parts["train"])
    parts, notes = data.split.divide(raw.parts, sample=source.sample), list(raw.notes)
    if source.file is not None:
        with at(source.place):
            further = inputs.read_further(source.file)
        parts |= further.parts
        notes += further.notes
    names = None if source.sample else data.labels
    if codec is None:
        labels = fit_labels(parts["train"], names, data.dataset.several)
    elif source.refit:
        labels = refit_labels(parts["train"], codec.labels, names, data.dataset.several)
    else:
        labels = codec.labels
    for name, examples in parts.items():
        require_known_labels(examples, labels, name, of_run=not is_new)
    if is_new:
        notes += rare_labels(parts["train"]) + alike_labels(parts["train"])
        notes += joined_labels(parts["train"], data.dataset)
    notes += lacking_labels(parts, "text" if data.reads_text else "sequence")
    return _weighed(parts), labels, notes + _repetitions(parts)


def _weighed(parts: Mapping[str, Examples]) -> dict[str, Examples]:
    """The parts, with weights for training only: scores count every text equally."""
    return {
        name: examples if name == "train" else replace(examples, weights=None)
        for name, examples in parts.items()
    }


def _repetitions(parts: Mapping[str, Examples]) -> list[str]:
    """Remarks on held-out texts that also occur in the training set."""
    return [
        f"{repeated:,} of {counted(len(parts[name]), f'{name} text')} also"
        f" {agreed(repeated, 'occurs', 'occur')} in the training set"
        for name in ("validation", "test")
        if name in parts and (repeated := repeated_texts(parts[name], parts["train"]))
    ]


def describe(
    codec: ClassificationCodec,
    parts: Mapping[str, ClassificationPart],
    raw: Mapping[str, Examples],
) -> list[str]:
    """Lines on sizes, labels and vocabulary, and further ones on single parts."""
    labels = codec.labels
    counts = zip(labels.names, labels.counts, strict=True)
    each = listed([f"{name} {count:,}" for name, count in counts])
    sizes = codec.sizes_of(raw)
    return [sizes, f"{counted(len(labels), 'label')} in training: {each}", *codec.describe(parts)]
