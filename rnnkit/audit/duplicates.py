"""Rows that occur more than once, in one part or in several."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from rnnkit.audit.finding import Finding, Place, count_and_places, severity_of, share_text
from rnnkit.quantities import agreed

HIGH, MEDIUM = 0.05, 0.01  # shares of a held-out part that are also in training
MANY = 0.05  # of the training set that is repeated
LONG = 5  # least words of a text that is hardly written twice by chance
OF_WORDS = 0.5  # least share of a text's characters that belong to words
FIRST_WORDS = 12  # words by which most texts differ
BEGINNING = 1_000  # characters that are searched for these
HELD_OUT_TWICE = "Remove them from the held-out part: a score on them says what was memorised"
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True)
class Content:
    """The keys by which the rows of a part are compared.

    Args:
        exact: A key for each row, (rows,), equal for identical rows.
        normal: The same, regardless of case, punctuation and spaces.
        place: The place of each row.
        unit: What rows are: "texts".
        words: The number of words of each row, (rows,): short rows may be equal by chance, and do
            not make a finding severe; empty if every row is long.
    """

    exact: Sequence[Hashable]
    normal: Sequence[Hashable]
    place: Place
    unit: str
    words: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.exact)

    def long(self, rows: Iterable[int]) -> int:
        """The number of these rows that are not short."""
        return sum(not self.words or self.words[row] >= LONG for row in rows)

    def short(self, rows: Sequence[int]) -> str:
        """The number of these rows that are short, in words; "" for none."""
        count = len(rows) - self.long(rows)
        return f", {count:,} of them with fewer than {LONG} words" if count else ""


def normal_forms(texts: Sequence[str]) -> list[Hashable]:
    """A key for each text, equal for texts that differ in case, punctuation and spaces only."""
    starts = [_first_words(text) for text in texts]
    counts = Counter(starts)
    return [
        start if counts[start] == 1 else _normal_form(text)
        for start, text in zip(starts, texts, strict=True)
    ]


def _normal_form(text: str) -> str:
    """The words without case and punctuation; the whole text if it is mostly punctuation."""
    lowered = text.casefold()
    words, chunks = _WORDS.findall(lowered), lowered.split()
    is_of_words = sum(map(len, words)) >= OF_WORDS * sum(map(len, chunks))
    return " ".join(words if is_of_words else chunks)


def _first_words(text: str) -> tuple[str, ...]:
    """The first words, by which most texts differ; all words of a short text."""
    beginning = _WORDS.finditer(text[:BEGINNING].casefold())
    words = tuple(match[0] for match in islice(beginning, FIRST_WORDS))
    return words if len(words) == FIRST_WORDS else tuple(_WORDS.findall(text.casefold()))


def repeated_rows(part: str, content: Content) -> Iterator[Finding]:
    """Rows that repeat an earlier row of the same part."""
    first: dict[Hashable, int] = {}
    repeated = [
        index for index, key in enumerate(content.normal) if first.setdefault(key, index) != index
    ]
    if not repeated:
        return
    exact = len(content) - len(set(content.exact))
    similar = f", {len(repeated) - exact:,} of them in other case or punctuation"
    count, rows = count_and_places(content.place, repeated)
    yield Finding(
        "repeated_rows",
        "medium" if content.long(repeated) >= MANY * len(content) else "low",
        part,
        f"{share_text(count, len(content))} {part} {content.unit}"
        f" {agreed(count, 'repeats', 'repeat')} an earlier one"
        + similar * (count > exact)
        + content.short(repeated),
        "Remove the repetitions where they are copies: each counts once more in training",
        count,
        rows,
    )


def conflicting_labels(
    content: Content, labels: Sequence[Hashable], answers: str = "labels"
) -> Iterator[Finding]:
    """Equal rows with different labels, to which a model can only give the same answer.

    Args:
        content: The rows of all parts.
        labels: The label of each row, (rows,).
        answers: What they are called: "labels" or "tags".
    """
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for index, key in enumerate(content.normal):
        groups[key].append(index)
    conflicting = [
        index
        for group in groups.values()
        if len({labels[index] for index in group}) > 1
        for index in group
    ]
    if not conflicting:
        return
    count, rows = count_and_places(content.place, conflicting)
    yield Finding(
        "conflicting_labels",
        severity_of(content.long(conflicting) / len(content), 0.2, 0.01),
        "",
        f"{share_text(count, len(content))} {content.unit} also"
        f" {agreed(count, 'occurs', 'occur')} with other {answers}" + content.short(conflicting),
        "Correct the labels; where they are right, no model can answer all of these rows",
        count,
        rows,
    )


def shared_rows(parts: Mapping[str, Content]) -> Iterator[Finding]:
    """Held-out rows that are also in the training set.

    Args:
        parts: The rows of each part, "train" among them.
    """
    exact, normal = set(parts["train"].exact), set(parts["train"].normal)
    for part, content in parts.items():
        if part == "train" or not len(content):
            continue
        known = [index for index, key in enumerate(content.normal) if key in normal]
        if not known:
            continue
        identical = sum(content.exact[index] in exact for index in known)
        similar = f", {len(known) - identical:,} of them in other case or punctuation"
        count, rows = count_and_places(content.place, known)
        yield Finding(
            "shared_rows",
            severity_of(content.long(known) / len(content), HIGH, MEDIUM),
            part,
            f"{share_text(count, len(content))} {part} {content.unit} also"
            f" {agreed(count, 'occurs', 'occur')} in the training set"
            + similar * (count > identical)
            + content.short(known),
            HELD_OUT_TWICE,
            count,
            rows,
        )
