"""Running text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Corpus:
    """Running text; `validation` and `test` where the data set has its own."""

    train: str
    validation: str = ""
    test: str = ""

    @property
    def parts(self) -> dict[str, str]:
        """The parts that hold anything."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        return {part: text for part, text in parts.items() if text}

    def cut(self, position: int, *, at_space: bool) -> int:
        """Where a part of the training text may end: at `position`, or the next white space."""
        if at_space:
            while position < len(self.train) and not self.train[position].isspace():
                position += 1
        return position
