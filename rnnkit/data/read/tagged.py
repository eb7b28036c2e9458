"""Reads sentences with a tag for each token, from records with a list of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rnnkit.data.formats.format import Row, Rows
from rnnkit.data.formats.sentences import COMMENTS, require_tag, require_token
from rnnkit.data.raw.labelled import Examples, places
from rnnkit.data.read.columns import RequiredColumns
from rnnkit.errors import RnnkitError, setting, setting_name
from rnnkit.progress import log
from rnnkit.quantities import counted


class Sentence(NamedTuple):
    """The tokens of a sentence with their tags."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    number: int
    """The number of its row."""

    comments: int = 0
    """Number of comment lines above it."""

    further: tuple[Any, ...] = ()
    """The values of the further keys."""


def sentences(
    rows: Rows,
    tokens: str = "tokens",
    tags: str = "tags",
    further: Mapping[str, str] | None = None,
    tag_names: Sequence[str] = (),
) -> Iterator[Sentence]:
    """Iterates over the sentences of a file, including empty ones.

    Args:
        rows: The records of the file.
        tokens: The key of the list of tokens.
        tags: The key of the list of tags.
        further: Further keys of a record, with the config keys that name them.
        tag_names: The names of integer tags, from 0.

    Raises:
        RnnkitError: If a record lacks a list, or has an invalid token or tag.
    """
    required = RequiredColumns(rows, list(further or ()), further)
    for row in rows:
        required.check(row)
        words = _strings(rows, row, tokens, require_token)
        names = _strings(rows, row, tags, require_tag, tag_names)
        if len(words) != len(names):
            got = f"{counted(len(words), 'token')}, but {counted(len(names), 'tag')}"
            raise RnnkitError(rows.place(row.number), got, "Expected a tag for each token")
        values = tuple(row.values[key] for key in further or ())
        yield Sentence(words, names, row.number, len(row.values.get(COMMENTS, ())), values)


def read_tagged(
    rows: Rows,
    tokens: str = "tokens",
    tags: str = "tags",
    further: Mapping[str, str] | None = None,
    tag_names: Sequence[str] = (),
) -> Examples:
    """Reads all sentences with at least one token; arguments as in `sentences`.

    Raises:
        RnnkitError: If there is none.
    """
    with rows:
        found = list(sentences(rows, tokens, tags, further, tag_names))
    filled = [sentence for sentence in found if sentence.tokens]
    if not filled:
        raise RnnkitError("", f"{rows.source} has no sentence", "Expected tokens with tags")
    if empty := [rows.place(sentence.number) for sentence in found if not sentence.tokens]:
        without = counted(len(empty), "sentence without tokens is", "sentences without tokens are")
        log.warning(f"{without} left out: {places(empty)}")
    comments = sum(sentence.comments for sentence in filled)
    if comments and getattr(rows.format, "comments", False) is None:
        begin = counted(comments, "line that begins", "lines that begin")
        log.info(
            f"{rows.source}: {begin} with # read as comments"
            f" ({setting('comments', False)} reads them as tokens)"
        )
    place, numbers = rows.place, [sentence.number for sentence in filled]
    return Examples(
        [sentence.tokens for sentence in filled],
        [sentence.tags for sentence in filled],
        lambda index: place(numbers[index]),
        columns={
            key: [sentence.further[index] for sentence in filled]
            for index, key in enumerate(further or ())
        },
    )


def _strings(
    rows: Rows,
    row: Row,
    key: str,
    require: Callable[[Any, str], None],
    names: Sequence[str] | None = None,
) -> tuple[str, ...]:
    """A list of a record, with integers replaced by these names."""
    place, value = rows.place(row.number), row.values.get(key)
    if not isinstance(value, list):
        got = f"no {key!r}" if key not in row.values else f"{key!r} is a {type(value).__name__}"
        lists = [name for name, other in row.values.items() if isinstance(other, list)]
        keys = f"{setting_name('tokens')} and {setting_name('tags')}"
        named = f"Name the lists that there are by {keys}: {', '.join(lists)}"
        expected = f'Expected a list, such as {{"{key}": ["a", "b"]}}'
        raise RnnkitError(place, got, expected, named if len(lists) > 1 else "")
    if names is not None:
        value = [_named(item, names, place) for item in value]
    for item in value:
        require(item, place)
    return tuple(value)


def _named(tag: Any, names: Sequence[str], place: str) -> Any:
    """The name of an integer tag; other tags are returned unchanged."""
    if type(tag) is not int or 0 <= tag < len(names):
        return names[tag] if type(tag) is int else tag
    key = setting_name("tag_names")
    if names:
        got = f"the tag {tag}, but {key} has {counted(len(names), 'name')}"
        raise RnnkitError(place, got, "Expected a number from 0 on", "Add its name there")
    hint = f"Name the tags, from 0 on: {setting('tag_names', ['O', 'B-PER', 'I-PER'])}"
    raise RnnkitError(place, f"the tag {tag}, a number", "Expected a tag in words", hint)
