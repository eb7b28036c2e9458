"""Sentences that are cut into tokens, each with a tag: CoNLL columns, CoNLL-U and JSON lines, read
one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from rnnkit.data.raw.labelled import Examples
from rnnkit.data.read.tables import Record, Row, TableReader, TableWriter
from rnnkit.errors import RnnkitError

DOCUMENT = "-DOCSTART-"
UNTAGGED = "_"

_CONLLU_COLUMNS = 10
_FORM = 1
# the id of a word that stands for several, and of one that the text leaves out
_JOINED = re.compile(r"\d+[-.]\d+")
_CONTROL = re.compile(r"[\t\r\n\v\f\0]")


class ColumnWriter(TableWriter):
    """Writes {"tokens": [...], "tags": [...]} as a token and its tag on each line, and a blank line
    after each sentence.
    """

    def write(self, records: Sequence[Record]) -> None:
        """Adds sentences."""
        for record in records:
            self.write_lines([*map("\t".join, zip(*record.values(), strict=True)), ""])


class Sentence(NamedTuple):
    """Tokens with their tags; without tags where none were asked for."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    lines: tuple[int, ...]
    """Where each token stands."""


def read_examples(sentences: Iterable[Sentence], reader: TableReader) -> Examples:
    """All sentences of a file.

    Raises:
        RnnkitError: If there is none, or one is not what it should be.
    """
    found = list(sentences)
    if not found:
        raise RnnkitError("", f"{reader.source} has no sentence", "Expected tokens with tags")
    source, lines = reader.source, [sentence.lines[0] for sentence in found]
    return Examples(
        [s.tokens for s in found], [s.tags for s in found], lambda index: f"{source}:{lines[index]}"
    )


def conll(reader: TableReader, word: int, tag: int | None) -> Iterator[Sentence]:
    """Sentences of a file of columns: a token a line, a blank line after each sentence.

    Columns are separated by tabs where the first line has one, else by white space. `-DOCSTART-`
    lines separate documents.

    Args:
        reader: Its lines.
        word: The column of the token, from 0; -1 is the last.
        tag: That of the tag; None where there need be none.
    """
    first: tuple[int, int] | None = None  # the first line and its columns
    separator = None
    for block in _blocks(reader):
        tokens: list[str] = []
        tags: list[str] = []
        lines: list[int] = []
        for number, line in block:
            if first is None and "\t" in line:
                separator = "\t"
            fields = line.split(separator)
            if first is None:
                first = number, len(fields)
                _require_columns(
                    len(fields),
                    [column for column in (word, tag) if column is not None],
                    reader,
                    number,
                )
            if len(fields) != first[1]:
                got = (
                    f"{reader.source}:{number}: {_columns(len(fields))}, but line {first[0]} has"
                    f" {first[1]}"
                )
                raise RnnkitError(
                    "",
                    got,
                    f"Expected {first[1]} in each line",
                    "Mend the line, or put a blank one between sentences",
                )
            if fields[0] == DOCUMENT:
                continue
            tokens.append(_token(fields[word], reader, number))
            tags.append("" if tag is None else _tag(fields[tag], reader, number))
            lines.append(number)
        if tokens:
            yield Sentence(tuple(tokens), tuple(tags), tuple(lines))


def conllu(reader: TableReader, tag: int | None) -> Iterator[Sentence]:
    """Sentences of a CoNLL-U file (universaldependencies.org/format.html).

    Lines of words that are written as one (1-2) and of words that are not written (1.1) are left
    out.
    """
    for block in _blocks(reader):
        tokens: list[str] = []
        tags: list[str] = []
        lines: list[int] = []
        for number, line in block:
            if line.startswith("#"):
                continue
            fields = line.split("\t")
            if len(fields) != _CONLLU_COLUMNS:
                got = f"{reader.source}:{number}: {_columns(len(fields))}"
                raise RnnkitError(
                    "",
                    got,
                    f"Expected {_CONLLU_COLUMNS}, separated by tabs",
                    "Other column files: `dataset: {conll: ...}`",
                )
            if _JOINED.fullmatch(fields[0]):
                continue
            if fields[0] != str(len(tokens) + 1):
                got = f"{reader.source}:{number}: word {fields[0]!r} after {len(tokens)}"
                raise RnnkitError(
                    "",
                    got,
                    f"Expected {len(tokens) + 1}",
                    "Is a blank line missing before it?",
                )
            if tag is not None and fields[tag] == UNTAGGED:
                hint = "Fill the column, or name the other one with `column`"
                raise RnnkitError(
                    "",
                    f"{reader.source}:{number}: the word {fields[_FORM]!r} has no tag",
                    "Expected one",
                    hint,
                )
            tokens.append(_token(fields[_FORM], reader, number))
            tags.append("" if tag is None else _tag(fields[tag], reader, number))
            lines.append(number)
        if tokens:
            yield Sentence(tuple(tokens), tuple(tags), tuple(lines))


def json_lines(reader: TableReader, tokens: str, tags: str | None) -> Iterator[Sentence]:
    """Sentences of a file with one object a line, such as {"tokens": ["a", "mouse"], "tags":
    ["DET", "NOUN"]}.
    """
    for chunk in reader.chunks():
        for row in chunk:
            words = _strings(row, tokens, reader, _token)
            labels = _strings(row, tags, reader, _tag) if tags else ("",) * len(words)
            if len(words) != len(labels):
                got = (
                    f"{reader.source}: row {row.number}: {len(words)} tokens, but {len(labels)}"
                    " tags"
                )
                raise RnnkitError("", got, "Expected a tag for each token")
            if words:
                yield Sentence(words, labels, (row.number,) * len(words))


def text_lines(reader: TableReader, cut: Callable[[str], list[str]]) -> Iterator[Sentence]:
    """A sentence on each line, not cut into tokens yet; blank lines are left out."""
    for chunk in reader.chunks():
        for row in chunk:
            if tokens := cut(row.values["text"]):
                yield Sentence(tuple(tokens), ("",) * len(tokens), (row.number,) * len(tokens))


_CLITIC = r"n[’']t|[’'](?:s|m|d|re|ve|ll)"
_PIECES = re.compile(
    rf"""
    (?:[^\W_]\.){{2,}}                                  # U.S.
    | [^\W_]+(?=n[’']t\b)                               # do, of "don't"
    | (?:{_CLITIC})\b                                   # n't, 's
    | [^\W_]+(?:[.,:/@&’'_\-](?!(?:s|m|d|re|ve|ll)\b)[^\W_]+)*   # words and numbers: 3.14, all-rounder, a@b.org
    | \.{{2,}} | -{{2,}} | ([^\w\s])\1+                 # ... -- !!
    | \S
    """,  # noqa: E501
    re.VERBOSE | re.IGNORECASE,
)


def cut(text: str) -> list[str]:
    """The tokens of a plain text: white space ends a token, and marks are tokens of their own
    unless they stand inside a word or a number.

    English endings are cut off as treebanks do (do n't, Merkel 's). What is cut already stays as it
    is.
    """
    return [found[0] for found in _PIECES.finditer(text)]


def _blocks(reader: TableReader) -> Iterator[list[tuple[int, str]]]:
    """The lines between blank ones, with their numbers."""
    block: list[tuple[int, str]] = []
    for chunk in reader.chunks():
        for row in chunk:
            line = row.values["text"].rstrip("\r\n ")
            if line.strip():
                block.append((row.number, line))
            elif block:
                yield block
                block = []
    if block:
        yield block


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count} columns"


def _require_columns(found: int, wanted: list[int], reader: TableReader, number: int) -> None:
    if missing := [column for column in wanted if not -found <= column < found]:
        got = (
            f"{reader.source}:{number}: {_columns(found)}, but the config asks for column"
            f" {missing[0]}"
        )
        raise RnnkitError(
            "",
            got,
            f"Expected columns from 0 to {found - 1}",
            "Name them with `word` and `tag`; -1 is the last",
        )
    if len({column % found for column in wanted}) < len(wanted):
        got = (
            f"{reader.source}:{number}: {_columns(found)}; the token and the tag would be the same"
        )
        raise RnnkitError(
            "",
            got,
            "Expected a token and its tag in each line",
            "Separate them by a tab or spaces",
        )


def _token(token: Any, reader: TableReader, number: int) -> str:
    if not isinstance(token, str) or not token.strip() or _CONTROL.search(token):
        raise RnnkitError(
            "",
            f"{reader.source}:{number}: {token!r} is no token",
            "Expected text without line ends and tabs",
        )
    return token


def _tag(tag: Any, reader: TableReader, number: int) -> str:
    if not isinstance(tag, str) or not tag or tag.split() != [tag]:
        raise RnnkitError(
            "",
            f"{reader.source}:{number}: {tag!r} is no tag",
            "Expected text without white space",
        )
    return tag


def _strings(
    row: Row, key: str, reader: TableReader, check: Callable[[Any, TableReader, int], str]
) -> tuple[str, ...]:
    value = row.values.get(key)
    if not isinstance(value, list):
        got = f"no {key!r}" if key not in row.values else f"{key!r} is a {type(value).__name__}"
        raise RnnkitError(
            "",
            f"{reader.source}: row {row.number}: {got}",
            f'Expected a list, such as {{"{key}": ["a", "b"]}}',
        )
    return tuple(check(item, reader, row.number) for item in value)
