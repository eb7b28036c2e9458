"""The base of formats with a token per line, and checks of tokens and tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, ClassVar

from rnnkit.data.formats.format import Record, Row
from rnnkit.data.formats.text import LineWriter, TextFormat
from rnnkit.errors import RnnkitError
from rnnkit.storage.reading import TEXT_CHARACTERS, long_text

COMMENTS = "comments"
"""The key of the comment lines above a sentence, without their #."""

OF_A_SENTENCE = ("tokens", "tags", COMMENTS)

DOCUMENT = "document"
"""The key of the document of a sentence, if the format reads it."""

MARKS_OF_DOCUMENTS = "-DOCSTART-, #begin document or # newdoc"

_CONTROL = re.compile(r"[\t\r\n\v\f\0]")
_DOCUMENT = re.compile(
    r"-DOCSTART-(?:[ \t]|$)|#begin document\b\s*(?:\((?P<name>[^)]*)\))?"
    r"|#\s*newdoc\b(?:\s+id\s*=\s*(?P<id>\S.*))?"
)


class SentenceFormat(TextFormat):
    """A token on each line, a blank line after each sentence: {"tokens": [...], "tags": [...]}."""

    writes: ClassVar[bool] = True

    def place(self, source: str, number: int) -> str:
        return f"{source}:{number}"

    def blocks(self, file: IO[bytes], source: str) -> Iterator[list[tuple[int, str]]]:
        """Groups the numbered lines into blocks separated by blank lines."""
        block: list[tuple[int, str]] = []
        size = 0
        for number, text in self.lines(file, source):
            line = text.rstrip("\r\n ")
            if line.strip():
                block.append((number, line))
                size += len(line)
                if size > TEXT_CHARACTERS:
                    got = f"a sentence of more than {TEXT_CHARACTERS:,} characters"
                    raise long_text(got, self.place(source, block[0][0]))
            elif block:
                yield block
                block, size = [], 0
        if block:
            yield block

    def row(
        self,
        source: str,
        sentence: list[tuple[int, str, str]],
        comments: Sequence[str] = (),
        *,
        tagged: bool,
    ) -> Row:
        """The record of a sentence.

        Args:
            source: The name of the file in messages.
            sentence: (line number, token, tag) of each token.
            comments: Comment lines above the sentence.
            tagged: Whether the sentence has tags.

        Raises:
            RnnkitError: If a token or a tag is not valid, with its line.
        """
        for number, token, tag in sentence:
            require_token(token, self.place(source, number))
            if tagged:
                require_tag(tag, self.place(source, number))
        record: Record = {COMMENTS: list(comments)} if comments else {}
        record["tokens"] = [token for _, token, _ in sentence]
        if tagged:
            record["tags"] = [tag for *_, tag in sentence]
        return Row(sentence[0][0], record)


class Documents:
    """Keeps track of the current document; lines before the first mark belong to none."""

    def __init__(self) -> None:
        self.name: str | None = None
        self._count = 0

    def read(self, line: str) -> None:
        """Reads a line without a token, which may begin a document."""
        if match := _DOCUMENT.match(line):
            self._count += 1
            self.name = (match["name"] or match["id"] or str(self._count)).strip()

    def named(self, row: Row) -> Row:
        """Adds the name of the document to a sentence."""
        return Row(row.number, {DOCUMENT: self.name, **row.values})


class SentenceWriter(LineWriter):
    """Writes sentences; comments and other keys of a record become comment lines above it."""

    def write(self, records: Sequence[Record]) -> None:
        """Adds sentences, each followed by a blank line."""
        for record in records:
            self.write_lines([*self._above(record), *self.token_lines(record), ""])

    def token_lines(self, record: Record) -> Iterable[str]:
        """The lines of a sentence's tokens."""
        return map("\t".join, zip(record["tokens"], record["tags"], strict=True))

    def _above(self, record: Record) -> Iterator[str]:
        lines = list(record.get(COMMENTS, ()))
        others = {key: value for key, value in record.items() if key not in OF_A_SENTENCE}
        for key, value in others.items():
            is_of_texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
            lines.append(f"{key} = {' '.join(value) if is_of_texts else value}")
        return (f"# {_CONTROL.sub(' ', line)}" for line in lines)


def comment_text(line: str) -> str:
    """A comment line without its #."""
    return line.removeprefix("#").strip()


def require_token(token: Any, place: str) -> None:
    """Checks that a value is a valid token.

    Raises:
        RnnkitError: If it is not.
    """
    if not isinstance(token, str) or not token.strip() or _CONTROL.search(token):
        expected = "Expected text without line ends and tabs"
        raise RnnkitError(place, f"{token!r} is not a token", expected)


def require_tag(tag: Any, place: str) -> None:
    """Checks that a value is a valid tag.

    Raises:
        RnnkitError: If it is not.
    """
    if not isinstance(tag, str) or not tag or tag.split() != [tag]:
        raise RnnkitError(place, f"{tag!r} is not a tag", "Expected text without white space")


def count_columns(count: int) -> str:
    """A number of columns in words."""
    return "1 column" if count == 1 else f"{count} columns"
