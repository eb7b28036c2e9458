"""The user's own JSON Lines, with a tagged sentence per line."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from rnnkit.data.datasets.kinds.tagged import TaggedFileDataset
from rnnkit.data.formats.format import Format, Rows
from rnnkit.data.formats.jsonl import JsonLines
from rnnkit.data.raw.labelled import Examples
from rnnkit.data.read.tagged import read_tagged


class TaggedJsonLines(TaggedFileDataset):
    """One object a line: {"tokens": ["the", "mouse"], "tags": ["DET", "NOUN"]}."""

    has_columns: ClassVar[bool] = True

    tokens: str = Field("tokens", min_length=1, description="the key of the list of tokens")
    tags: str = Field("tags", min_length=1, description="the key of the list of tags")
    tag_names: list[str] = Field(
        [], description="the names of tags that are whole numbers, from 0 on"
    )

    @property
    def names_of_tags(self) -> list[str]:
        return self.tag_names

    def own_format(self) -> Format:
        return JsonLines(encoding=self.encoding)

    def examples(self, rows: Rows) -> Examples:
        return read_tagged(rows, self.tokens, self.tags, self.kept, self.tag_names)
