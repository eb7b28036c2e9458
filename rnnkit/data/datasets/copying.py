"""The copy memory task: symbols are read, and reproduced after a long delay."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from pydantic import Field

from rnnkit.data.datasets.kinds.drawn import DrawnKeys, place_of, rows_of
from rnnkit.data.datasets.kinds.tagged import TaggedDataset
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.raw.reference_scores import BAI, CEILING, CHANCE, ReferenceScores, published

BLANK, GO = "-", "go"


class RecallKeys(DrawnKeys):
    """The symbols to remember."""

    items: int = Field(10, ge=1, le=1000, description="how many symbols are kept in mind")
    symbols: int = Field(8, ge=2, le=1000, description="how many different symbols there are")

    @property
    def names(self) -> np.ndarray:
        """The tokens: the blank, each symbol, and the mark to recall them."""
        return np.array([BLANK, *map(str, range(1, self.symbols + 1)), GO])

    def examples(self, tokens: np.ndarray, tags: np.ndarray) -> Labelled:
        """Converts indices of `names`, each (rows, steps), to examples."""
        texts, labels = rows_of(self.names, tokens), rows_of(self.names, tags)
        return Labelled({"train": Examples(texts, labels, place_of)})

    def known_of(self, steps: int) -> list[ReferenceScores]:
        """The scores of a model without memory that knows when to recall, and the ceiling."""
        right = 1 / self.symbols
        chance = {
            "accuracy": (steps - self.items * (1 - right)) / steps,
            "sentence_accuracy": right**self.items,
            "loss": self.items * math.log(self.symbols) / steps,
        }
        best = {"accuracy": 1.0, "sentence_accuracy": 1.0, "loss": 0.0}
        note = f"{self.items} ln {self.symbols} / {steps:,} nats: no memory, but a clock"
        return [
            ReferenceScores(CHANCE, chance, note),
            ReferenceScores(CEILING, best, "every symbol is in the input"),
        ]


class Copying(RecallKeys, TaggedDataset):
    """Copy memory: symbols at the beginning, blanks for a while, then the symbols again, one at
    each step (Hochreiter and Schmidhuber 1997; Arjovsky et al. 2016).

    Read are the items, `length` - 1 blanks, and `items` + 1 marks to recall them; the tags are
    `length` + `items` blanks and the items: all in all `length` + 2 `items` steps.
    """

    short: ClassVar[str | None] = "length"
    step_bytes: ClassVar[int] = 40
    length: int = Field(
        20, ge=1, le=100_000, description="steps of waiting before the items are recalled"
    )

    def load(self) -> Labelled:
        return self._drawn(self.count)

    def sample(self) -> Labelled:
        return self._drawn(self.sampled)

    def known_scores(self) -> list[ReferenceScores]:
        known = self.known_of(self.length + 2 * self.items)
        if (self.length, self.items, self.symbols) == (1000, 10, 8):
            source = f"{BAI}: T = 1000, 16,000 weights; that is chance"
            known.append(published("LSTM", {"loss": 0.0204}, source))
        return known

    def _drawn(self, count: int) -> Labelled:
        self.require_memory(count, self.length + 2 * self.items)
        items = self.generator.integers(1, self.symbols + 1, (count, self.items))
        blanks = np.zeros((count, self.length - 1), np.int64)
        marks = np.full((count, self.items + 1), self.symbols + 1)
        tokens = np.concatenate([items, blanks, marks], axis=1)
        tags = np.concatenate([np.zeros((count, self.length + self.items), int), items], axis=1)
        return self.examples(tokens, tags)
