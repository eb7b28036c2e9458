"""Running text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Corpus:
    """Running text, with `validation` and `test` parts where the data set defines them."""

    train: str
    validation: str = ""
    test: str = ""

    @property
    def parts(self) -> dict[str, str]:
        """The parts that are not empty."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        return {part: text for part, text in parts.items() if text}

    def cut(self, position: int, *, at_space: bool) -> int:
        """The position at which the training text may be split: `position`, or with `at_space` the
        next white space.
        """
        if at_space:
            while position < len(self.train) and not self.train[position].isspace():
                position += 1
        return position
