"""Treebanks in CoNLL-U (universaldependencies.org/format.html)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any, ClassVar, Literal

from pydantic import Field

from rnnkit.data.formats.format import Format, Record, Row, Writer
from rnnkit.data.formats.sentences import (
    Documents,
    SentenceFormat,
    SentenceWriter,
    comment_text,
    count_columns,
)
from rnnkit.errors import RnnkitError, setting_name

COLUMNS = {"upos": 3, "xpos": 4}
UNTAGGED = "_"

_WIDTH = 10
_FORM = 1
# ids of multiword tokens and of empty nodes
_NOT_A_WORD = re.compile(r"\d+[-.]\d+")


class ConllU(SentenceFormat):
    """A treebank, whose tokens are the syntactic words; multiword tokens (1-2) and empty nodes
    (1.1) are left out.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".conllu",)
    column: Literal["upos", "xpos"] | None = Field(
        "upos", description="which tags: upos, the 17 universal ones, or xpos; null for none"
    )
    document: bool = Field(
        False,
        description=(
            "whether a sentence has the name of its document, which begins at -DOCSTART-, `#begin"
            " document` or `# newdoc`"
        ),
    )

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        documents = Documents()
        for block in self.blocks(file, source):
            sentence: list[tuple[int, str, str]] = []
            comments: list[str] = []
            for number, line in block:
                if line.startswith("#"):
                    documents.read(line)
                    comments.append(comment_text(line))
                    continue
                fields = self._fields(line, len(sentence), self.place(source, number))
                if fields:
                    tag = "" if self.column is None else fields[COLUMNS[self.column]]
                    sentence.append((number, fields[_FORM], tag))
            if sentence:
                row = self.row(source, sentence, comments, tagged=self.column is not None)
                yield documents.named(row) if self.document else row

    def without_answers(self) -> Format:
        return self.model_copy(update={"column": None})

    def _fields(self, line: str, words: int, place: str) -> list[str] | None:
        """The columns of a line, after `words` words of its sentence; None if it is left out."""
        fields = line.split("\t")
        if len(fields) != _WIDTH:
            expected = f"Expected {_WIDTH}, separated by tabs"
            hint = "Other column files: `data.dataset: {conll: ...}`"
            raise RnnkitError(place, count_columns(len(fields)), expected, hint)
        if _NOT_A_WORD.fullmatch(fields[0]):
            return None
        if fields[0] != str(words + 1):
            hint = "Is a blank line missing before it?"
            got = f"word {fields[0]!r} after {words}"
            raise RnnkitError(place, got, f"Expected {words + 1}", hint)
        if self.column is not None and fields[COLUMNS[self.column]] == UNTAGGED:
            hint = f"Fill the column, or name the other one with {setting_name('column')}"
            got = f"the word {fields[_FORM]!r} has no tag"
            raise RnnkitError(place, got, "Expected one", hint)
        return fields

    def encoder(self, file: IO[Any]) -> Writer:
        return _TreebankWriter(file, COLUMNS[self.column or "upos"])


class _TreebankWriter(SentenceWriter):
    def __init__(self, file: IO[str], column: int):
        super().__init__(file)
        self._column = column

    def token_lines(self, record: Record) -> Iterator[str]:
        """One line per word; unknown columns are written as `_`."""
        pairs = zip(record["tokens"], record["tags"], strict=True)
        for number, (token, tag) in enumerate(pairs, start=1):
            fields = [str(number), token, *[UNTAGGED] * (_WIDTH - 2)]
            fields[self._column] = tag
            yield "\t".join(fields)
