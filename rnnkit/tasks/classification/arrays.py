"""Sequences of numbers as a classifier reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from rnnkit.data.batch.widths import array_widths
from rnnkit.data.datasets.kinds.arrays import ArrayDataset
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.errors import at
from rnnkit.quantities import counted
from rnnkit.run import RunFolder
from rnnkit.tasks.classification.data import ClassificationCodec, ClassificationPart
from rnnkit.tasks.prepared import Source

SHOWN_STEPS = 12


class LabelledArrayCodec(ArrayCodec):
    """Scales sequences of numbers, and decodes the labels of answers."""

    @property
    def vocabulary(self) -> Sequence[str]:
        """Empty, as numbers have none."""
        return ()

    def with_labels(self, labels: Labels) -> Self:
        """The same codec with other thresholds."""
        return replace(self, labels=labels)

    def part(self, name: str, examples: Examples) -> tuple[ClassificationPart, list[str]]:
        """A part of the data, encoded, and remarks on it.

        Raises:
            RnnkitError: If the features of its sequences are not those of the training set.
        """
        with at("--data" if name == "data" else "data.dataset"):
            self.require_features(examples.texts, name)
        scaled = self.encode(examples.texts)
        return self.batched(examples, scaled, self.labels.encode(examples.labels)), []

    def batched(
        self, examples: Examples, scaled: Sequences, targets: np.ndarray
    ) -> ClassificationPart:
        """A part of encoded sequences, in padded batches or in batches of equal length."""
        widths = None if self.pads else array_widths(scaled.lengths, len(scaled), pads=False)
        return ClassificationPart(examples, scaled, scaled, targets, widths)

    def sizes_of(self, raw: Mapping[str, Examples]) -> str:
        """The number of sequences of each part, and their lengths, in one line."""
        lengths = {
            name: np.array([len(sequence) for sequence in examples.texts])
            for name, examples in raw.items()
        }
        return self.sizes(lengths)

    def describe(self, parts: Mapping[str, ClassificationPart]) -> list[str]:
        """Empty: there is nothing more to say."""
        return []


@dataclass(frozen=True)
class ArrayInputs:
    """Reads labelled sequences of numbers.

    Args:
        dataset: The data set.
        pads: Whether the model's layers can read padded sequences.
    """

    dataset: ArrayDataset
    pads: bool

    def read(self, source: Source) -> Labelled:
        """The data set's own parts."""
        dataset = self.dataset
        return dataset.sample(each_step=False) if source.sample else dataset.load(each_step=False)

    def read_further(self, file: object) -> Labelled:
        """A further file, as the part "data"."""
        return self.dataset.read_further(file, each_step=False)

    def fit(self, train: Examples, labels: Labels, *, sample: bool) -> LabelledArrayCodec:
        """A codec with the scale of a training set."""
        standard = self.dataset.scale == "standard"
        return LabelledArrayCodec.fit(train.texts, standard, labels, pads=self.pads)

    def refit(
        self, codec: ClassificationCodec, train: Examples, labels: Labels
    ) -> LabelledArrayCodec:
        """The scale of this training set."""
        assert isinstance(codec, LabelledArrayCodec)
        with at("data.dataset"):
            codec.require_features(train.texts, "train")
        return self.fit(train, labels, sample=False)

    def load(self, run: RunFolder) -> LabelledArrayCodec:
        """The codec of a run."""
        return LabelledArrayCodec.load(run)

    def show(self, example: str | np.ndarray) -> str:
        """How long a sequence is."""
        return counted(len(example), "step")

    def ask(self, examples: Examples) -> str:
        """The first steps of the first sequence."""
        numbers = examples.texts[0][:SHOWN_STEPS].ravel()
        return " ".join(f"{number:g}" for number in numbers)
