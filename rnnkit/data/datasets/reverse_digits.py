"""Digits back to front, for exercises: what an encoder-decoder must remember, and in which
order."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.data.datasets.kinds.pairs import PairedDataset
from rnnkit.data.raw.pairs import Paired, Pairs


class ReverseDigits(PairedDataset):
    """Different sequences of digits, drawn by chance; the target is the same sequence back to
    front.
    """

    short: ClassVar[str | None] = "count"
    origin: ClassVar[str] = "made by a seeded generator"
    count: int = Field(4000, ge=10, le=1_000_000, description="how many sequences")
    min_digits: int = Field(3, ge=1, le=1000, description="digits of the shortest")
    max_digits: int = Field(7, ge=1, le=1000, description="digits of the longest")
    random_seed: int = Field(
        0, ge=0, lt=2**32, description="the same seed draws the same sequences"
    )

    @model_validator(mode="after")
    def _enough_sequences(self) -> Self:
        if self.min_digits > self.max_digits:
            raise mistakes_at(
                [
                    (
                        ("min_digits",),
                        mistake(
                            f"{self.min_digits}, and max_digits is {self.max_digits}",
                            "Expected at most as many",
                        ),
                    )
                ]
            )
        if self.count > (there_are := 10**self.max_digits // 2):
            got = f"{self.count:,} different sequences of at most {self.max_digits} digits"
            raise mistakes_at(
                [
                    (
                        ("count",),
                        mistake(
                            got,
                            f"Expected at most {there_are:,}",
                            "Lower count, or raise max_digits",
                        ),
                    )
                ]
            )
        return self

    def load(self) -> Paired:
        return self._drawn(self.count)

    def sample(self) -> Paired:
        return self._drawn(min(self.count, 50))

    def _drawn(self, count: int) -> Paired:
        generator = np.random.default_rng(self.random_seed)
        drawn: dict[str, None] = {}  # in the order of the draws, each once
        while len(drawn) < count:
            length = generator.integers(self.min_digits, self.max_digits + 1)
            drawn[" ".join(map(str, generator.integers(0, 10, length)))] = None
        return Paired(
            {
                "train": Pairs(
                    list(drawn),
                    [digits[::-1] for digits in drawn],
                    lambda index: f"sequence {index + 1}",
                )
            }
        )
