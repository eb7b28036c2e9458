"""Treebanks of Universal Dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rnnkit.data.dataset import TaggedFileDataset
from rnnkit.data.read.sentences import Sentence, conllu
from rnnkit.data.read.tables import TableReader

COLUMNS = {"upos": 3, "xpos": 4}


class ConllU(TaggedFileDataset):
    """A treebank in CoNLL-U: parts of speech, those of all languages (upos) or of the treebank's
    own (xpos).

    Its syntactic words are the tokens: lines of words written as one (1-2), and of words left out
    in the text (1.1), are skipped.
    """

    column: Literal["upos", "xpos"] = Field(
        "upos", description="which tags: upos, the 17 universal ones, or xpos, the language's own"
    )

    def sentences(self, reader: TableReader, *, tagged: bool) -> Iterator[Sentence]:
        return conllu(reader, COLUMNS[self.column] if tagged else None)
