"""The user's own JSON lines: a sentence with its tags on each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from rnnkit.data.dataset import TaggedFileDataset
from rnnkit.data.read.sentences import Sentence, json_lines
from rnnkit.data.read.tables import Format, TableReader


class TaggedJsonLines(TaggedFileDataset):
    """One object a line: {"tokens": ["the", "mouse"], "tags": ["DET", "NOUN"]}."""

    kind: ClassVar[Format] = "jsonl"
    tokens: str = Field("tokens", min_length=1, description="the key of the list of tokens")
    tags: str = Field("tags", min_length=1, description="the key of the list of tags")

    def sentences(self, reader: TableReader, *, tagged: bool) -> Iterator[Sentence]:
        return json_lines(reader, self.tokens, self.tags if tagged else None)
