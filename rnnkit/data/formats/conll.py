"""Sentences in columns, with a token and its tag on each line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, ClassVar

from pydantic import Field

from rnnkit.data.formats.format import Format, Row, Writer
from rnnkit.data.formats.sentences import (
    Documents,
    SentenceFormat,
    SentenceWriter,
    comment_text,
    count_columns,
)
from rnnkit.errors import RnnkitError, setting, setting_name

_START = "-DOCSTART-"

_DOCUMENT_MARK = re.compile(rf"{_START}(?:[ \t]|$)|#(?:begin|end) document\b")
_SPACES = re.compile(r"[ \t]+")
_IS_TAG = re.compile(r"O|#|[BIESLUMW]-\S+")
_JOINED = {
    "|": re.compile(r"[^|\t]*[^|\s]\|[^|\s]+(?: +[^|\t]*[^|\s]\|[^|\s]+)*"),
    "/": re.compile(r"\S+/[^/\s]+(?: +\S+/[^/\s]+){2,}"),
    "_": re.compile(r"\S+_[^_\s]+(?: +\S+_[^_\s]+){2,}"),
}
"""A sentence of words joined with their tags, by separator; only two words may be columns."""


@dataclass(frozen=True)
class _Columns:
    """The columns of a file: separated by tabs if its first line has one, else by spaces and tabs;
    a no-break space is part of a token.

    Args:
        first: The number of the first line.
        marked: Whether that line begins with #.
        tabs: Whether only tabs separate columns.
        count: Number of columns.
    """

    first: int
    marked: bool
    tabs: bool
    count: int

    @classmethod
    def of(cls, number: int, line: str) -> _Columns:
        tabs = "\t" in line
        return cls(number, line.startswith("#"), tabs, len(_fields(line, tabs)))

    def fields(self, line: str) -> list[str]:
        return _fields(line, self.tabs)


def _fields(line: str, tabs: bool) -> list[str]:
    return line.split("\t") if tabs else _SPACES.split(line.strip(" \t"))


class Conll(SentenceFormat):
    """Columns, such as word TAB tag, or CoNLL-2000, 2002 and 2003.

    They are separated by tabs if the first line has one, else by spaces and tabs. Lines with
    `-DOCSTART-` are left out; comments above a sentence are kept with it.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".conll", ".bio", ".iob", ".tsv")
    word: int = Field(0, description="the column of the token, from 0; -1 is the last")
    tag: int | None = Field(
        -1, description="the column of the tag; null where the tokens have none"
    )
    comments: bool | None = Field(
        None,
        description=(
            "whether lines that begin with # are comments before a sentence's first token; by "
            "default those that begin with `# ` and have no columns, or no tag in them"
        ),
    )

    document: bool = Field(
        False,
        description=(
            "whether a sentence has the name of its document, which begins at -DOCSTART-, `#begin"
            " document` or `# newdoc`"
        ),
    )

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        columns, documents = None, Documents()
        for lines in self.blocks(file, source):
            for _, line in lines:
                if self._is_document_mark(line):
                    documents.read(line)
            block = [line for line in lines if not self._is_document_mark(line[1])]
            columns = columns or self._columns(block, source)
            if columns is None:
                continue
            sentence: list[tuple[int, str, str]] = []
            comments: list[str] = []
            for number, line in block:
                if not sentence and self._is_comment(line, block, columns):
                    documents.read(line)
                    comments.append(comment_text(line))
                else:
                    sentence.append(self._token(number, line, columns, source, bool(sentence)))
            if sentence:
                row = self.row(source, sentence, comments, tagged=self.tag is not None)
                yield documents.named(row) if self.document else row

    def without_answers(self) -> Format:
        return self.model_copy(update={"tag": None})

    def _is_document_mark(self, line: str) -> bool:
        match = _DOCUMENT_MARK.match(line)
        return match is not None and (line.startswith(_START) or self.comments is not False)

    def _is_comment(self, line: str, block: list[tuple[int, str]], columns: _Columns) -> bool:
        """Whether a line before a sentence's first token is a comment."""
        if self.comments is not None:
            return self.comments and line.startswith("#")
        if not line.startswith("# "):
            return False
        fields = columns.fields(line)
        if len(fields) != columns.count:
            return True
        column = -1 if self.tag is None else self.tag
        others = [columns.fields(other) for _, other in block if not other.startswith("#")]
        tags = {other[column] for other in others if len(other) == columns.count}
        return not _IS_TAG.fullmatch(fields[column]) and fields[column] not in tags

    def _columns(self, block: list[tuple[int, str]], source: str) -> _Columns | None:
        """The columns of the file, from its first token; None if the block has no token.

        Raises:
            RnnkitError: If they do not include the configured columns.
        """
        mark = "#" if self.comments else "# "
        lines = [line for line in block if self.comments is False or not line[1].startswith(mark)]
        if not lines:
            return None
        (number, line), place = lines[0], self.place(source, lines[0][0])
        columns = _Columns.of(number, line)
        if self.tag is not None and (hint := _other_dataset(line, source)):
            raise RnnkitError(place, f"{line[:60]!r}", "Expected a token and its tag", hint)
        required = [column for column in (self.word, self.tag) if column is not None]
        if missing := [n for n in required if not -columns.count <= n < columns.count]:
            got = f"{count_columns(columns.count)}, but the config asks for column {missing[0]}"
            hint = (
                f"Name them with {setting_name('word')} and {setting_name('tag')}; -1 is the last"
            )
            raise RnnkitError(place, got, f"Expected columns from 0 to {columns.count - 1}", hint)
        if len({column % columns.count for column in required}) < len(required):
            got = f"{count_columns(columns.count)}; the token and the tag would be the same"
            hint = "Separate them by a tab or spaces"
            if line.startswith("#"):
                hint = f"If the line is a comment: {setting('comments', True)}"
            raise RnnkitError(place, got, "Expected a token and its tag in each line", hint)
        return columns

    def _token(
        self, number: int, line: str, columns: _Columns, source: str, inside: bool
    ) -> tuple[int, str, str]:
        fields = columns.fields(line)
        if len(fields) != columns.count:
            got = f"{count_columns(len(fields))}, but line {columns.first} has {columns.count}"
            hint = "Correct the line, or put a blank one between sentences"
            comment = columns.first if columns.marked else number
            if columns.marked or (line.startswith("#") and not inside):
                hint = f"If line {comment} is a comment: {setting('comments', True)}"
            elif line.startswith("#"):
                hint = "Put a blank line first"
            expected = f"Expected {columns.count} in each line"
            raise RnnkitError(self.place(source, number), got, expected, hint)
        return number, fields[self.word], "" if self.tag is None else fields[self.tag]

    def encoder(self, file: IO[Any]) -> Writer:
        return SentenceWriter(file)


def _other_dataset(line: str, source: str) -> str:
    """A hint on the data set that can read the file; "" if it has columns."""
    name = source.lower().removesuffix(".gz")
    if name.endswith(".csv") and "\t" not in line and re.search("[,;|]", line):
        return (
            f"A table with a row for each token: `data.dataset: {{tagged_csv: {{path: {source}}}}}`"
        )
    for mark, sentence in _JOINED.items():
        if sentence.fullmatch(line.strip()):
            keys = f"path: {source}" + (f", separator: {mark}" if mark != "|" else "")
            return f"Lines of word{mark}TAG: `data.dataset: {{tagged_lines: {{{keys}}}}}`"
    return ""
