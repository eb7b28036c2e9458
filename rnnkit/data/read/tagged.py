"""Sentences with a tag for each token, out of any format whose records have lists of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from rnnkit.data.formats.conll import require_tag, require_token
from rnnkit.data.formats.format import Row, Rows
from rnnkit.data.raw.labelled import Examples
from rnnkit.errors import RnnkitError


class Sentence(NamedTuple):
    """Tokens with their tags; without tags where none were asked for."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    number: int
    """That of its row."""


def sentences(rows: Rows, tokens: str = "tokens", tags: str | None = "tags") -> Iterator[Sentence]:
    """The sentences of a file, one after the other; empty ones are left out.

    Args:
        rows: Its records.
        tokens: Their list of tokens.
        tags: Their list of tags; None where there need be none.

    Raises:
        RnnkitError: If a record lacks a list, or holds what cannot be a token or a tag.
    """
    for row in rows:
        words = _strings(rows, row, tokens, require_token)
        names = _strings(rows, row, tags, require_tag) if tags else ()
        if tags and len(words) != len(names):
            got = f"{len(words)} tokens, but {len(names)} tags"
            raise RnnkitError(rows.place(row.number), got, "Expected a tag for each token")
        if words:
            yield Sentence(words, names, row.number)


def read_tagged(rows: Rows, tokens: str = "tokens", tags: str = "tags") -> Examples:
    """All sentences of a file, as of `sentences`.

    Raises:
        RnnkitError: If there is none.
    """
    with rows:
        found = list(sentences(rows, tokens, tags))
    if not found:
        raise RnnkitError("", f"{rows.source} has no sentence", "Expected tokens with tags")
    place, numbers = rows.place, [sentence.number for sentence in found]
    return Examples(
        [sentence.tokens for sentence in found],
        [sentence.tags for sentence in found],
        lambda index: place(numbers[index]),
    )


def _strings(
    rows: Rows, row: Row, key: str, require: Callable[[Any, str], None]
) -> tuple[str, ...]:
    place, value = rows.place(row.number), row.values.get(key)
    if not isinstance(value, list):
        got = f"no {key!r}" if key not in row.values else f"{key!r} is a {type(value).__name__}"
        raise RnnkitError(place, got, f'Expected a list, such as {{"{key}": ["a", "b"]}}')
    for item in value:
        require(item, place)
    return tuple(value)
