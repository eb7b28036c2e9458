"""The user's own file of columns: a token and its tag on each line."""

from __future__ import annotations

from pydantic import Field

from rnnkit.data.datasets.kinds.tagged import SentenceFileDataset
from rnnkit.data.formats.conll import Conll as ConllFormat
from rnnkit.data.formats.format import Format
from rnnkit.data.formats.sentences import DOCUMENT


class Conll(SentenceFileDataset):
    """A token on each line, its tag in another column, a blank line after each sentence: word TAB
    tag, or CoNLL-2000, 2002 and 2003.

    Columns are separated by tabs where the first line has one, else by spaces and tabs;
    `-DOCSTART-` lines and comments are left out.
    """

    word: int = Field(0, description="the column of the token, from 0")
    tag: int = Field(-1, description="the column of the tag; -1 is the last")

    comments: bool | None = Field(
        None,
        description=(
            "whether lines that begin with # are comments before a sentence's first token; by "
            "default those that begin with `# ` and have no columns, or no tag in them"
        ),
    )

    def own_format(self) -> Format:
        return ConllFormat(
            encoding=self.encoding,
            word=self.word,
            tag=self.tag,
            comments=self.comments,
            document=DOCUMENT in self.kept,
        )
