"""Parity of the number of ones so far, which requires one bit of memory."""

from __future__ import annotations

import math
from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.data.datasets.arrays import read_further
from rnnkit.data.datasets.kinds.arrays import ArrayDataset
from rnnkit.data.datasets.kinds.drawn import DrawnKeys, place_of
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.raw.reference_scores import CEILING, CHANCE, ReferenceScores

NAMES = np.array(["even", "odd"])


class Parity(DrawnKeys, ArrayDataset):
    """Whether the number of ones in a sequence of zeros and ones is even or odd: of the whole
    sequence with `task: classification`, of each step and those before it with `task: tagging`.
    """

    short: ClassVar[str | None] = "max_length"
    min_length: int = Field(1, ge=1, le=100_000, description="length of the shortest sequence")
    max_length: int = Field(20, ge=2, le=100_000, description="length of the longest sequence")

    @model_validator(mode="after")
    def _has_lengths(self) -> Self:
        if self.min_length > self.max_length:
            got = f"{self.min_length}, and max_length is {self.max_length}"
            raise mistakes_at([(("min_length",), mistake(got, "Expected at most as much"))])
        return self

    def load(self, *, each_step: bool) -> Labelled:
        return self._drawn(self.count, each_step=each_step)

    def sample(self, *, each_step: bool) -> Labelled:
        return self._drawn(self.sampled, each_step=each_step)

    def read(self, path: str, *, each_step: bool) -> Labelled:
        return read_further(path, each_step=each_step)

    def known_scores(self) -> list[ReferenceScores]:
        chance = {"accuracy": 0.5, "log_loss": math.log(2), "loss": math.log(2)}
        best = {"accuracy": 1.0, "log_loss": 0.0, "loss": 0.0}
        return [
            ReferenceScores(
                CHANCE, chance, "half of all sequences are even, whatever most of their bits"
            ),
            ReferenceScores(CEILING, best, "every bit is in the input"),
        ]

    def _drawn(self, count: int, *, each_step: bool) -> Labelled:
        self.require_memory(count, (self.min_length + self.max_length) // 2)
        generator = self.generator
        lengths = generator.integers(self.min_length, self.max_length + 1, count).tolist()
        bits = [generator.integers(0, 2, length) for length in lengths]
        parities = [NAMES[np.cumsum(row) % 2] for row in bits]
        labels = [tuple(row.tolist() if each_step else [str(row[-1])]) for row in parities]
        sequences = [row[:, None].astype(np.float32) for row in bits]
        return Labelled({"train": Examples(sequences, labels, place_of)})
