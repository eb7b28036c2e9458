"""The user's own table with one row per token."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from rnnkit.data.datasets.kinds.tagged import TaggedFileDataset
from rnnkit.data.formats.format import Format, Rows
from rnnkit.data.formats.tagged_csv import TaggedCsv as TaggedCsvFormat
from rnnkit.data.formats.tagged_csv import TokenColumns
from rnnkit.data.raw.labelled import Examples
from rnnkit.data.read.tagged import read_tagged


class TaggedCsv(TokenColumns, TaggedFileDataset):
    """A row for each token, such as `Sentence #,Word,POS,Tag`; a sentence begins where its column
    has another name, or after a blank row.
    """

    has_columns: ClassVar[bool] = True

    tag: str = Field("Tag", description="the column of the tag")

    def own_format(self) -> Format:
        return TaggedCsvFormat(
            encoding=self.encoding,
            separator=self.separator,
            sentence=self.sentence,
            word=self.word,
            tag=self.tag,
            columns=list(self.kept),
        )

    def examples(self, rows: Rows) -> Examples:
        return read_tagged(rows, further=self.kept)
