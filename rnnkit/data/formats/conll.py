"""Sentences in columns: a token and its tag on each line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import IO, Any, ClassVar

from pydantic import Field

from rnnkit.data.formats.format import Format, Record, Row, Writer
from rnnkit.data.formats.text import LineWriter, TextFormat
from rnnkit.errors import RnnkitError

DOCUMENT = "-DOCSTART-"

_CONTROL = re.compile(r"[\t\r\n\v\f\0]")


class SentenceFormat(TextFormat):
    """A token on each line, a blank line after each sentence: {"tokens": [...], "tags": [...]}."""

    writes: ClassVar[bool] = True

    def place(self, source: str, number: int) -> str:
        return f"{source}:{number}"

    def blocks(self, file: IO[bytes], source: str) -> Iterator[list[tuple[int, str]]]:
        """The lines between blank ones, with their numbers."""
        block: list[tuple[int, str]] = []
        for number, text in self.lines(file, source):
            line = text.rstrip("\r\n ")
            if line.strip():
                block.append((number, line))
            elif block:
                yield block
                block = []
        if block:
            yield block

    def row(self, source: str, sentence: list[tuple[int, str, str]], *, tagged: bool) -> Row:
        """A sentence of (line, token, tag) as a record.

        Raises:
            RnnkitError: If a token or a tag cannot be one, with its line.
        """
        for number, token, tag in sentence:
            require_token(token, self.place(source, number))
            if tagged:
                require_tag(tag, self.place(source, number))
        record: Record = {"tokens": [token for _, token, _ in sentence]}
        if tagged:
            record["tags"] = [tag for *_, tag in sentence]
        return Row(sentence[0][0], record)


class Conll(SentenceFormat):
    """Columns, such as word TAB tag, or CoNLL-2000, 2002 and 2003.

    They are separated by tabs where the first line has one, else by white space; `-DOCSTART-` lines
    are left out.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".conll", ".bio", ".iob", ".tsv")
    word: int = Field(0, description="the column of the token, from 0; -1 is the last")
    tag: int | None = Field(
        -1, description="the column of the tag; null where the tokens have none"
    )

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        first: tuple[int, int] | None = None  # the first line and its columns
        separator = None
        for block in self.blocks(file, source):
            sentence: list[tuple[int, str, str]] = []
            for number, line in block:
                if first is None and "\t" in line:
                    separator = "\t"
                fields = line.split(separator)
                if first is None:
                    first = number, len(fields)
                    self._require_columns(len(fields), self.place(source, number))
                if len(fields) != first[1]:
                    got = f"{count_columns(len(fields))}, but line {first[0]} has {first[1]}"
                    hint = "Mend the line, or put a blank one between sentences"
                    expected = f"Expected {first[1]} in each line"
                    raise RnnkitError(self.place(source, number), got, expected, hint)
                if fields[0] != DOCUMENT:
                    tag = "" if self.tag is None else fields[self.tag]
                    sentence.append((number, fields[self.word], tag))
            if sentence:
                yield self.row(source, sentence, tagged=self.tag is not None)

    def without_answers(self) -> Format:
        return self.model_copy(update={"tag": None})

    def _require_columns(self, count: int, place: str) -> None:
        wanted = [column for column in (self.word, self.tag) if column is not None]
        if missing := [column for column in wanted if not -count <= column < count]:
            got = f"{count_columns(count)}, but the config asks for column {missing[0]}"
            hint = "Name them with `word` and `tag`; -1 is the last"
            raise RnnkitError(place, got, f"Expected columns from 0 to {count - 1}", hint)
        if len({column % count for column in wanted}) < len(wanted):
            got = f"{count_columns(count)}; the token and the tag would be the same"
            hint = "Separate them by a tab or spaces"
            raise RnnkitError(place, got, "Expected a token and its tag in each line", hint)

    def encoder(self, file: IO[Any]) -> Writer:
        return _ColumnWriter(file)


class _ColumnWriter(LineWriter):
    def write(self, records: Sequence[Record]) -> None:
        """Adds sentences: their lists side by side."""
        for record in records:
            self.write_lines([*map("\t".join, zip(*record.values(), strict=True)), ""])


def require_token(token: Any, place: str) -> None:
    """Refuses what cannot be a token."""
    if not isinstance(token, str) or not token.strip() or _CONTROL.search(token):
        expected = "Expected text without line ends and tabs"
        raise RnnkitError(place, f"{token!r} is not a token", expected)


def require_tag(tag: Any, place: str) -> None:
    """Refuses what cannot be a tag."""
    if not isinstance(tag, str) or not tag or tag.split() != [tag]:
        raise RnnkitError(place, f"{tag!r} is not a tag", "Expected text without white space")


def count_columns(count: int) -> str:
    """A number of columns in words."""
    return "1 column" if count == 1 else f"{count} columns"
