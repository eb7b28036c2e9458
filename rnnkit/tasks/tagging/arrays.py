"""Reads sequences of numbers with a label at every step, and encodes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rnnkit.data.batch.widths import array_widths
from rnnkit.data.datasets.kinds.arrays import ArrayDataset
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.errors import at
from rnnkit.run import RunFolder
from rnnkit.tasks.tagging.data import Inputs, TaggingCodec
from rnnkit.tasks.tagging.schemes import Tags

SHOWN_STEPS = 12


@dataclass(frozen=True)
class ArrayInputs(Inputs):
    """Reads sequences of numbers.

    Args:
        dataset: The data set.
        pads: Whether the model's layers handle padding.
    """

    encodes_later: ClassVar[bool] = False
    unit: ClassVar[str] = "sequences"

    dataset: ArrayDataset
    pads: bool

    def read(self, *, sample: bool) -> Labelled:
        dataset = self.dataset
        return dataset.sample(each_step=True) if sample else dataset.load(each_step=True)

    def read_further(self, file: object) -> Labelled:
        return self.dataset.read_further(file, each_step=True)

    def fit(self, train: Examples, labels: Labels) -> ArrayCodec:
        standard = self.dataset.scale == "standard"
        return ArrayCodec.fit(train.texts, standard, labels, pads=self.pads)

    def load(self, run: RunFolder) -> ArrayCodec:
        return ArrayCodec.load(run)

    def adopt(self, codec: TaggingCodec) -> TaggingCodec:
        return codec

    def refit(self, codec: TaggingCodec, train: Examples, labels: Labels) -> TaggingCodec:
        """A codec with the scale of this training set."""
        if isinstance(codec, ArrayCodec):
            with at("data.dataset"):
                codec.require_features(train.texts, "train")
        return self.fit(train, labels)

    def check(self, examples: Examples) -> None:
        """Checks nothing, as the data set has checked its arrays."""

    def encode(self, examples: Examples, codec: TaggingCodec, part: str) -> Sequences:
        if isinstance(codec, ArrayCodec):
            with at("--data" if part == "data" else "data.dataset"):
                codec.require_features(examples.texts, part)
        return codec.encode(examples.texts)

    def widths(self, codec: TaggingCodec, inputs: Sequences) -> list[int] | None:
        assert isinstance(codec, ArrayCodec)
        return None if codec.pads else array_widths(inputs.lengths, len(inputs), pads=False)

    def describe(self, codec: TaggingCodec, parts: Mapping[str, Examples]) -> str:
        assert isinstance(codec, ArrayCodec)
        return codec.sizes(
            {name: np.array([len(steps) for steps in part.texts]) for name, part in parts.items()}
        )

    def remarks(self, parts: Mapping[str, Examples]) -> list[str]:
        return []

    def show(self, examples: Examples, row: int, tags: Tags) -> str:
        return " ".join(tags)

    def ask(self, train: Examples) -> str:
        """The first steps of the first sequence."""
        return " ".join(f"{number:g}" for number in train.texts[0][:SHOWN_STEPS].ravel())
