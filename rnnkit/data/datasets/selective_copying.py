"""The selective copy task: symbols at random positions are read, and reproduced in order."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.data.datasets.copying import RecallKeys
from rnnkit.data.datasets.kinds.tagged import TaggedDataset
from rnnkit.data.raw.labelled import Labelled
from rnnkit.data.raw.reference_scores import ReferenceScores


class SelectiveCopying(RecallKeys, TaggedDataset):
    """Selective copy: symbols among blanks, at places drawn anew for each sequence, then all of
    them in their order (Jing et al. 2019; Gu and Dao 2023).

    Read are `length` steps, in which the items stand, and `items` marks to recall them; the tags
    are `length` blanks and the items.
    """

    short: ClassVar[str | None] = "length"
    step_bytes: ClassVar[int] = 56
    length: int = Field(20, ge=1, le=100_000, description="steps among which the items stand")
    items: int = Field(4, ge=1, le=1000, description="how many symbols are kept in mind")

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.items > self.length:
            got = f"{self.items}, and length is {self.length}"
            raise mistakes_at([(("items",), mistake(got, "Expected at most as many"))])
        return self

    def load(self) -> Labelled:
        return self._drawn(self.count)

    def sample(self) -> Labelled:
        return self._drawn(self.sampled)

    def known_scores(self) -> list[ReferenceScores]:
        return self.known_of(self.length + self.items)

    def _drawn(self, count: int) -> Labelled:
        self.require_memory(count, self.length + self.items)
        generator = self.generator
        items = generator.integers(1, self.symbols + 1, (count, self.items))
        order = generator.random((count, self.length)).argsort(axis=1)
        positions = np.sort(order[:, : self.items], axis=1)
        inputs = np.zeros((count, self.length), np.int64)
        np.put_along_axis(inputs, positions, items, axis=1)
        marks = np.full((count, self.items), self.symbols + 1)
        blanks = np.zeros((count, self.length), np.int64)
        tokens, tags = np.concatenate([inputs, marks], 1), np.concatenate([blanks, items], 1)
        return self.examples(tokens, tags)
