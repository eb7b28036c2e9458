"""Nested brackets: predicting the bracket to close next requires a stack of open ones."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.data.datasets.kinds.drawn import DrawnKeys, place_of
from rnnkit.data.datasets.kinds.tagged import TaggedDataset
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.raw.reference_scores import CEILING, CHANCE, ReferenceScores

PAIRS = ("()", "[]", "{}", "<>")
NONE = "none"


class Brackets(DrawnKeys, TaggedDataset):
    """Balanced brackets of several kinds (a Dyck language of limited depth); the tag of each is the
    bracket that closes what is still open then, `none` where nothing is.

    So the innermost open bracket has to be known at every step. Which bracket comes next cannot be
    known, as another one may open at any time, and whether a sequence is balanced can be guessed
    by counting.
    """

    short: ClassVar[str | None] = "length"
    length: int = Field(20, ge=2, le=10_000, description="brackets of a sequence: an even number")
    kinds: int = Field(2, ge=1, le=len(PAIRS), description="kinds of brackets: ( ), [ ], { }, < >")
    max_depth: int = Field(5, ge=1, le=1000, description="how many may be open at once")

    @field_validator("length")
    @classmethod
    def _is_even(cls, length: int) -> int:
        if length % 2:
            raise mistake(f"found {length}", "Expected an even number: half of them open")
        return length

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.kinds == self.max_depth == 1:
            expected = "Expected two or more: with one kind and one level all sequences are alike"
            raise mistakes_at([(("max_depth",), mistake("found 1", expected))])
        return self

    def load(self) -> Labelled:
        return self._drawn(self.count)

    def sample(self) -> Labelled:
        return self._drawn(self.sampled)

    def known_scores(self) -> list[ReferenceScores]:
        outermost = self._closes_all()
        kind = (1 - outermost) / self.kinds
        note = "the bracket just read alone; the depth alone gives"
        counting = (1 + outermost + kind) / 2
        return [
            ReferenceScores(
                CHANCE, {"accuracy": (1 + max(outermost, kind)) / 2}, f"{note} {counting:.3f}"
            ),
            ReferenceScores(
                CEILING, {"accuracy": 1.0, "sentence_accuracy": 1.0}, "all follows from the input"
            ),
        ]

    def opens(self, step: int, depth: int) -> float:
        """The probability that a step opens a bracket, given the number of open ones."""
        if depth == 0:
            return 1.0
        return 0.0 if depth in (self.max_depth, self.length - step) else 0.5

    def _closes_all(self) -> float:
        """The fraction of closing brackets after which no bracket is open."""
        depths, outermost = {0: 1.0}, 0.0
        for step in range(self.length):
            following: dict[int, float] = {}
            for depth, share in depths.items():
                for change, chance in ((1, self.opens(step, depth)), (-1, 0.0)):
                    weight = share * (chance if change > 0 else 1 - self.opens(step, depth))
                    if weight:
                        following[depth + change] = following.get(depth + change, 0.0) + weight
            outermost += depths.get(1, 0.0) * (1 - self.opens(step, 1))
            depths = following
        return outermost / (self.length / 2)

    def _drawn(self, count: int) -> Labelled:
        self.require_memory(count, self.length)
        generator = self.generator
        shape = (count, self.length)
        chances, kinds = generator.random(shape), generator.integers(0, self.kinds, shape)
        sequences = [self._sequence(chances[row], kinds[row]) for row in range(count)]
        tokens, tags = zip(*sequences, strict=True)
        return Labelled({"train": Examples(tokens, tags, place_of)})

    def _sequence(
        self, chances: np.ndarray, kinds: np.ndarray
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        tokens, tags, stack = [], [], list[str]()
        for step, (chance, kind) in enumerate(zip(chances.tolist(), kinds.tolist(), strict=True)):
            if chance < self.opens(step, len(stack)):
                stack.append(PAIRS[kind])
                tokens.append(PAIRS[kind][0])
            else:
                tokens.append(stack.pop()[1])
            tags.append(stack[-1][1] if stack else NONE)
        return tuple(tokens), tuple(tags)
