"""Sentences in a table with one row per token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO, Any, ClassVar

from pydantic import Field, PrivateAttr

from rnnkit.config.spec import Spec
from rnnkit.data.formats.csv import Csv, Separator
from rnnkit.data.formats.dialects import MARKS
from rnnkit.data.formats.format import Format, Record, Row, Writer
from rnnkit.data.formats.sentences import OF_A_SENTENCE, require_tag, require_token
from rnnkit.data.formats.text import TextFormat
from rnnkit.errors import RnnkitError, did_you_mean, nearest, setting, setting_name
from rnnkit.storage.reading import ROW_FIELDS, long_row


class TokenColumns(Spec):
    """The keys of a table with one row per token, shared by the format and the data set."""

    separator: Separator = Field(",", description="the separator of the fields")
    sentence: str | None = Field(
        "Sentence #",
        description=(
            "the column of the sentence's name, which rows after the first may leave empty; null"
            " where blank rows separate sentences"
        ),
    )
    word: str = Field("Word", description="the column of the token")


class TaggedCsv(TokenColumns, TextFormat):
    """A table with one row per token, such as `Sentence #,Word,POS,Tag`: {"tokens": [...], "tags":
    [...]}, and the name of the sentence.

    A sentence begins where the name changes, or after a blank row.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".csv",)
    writes: ClassVar[bool] = True

    tag: str | None = Field("Tag", description="the column of the tag; null where there is none")
    columns: list[str] = Field(
        [], description="further columns, which a sentence has from its first row"
    )

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        table = Csv(encoding=self.encoding, separator=self.separator)
        for group in self._groups(table.rows(file, source), source):
            yield self._sentence(group, source)

    _answer: str | None = PrivateAttr(None)
    """The column of the tag, which files to predict need not have."""

    def without_answers(self) -> Format:
        """The format without tags; records have a list for every further column of the tokens."""
        copy = self.model_copy(update={"tag": None, "columns": []})
        copy._answer = self.tag
        return copy

    def _groups(self, rows: Iterator[Row], source: str) -> Iterator[list[Row]]:
        """Groups the rows by sentence."""
        group: list[Row] = []
        name, is_first = "", True
        for row in rows:
            if is_first:
                self._require_columns(row.values, source)
                is_first = False
            cell = self._name(row)
            is_blank = not any(value.strip() for value in row.values.values())
            if group and (is_blank or cell not in ("", name)):
                yield group
                group = []
            name = name if group else cell
            if not is_blank:
                group.append(row)
            if len(group) > ROW_FIELDS:
                got = f"a sentence of more than {ROW_FIELDS:,} tokens"
                raise long_row(got, self.place(source, group[0].number))
        if group:
            yield group

    def _sentence(self, group: list[Row], source: str) -> Row:
        """The record of a sentence; a row with only its name is a sentence without tokens."""
        name = self._name(group[0])
        record: Record = {self.sentence: name} if self.sentence and name else {}
        record |= {column: group[0].values[column] for column in self.columns}
        tokens, tags = [], []
        if self.tag is None:
            record |= self._further_columns(group)
        for row in group:
            place = self.place(source, row.number)
            token, tag = row.values[self.word], self.tag and row.values[self.tag].strip()
            if token or tag:
                require_token(token, place)
                tokens.append(token)
                if tag is not None:
                    require_tag(tag, place)
                    tags.append(tag)
        record["tokens"] = tokens
        return Row(group[0].number, record | ({"tags": tags} if self.tag else {}))

    def _further_columns(self, group: list[Row]) -> Record:
        """The further columns of the tokens, each a list with a cell per token."""
        used = {*OF_A_SENTENCE, self.sentence, self.word, self._answer}
        return {
            column: [row.values[column] for row in group if row.values[self.word]]
            for column in group[0].values
            if column not in used
        }

    def _name(self, row: Row) -> str:
        return str(row.values[self.sentence]).strip() if self.sentence else ""

    def _require_columns(self, present: Record, source: str) -> None:
        keys = {self.sentence: "sentence", self.word: "word", self.tag: "tag"}
        for column in (*keys, *self.columns):
            if column is not None and column not in present:
                hint = (
                    _separator_hint(present)
                    or _nearest(keys.get(column, ""), column, list(present))
                    or (
                        f"Name the columns with {setting_name('word')} and"
                        f" {setting_name('sentence')}, or write one text a line to a .txt file"
                        if self.tag is None
                        else f"Name them with {setting_name('word')}, {setting_name('tag')} and"
                        f" {setting_name('sentence')} (null where blank rows separate sentences)"
                    )
                )
                expected = f"It has: {', '.join(map(repr, present))}"
                raise RnnkitError("", f"no column {column!r} in {source}", expected, hint)

    def encoder(self, file: IO[Any]) -> Writer:
        table = Csv(separator=self.separator).encoder(file)
        return _TokenWriter(table, self.sentence or "Sentence #", self.word, self.tag or "Tag")


def _nearest(key: str, column: str, present: Sequence[str]) -> str:
    """A hint on the column that was probably meant; "" if none is similar."""
    if not key:
        return did_you_mean(column, present)
    return next((f"Write {setting(key, name)}" for name in nearest(column, present, 1)), "")


def _separator_hint(present: Record) -> str:
    """A hint on the separator if the header was read as a single field; "" if there is none."""
    (header, *others), marks = present, (name for name in MARKS if name not in (",", "whitespace"))
    mark = next((mark for mark in marks if not others and MARKS[mark] in header), None)
    return f"The separator seems to be another one: {setting('separator', mark)}" if mark else ""


class _TokenWriter:
    """Writes a row for each token. The first row of a sentence has its name or number, and the
    other values of its record; a list with one item per token fills the rows of all tokens.
    """

    def __init__(self, table: Writer, sentence: str, word: str, tag: str):
        self._table, self._columns, self._written = table, (sentence, word, tag), 0
        self._further: list[str] | None = None

    def write(self, records: Sequence[Record]) -> None:
        """Adds sentences; one without tokens has a row with only its name."""
        for record in records:
            if self._further is None:
                used = {*OF_A_SENTENCE, *self._columns}
                self._further = [key for key in record if key not in used]
            self._written += 1
            name = record.get(self._columns[0]) or f"Sentence: {self._written}"
            pairs = list(zip(record["tokens"], record["tags"], strict=True)) or [("", "")]
            for row, pair in enumerate(pairs):
                cells = dict(zip(self._columns, ("" if row else name, *pair), strict=True))
                further = {key: _cell(record, key, row) for key in self._further}
                self._table.write([cells | further])

    def close(self) -> None:
        """Ends the table."""
        self._table.close()


def _cell(record: Record, key: str, row: int) -> Any:
    """The value of a record for one of its tokens."""
    value = record.get(key)
    if isinstance(value, list) and len(value) == len(record["tokens"]) > 0:
        return value[row]
    return "" if row else value
