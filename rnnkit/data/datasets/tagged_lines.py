"""The user's own lines of word|TAG."""

from __future__ import annotations

from pydantic import Field

from rnnkit.data.datasets.kinds.tagged import TaggedFileDataset
from rnnkit.data.formats.format import Format
from rnnkit.data.formats.tagged_lines import TaggedLines as TaggedLinesFormat


class TaggedLines(TaggedFileDataset):
    """A sentence on each line, its words between spaces, each followed by its tag: the|DET
    mouse|NOUN.
    """

    separator: str = Field("|", min_length=1, description="what separates a word from its tag")
    columns: int = Field(
        2, ge=2, le=100, description="2 for word|TAG; 3 for word|POS|TAG, where the last is read"
    )

    def own_format(self) -> Format:
        return TaggedLinesFormat(
            encoding=self.encoding, separator=self.separator, columns=self.columns
        )
