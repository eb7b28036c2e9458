"""Rows that occur more than once, in one part or in several."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from rnnkit.audit.finding import Finding, Place, rows_at, severity_of, shown_share
from rnnkit.quantities import agreed

HIGH, MEDIUM = 0.05, 0.01  # of a held-out part that is known from training
MANY = 0.05  # of the training set that is a repetition
LONG = 5  # words of a text that is hardly written twice by chance
OF_WORDS = 0.5  # of the letters and marks of a text
FIRST_WORDS = 12
BEGINNING = 1_000  # characters in which these are looked for
HELD_OUT_TWICE = "Remove them from the held-out part: a score on them says what was memorised"
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True)
class Content:
    """What is compared of a part's rows.

    Args:
        exact: (rows,) what equal rows have in common.
        normal: (rows,) the same where case, punctuation and spaces do not count.
        place: Where each comes from.
        unit: What rows are: "texts".
        words: (rows,) words of each: short rows are alike by chance, and do not make a finding
            severe; none if every row is long.
    """

    exact: Sequence[Hashable]
    normal: Sequence[Hashable]
    place: Place
    unit: str
    words: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.exact)

    def long(self, rows: Iterable[int]) -> int:
        """How many of these rows are not short."""
        return sum(not self.words or self.words[row] >= LONG for row in rows)

    def short(self, rows: Sequence[int]) -> str:
        """How many are, as a part of a sentence."""
        count = len(rows) - self.long(rows)
        return f", {count:,} of them with fewer than {LONG} words" if count else ""


def normal_forms(texts: Sequence[str]) -> list[Hashable]:
    """Of each text what texts have in common that differ in case, punctuation and spaces alone."""
    starts = [_first_words(text) for text in texts]
    often = Counter(starts)
    return [
        start if often[start] == 1 else _normal_form(text)
        for start, text in zip(starts, texts, strict=True)
    ]


def _normal_form(text: str) -> str:
    """Words without case and marks; of a text that is mostly marks, such as brackets, all of it."""
    lowered = text.casefold()
    words, all_of_it = _WORDS.findall(lowered), lowered.split()
    is_of_words = sum(map(len, words)) >= OF_WORDS * sum(map(len, all_of_it))
    return " ".join(words if is_of_words else all_of_it)


def _first_words(text: str) -> tuple[str, ...]:
    """Enough of a text to tell it from most others."""
    beginning = _WORDS.finditer(text[:BEGINNING].casefold())
    words = tuple(match[0] for match in islice(beginning, FIRST_WORDS))
    return words if len(words) == FIRST_WORDS else tuple(_WORDS.findall(text.casefold()))


def repeated_rows(part: str, content: Content) -> Iterator[Finding]:
    """Rows of a part that it has already."""
    first: dict[Hashable, int] = {}
    again = [
        index for index, key in enumerate(content.normal) if first.setdefault(key, index) != index
    ]
    if not again:
        return
    exact = len(content) - len(set(content.exact))
    alike = f", {len(again) - exact:,} of them in other case or punctuation"
    count, rows = rows_at(content.place, again)
    yield Finding(
        "repeated_rows",
        "medium" if content.long(again) >= MANY * len(content) else "low",
        part,
        f"{shown_share(count, len(content))} {part} {content.unit}"
        f" {agreed(count, 'repeats', 'repeat')} an earlier one"
        + alike * (count > exact)
        + content.short(again),
        "Remove the repetitions where they are copies: each counts once more in training",
        count,
        rows,
    )


def conflicting_labels(
    content: Content, labels: Sequence[Hashable], answers: str = "labels"
) -> Iterator[Finding]:
    """Equal rows with different labels, of which a model gives the same answer to all.

    Args:
        content: The rows of all parts.
        labels: (rows,) the label of each.
        answers: What these are: "labels" or "tags".
    """
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for index, key in enumerate(content.normal):
        groups[key].append(index)
    torn = [group for group in groups.values() if len({labels[index] for index in group}) > 1]
    if not torn:
        return
    each = [index for group in torn for index in group]
    count, rows = rows_at(content.place, each)
    yield Finding(
        "conflicting_labels",
        severity_of(content.long(each) / len(content), 0.2, 0.01),
        "",
        f"{shown_share(count, len(content))} {content.unit} also"
        f" {agreed(count, 'occurs', 'occur')} with other {answers}" + content.short(each),
        "Correct the labels; where they are right, no model can answer all of these rows",
        count,
        rows,
    )


def shared_rows(parts: Mapping[str, Content]) -> Iterator[Finding]:
    """Held-out rows that the training set has too, on which a score says nothing.

    Args:
        parts: "train" and others.
    """
    exact, normal = set(parts["train"].exact), set(parts["train"].normal)
    for part, content in parts.items():
        if part == "train" or not len(content):
            continue
        known = [index for index, key in enumerate(content.normal) if key in normal]
        if not known:
            continue
        same = sum(content.exact[index] in exact for index in known)
        alike = f", {len(known) - same:,} of them in other case or punctuation"
        count, rows = rows_at(content.place, known)
        yield Finding(
            "shared_rows",
            severity_of(content.long(known) / len(content), HIGH, MEDIUM),
            part,
            f"{shown_share(count, len(content))} {part} {content.unit} also"
            f" {agreed(count, 'occurs', 'occur')} in the training set"
            + alike * (count > same)
            + content.short(known),
            HELD_OUT_TWICE,
            count,
            rows,
        )
