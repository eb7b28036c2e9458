"""Sentences with tags, one per line: word|TAG word|TAG."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from pydantic import Field

from rnnkit.data.formats.format import Row
from rnnkit.data.formats.sentences import count_columns, require_tag, require_token
from rnnkit.data.formats.text import TextFormat
from rnnkit.errors import RnnkitError, setting, setting_name
from rnnkit.progress import log
from rnnkit.storage.reading import require_text

_WORDS = re.compile(r"[^ \t\r\n]+")  # a no-break space is part of a token


class TaggedLines(TextFormat):
    """One sentence per line, its words separated by spaces and each followed by its tag:
    {"tokens": [...], "tags": [...]}.
    """

    separator: str = Field("|", min_length=1, description="what separates a word from its tag")
    columns: int = Field(
        2, ge=2, le=100, description="2 for word|TAG; 3 for word|POS|TAG, where the last is read"
    )

    def place(self, source: str, number: int) -> str:
        return f"{source}:{number}"

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        is_first = True
        for number, line in self.lines(file, source):
            if not line.strip():
                continue
            place = self.place(source, number)
            require_text(line, place)
            columns = {word.count(self.separator) + 1 for word in _WORDS.findall(line)}
            if is_first and len(columns) == 1 and columns.pop() > self.columns:
                log.warning(self._more_columns(line, place))
            is_first = False
            words = [self._parts(word, place) for word in _WORDS.findall(line)]
            for token, *_, tag in words:
                require_token(token, place)
                require_tag(tag, place)
            record = {"tokens": [word[0] for word in words], "tags": [word[-1] for word in words]}
            yield Row(number, record)

    def _more_columns(self, line: str, place: str) -> str:
        more = _WORDS.findall(line)[0].count(self.separator) + 1
        return (
            f"{place}: each word has {more} columns and {self.columns} of them are read;"
            f" {setting('columns', more)} reads them all"
        )

    def _parts(self, word: str, place: str) -> list[str]:
        parts = word.rsplit(self.separator, self.columns - 1)
        if len(parts) != self.columns or not all(parts):
            got = f"{word!r} has {count_columns(len(list(filter(None, parts))))}"
            expected = f"Expected {self.columns} in each word, separated by {self.separator!r}"
            keys = f"{setting_name('separator')} and {setting_name('columns')}"
            raise RnnkitError(place, got, expected, f"Correct it, or set {keys}")
        return parts
