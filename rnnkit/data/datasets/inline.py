"""A text written in the config itself, for exercises."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from rnnkit.data.datasets.kinds.text import TextDataset
from rnnkit.data.raw.text import Corpus


class Inline(TextDataset):
    """A text that is written in the config."""

    short: ClassVar[str | None] = "text"
    origin: ClassVar[str] = "the config"
    text: str = Field(min_length=1, description="the text itself")

    def load(self) -> Corpus:
        return Corpus(self.text)

    def sample(self) -> Corpus:
        return Corpus(self.text)
