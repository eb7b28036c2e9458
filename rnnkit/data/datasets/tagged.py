"""Tagged sentences written in the config itself, for exercises."""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field, field_validator

from rnnkit.config.mistakes import mistake
from rnnkit.data.datasets.kinds.tagged import TaggedDataset
from rnnkit.data.raw.labelled import Examples, Labelled


class InlineTagged(TaggedDataset):
    """Sentences that are written in the config, each token with its tag: the/DET mouse/NOUN."""

    short: ClassVar[str | None] = "sentences"
    origin: ClassVar[str] = "the config"
    repeating: ClassVar[tuple[str, ...]] = ("sentences",)
    sentences: list[str] = Field(
        min_length=1, description="such as `the/DET mouse/NOUN squeaks/VERB`"
    )

    @field_validator("sentences")
    @classmethod
    def _has_tags(cls, sentences: list[str]) -> list[str]:
        for sentence in sentences:
            wrong = [token for token in words(sentence) if not all(token.rpartition("/")[::2])]
            if wrong or not words(sentence):
                raise mistake(
                    f"found {wrong[0] if wrong else sentence!r}",
                    "Expected token/TAG, with spaces between them",
                )
        return sentences

    def load(self) -> Labelled:
        pairs = [
            [token.rpartition("/")[::2] for token in words(sentence)] for sentence in self.sentences
        ]
        tokens, tags = (
            [tuple(pair[side] for pair in sentence) for sentence in pairs] for side in (0, 1)
        )
        return Labelled(
            {
                "train": Examples(
                    tokens, tags, lambda index: f"data.dataset.tagged.sentences.{index}"
                )
            }
        )

    def sample(self) -> Labelled:
        return self.load()


def words(line: str) -> list[str]:
    """Splits at spaces, tabs and line ends, but not at no-break spaces."""
    return re.findall(r"[^ \t\r\n]+", line)
