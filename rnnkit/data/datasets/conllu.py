"""Treebanks of Universal Dependencies."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rnnkit.data.datasets.kinds.tagged import SentenceFileDataset
from rnnkit.data.formats.conllu import ConllU as ConllUFormat
from rnnkit.data.formats.format import Format
from rnnkit.data.formats.sentences import DOCUMENT


class ConllU(SentenceFileDataset):
    """A treebank in CoNLL-U: parts of speech, those of all languages (upos) or of the treebank's
    own (xpos).

    Its syntactic words are the tokens: lines of words written as one (1-2), and of words left out
    in the text (1.1), are skipped.
    """

    column: Literal["upos", "xpos"] = Field(
        "upos", description="which tags: upos, the 17 universal ones, or xpos, the language's own"
    )

    def own_format(self) -> Format:
        return ConllUFormat(
            encoding=self.encoding, column=self.column, document=DOCUMENT in self.kept
        )
