"""How tags are written: in the data, by the model, and in answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from rnnkit.data.encode.spans import (
    OUTSIDE,
    Scheme,
    are_spans,
    as_bioes,
    converted,
    detect,
    is_legal,
    legal_pairs,
    other_notation,
    tag_names,
)
from rnnkit.data.raw.labelled import Examples, places
from rnnkit.engine.crf import Legal
from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted

LISTED = 20
SHOWN: Literal["iob2"] = "iob2"  # spans in answers and scores, whatever the model's own scheme

Tags = tuple[str, ...]
"""The tags of one sequence, a tag a step."""


class TagScheme(ABC):
    """How tags are written.

    Args:
        names: The model's labels, in the order of its outputs.
        notes: Remarks on the tags.
    """

    are_spans: ClassVar[bool]
    legal: Legal | None = None
    """Which label may follow which; None if any may."""

    def __init__(self, names: Tags, notes: Sequence[str] = ()):
        self.names, self.notes = names, list(notes)

    @abstractmethod
    def read(self, examples: Examples, part: str) -> tuple[Examples, list[str]]:
        """A part of the data with its tags as answers write them, and remarks about it.

        Raises:
            RnnkitError: If it has a tag that the model cannot give, with the place.
        """

    @abstractmethod
    def encode(self, tags: Sequence[str]) -> Tags:
        """Tags of an answer as the model writes them."""

    @abstractmethod
    def decode(self, tags: Sequence[str]) -> Tags:
        """Tags of the model as answers write them."""

    @property
    def shown(self) -> Tags:
        """What each of `names` is called in answers; several may be one there."""
        return self.names


class PlainScheme(TagScheme):
    """Tags that are no part of a span, such as parts of speech."""

    are_spans = False

    def read(self, examples: Examples, part: str) -> tuple[Examples, list[str]]:
        require_known_tags(examples, part, self.names)
        return examples, []

    def encode(self, tags: Sequence[str]) -> Tags:
        return tuple(tags)

    def decode(self, tags: Sequence[str]) -> Tags:
        return tuple(tags)


class SpanScheme(TagScheme):
    """Tags that write spans, such as names.

    Args:
        types: The types of spans: PER, LOC.
        own: How the model writes them.
        written: How the data write them; as each part looks if None.
    """

    are_spans = True

    def __init__(
        self, types: Collection[str], own: Literal["iob2", "bioes"], written: Scheme | None
    ):
        super().__init__(tag_names(types, own))
        self.legal = Legal(*legal_pairs(self.names, own))
        self._types, self._own, self._written = types, own, written

    def read(self, examples: Examples, part: str) -> tuple[Examples, list[str]]:
        examples = replace(examples, labels=[as_bioes(tags) for tags in examples.labels])
        _require_span_tags(examples)
        known = [OUTSIDE, *(f"{prefix}-{kind}" for prefix in "BIES" for kind in self._types)]
        require_known_tags(examples, part, known)
        written = self._written or detect(examples.labels)
        illegal = [
            examples.place(index)
            for index, tags in enumerate(examples.labels)
            if not is_legal(tags, written)
        ]
        notes = (
            [
                f"{part}: {counted(len(illegal), 'sentence')} not legal {written.upper()}, read as"
                f" conlleval reads them: {places(illegal)}"
            ]
            if illegal
            else []
        )
        shown = [converted(tags, SHOWN) for tags in examples.labels]
        return Examples(examples.texts, shown, examples.place), notes

    def encode(self, tags: Sequence[str]) -> Tags:
        return converted(tags, self._own)

    def decode(self, tags: Sequence[str]) -> Tags:
        return converted(tags, SHOWN)

    @property
    def shown(self) -> Tags:
        beginnings = {"S-": "B-", "E-": "I-"}
        return tuple(beginnings.get(name[:2], name[:2]) + name[2:] for name in self.names)


Written = Literal["auto", "plain", "iob1", "iob2", "bioes", "bilou"]
"""How data write tags."""


def choose_scheme(
    names: Sequence[str],
    tags: Written,
    own: Literal["iob2", "bioes"],
    listed: Collection[str] = (),
) -> TagScheme:
    """The scheme of a data set or of a trained run.

    Args:
        names: The tags of the training set, or the labels of the run.
        tags: `data.tags`.
        own: How the model writes spans.
        listed: `data.labels`, which replace those that occur.

    Raises:
        RnnkitError: If there are fewer than two labels.
    """
    if tags == "plain" or (tags == "auto" and not are_spans(names)):
        known = tuple(sorted(listed)) or tuple(names)
        _require_two_tags(known)
        return PlainScheme(known, _notes_of_plain(names) if tags == "auto" else [])
    written = None if tags == "auto" else "bioes" if tags == "bilou" else tags
    return SpanScheme(listed or _span_types(names), own, written)


def require_known_tags(examples: Examples, part: str, known: Collection[str]) -> None:
    """Rejects a tag that the model cannot predict.

    Raises:
        RnnkitError: With its place and what to do about it in that part.
    """
    allowed = set(known)
    for index, tags in enumerate(examples.labels):
        for step, tag in enumerate(tags):
            if tag not in allowed:
                hints = {
                    "train": "Correct the line, or add the tag to `data.labels`",
                    "data": "Correct the line: the run gives no other tag",
                }
                hint = hints.get(part, "Correct the line, or name all tags in `data.labels`")
                source = "`data.labels`" if part == "train" else "the training set"
                got = f"step {step + 1} has the tag {tag!r}, which {source} does not have"
                shown = ", ".join(sorted(allowed)[:LISTED])
                raise RnnkitError(examples.place(index), got, f"Expected one of: {shown}", hint)


def _require_span_tags(examples: Examples) -> None:
    for index, tags in enumerate(examples.labels):
        for tag in tags:
            if tag != OUTSIDE and not are_spans([tag]):
                raise RnnkitError(
                    examples.place(index),
                    f"the tag {tag!r}",
                    "Expected O, or B-, I-, E- or S- (L-, U-) before a type of span",
                    "Correct the line, or write `data.tags: plain` where tags are not spans",
                )


def _require_two_tags(names: Sequence[str]) -> None:
    if len(names) < 2:
        raise RnnkitError(
            "data.dataset",
            f"the training set has one tag only: {names[0]!r}",
            "Expected at least two",
            "Is it the right column?",
        )


def _span_types(names: Iterable[str]) -> set[str]:
    """PER and LOC of B-PER, I-PER, B-LOC and O."""
    return {name.split("-", 1)[-1] for name in names if name != OUTSIDE}


def _notes_of_plain(names: Iterable[str]) -> list[str]:
    """A line where tags that are read as they are look like parts of spans."""
    spans = [name for name in names if are_spans([name])]
    if spans:
        plain = ", ".join(sorted(set(names) - {OUTSIDE, *spans})[:LISTED])
        return [
            f"tags are read unchanged: {plain} are not spans, though {', '.join(spans[:3])} are;"
            " `data.tags: iob2` reports the line"
        ]
    if not (usual := other_notation(names)):
        return []
    others, written = zip(*list(usual.items())[:3], strict=True)
    return [
        f"tags are read unchanged, without scores of spans: {', '.join(others)}; in files whose"
        f" tags are parts of spans write {', '.join(written)}, else `data.tags: plain`"
    ]
