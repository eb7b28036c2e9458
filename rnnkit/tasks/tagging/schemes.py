"""The schemes of tags: in the data, in the model's outputs and in answers."""

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

LISTED = 20  # most tags that a message lists
ANSWERED: Literal["iob2"] = "iob2"  # the scheme of spans in answers and scores

Tags = tuple[str, ...]
"""The tags of a sequence, one for each step."""


class TagScheme(ABC):
    """Converts tags between the data, the model and answers.

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
        """A part of the data with its tags in the scheme of answers, and remarks on them.

        Raises:
            RnnkitError: If a tag is unknown to the model, with its place.
        """

    @abstractmethod
    def encode(self, tags: Sequence[str]) -> Tags:
        """The tags of an answer in the model's scheme."""

    @abstractmethod
    def decode(self, tags: Sequence[str]) -> Tags:
        """The model's tags in the scheme of answers."""

    @property
    def answered(self) -> Tags:
        """Each of `names` in the scheme of answers, where several may be the same tag."""
        return self.names


class PlainScheme(TagScheme):
    """Tags that do not write spans, such as parts of speech."""

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
        model_scheme: The scheme of the model.
        data_scheme: The scheme of the data; None to detect it in each part.
    """

    are_spans = True

    def __init__(
        self,
        types: Collection[str],
        model_scheme: Literal["iob2", "bioes"],
        data_scheme: Scheme | None,
    ):
        super().__init__(tag_names(types, model_scheme))
        self.legal = Legal(*legal_pairs(self.names, model_scheme))
        self._types, self._model_scheme, self._data_scheme = types, model_scheme, data_scheme

    def read(self, examples: Examples, part: str) -> tuple[Examples, list[str]]:
        examples = replace(examples, labels=[as_bioes(tags) for tags in examples.labels])
        _require_span_tags(examples)
        known = [OUTSIDE, *(f"{prefix}-{kind}" for prefix in "BIES" for kind in self._types)]
        require_known_tags(examples, part, known)
        scheme = self._data_scheme or detect(examples.labels)
        illegal = [
            examples.place(index)
            for index, tags in enumerate(examples.labels)
            if not is_legal(tags, scheme)
        ]
        notes = (
            [
                f"{part}: {counted(len(illegal), 'sentence')} not legal {scheme.upper()}, read as"
                f" conlleval reads them: {places(illegal)}"
            ]
            if illegal
            else []
        )
        labels = [converted(tags, ANSWERED) for tags in examples.labels]
        return Examples(examples.texts, labels, examples.place), notes

    def encode(self, tags: Sequence[str]) -> Tags:
        return converted(tags, self._model_scheme)

    def decode(self, tags: Sequence[str]) -> Tags:
        return converted(tags, ANSWERED)

    @property
    def answered(self) -> Tags:
        prefixes = {"S-": "B-", "E-": "I-"}
        return tuple(prefixes.get(name[:2], name[:2]) + name[2:] for name in self.names)


Notation = Literal["auto", "plain", "iob1", "iob2", "bioes", "bilou"]
"""The values of `data.tags`: the scheme of the data's tags."""


def choose_scheme(
    names: Sequence[str],
    notation: Notation,
    model_scheme: Literal["iob2", "bioes"],
    listed: Collection[str] = (),
) -> TagScheme:
    """The scheme of a data set or of a trained run.

    Args:
        names: The tags of the training set, or the labels of the run.
        notation: The setting `data.tags`.
        model_scheme: The scheme of the model, for spans.
        listed: The setting `data.labels`, in place of the tags that occur.

    Raises:
        RnnkitError: If there are fewer than two labels.
    """
    if notation == "plain" or (notation == "auto" and not are_spans(names)):
        known = tuple(sorted(listed)) or tuple(names)
        _require_two_tags(known)
        return PlainScheme(known, _plain_notes(names) if notation == "auto" else [])
    # bilou has the tags of bioes under other prefixes, which are read as those
    data_scheme = None if notation == "auto" else "bioes" if notation == "bilou" else notation
    return SpanScheme(listed or _span_types(names), model_scheme, data_scheme)


def require_known_tags(examples: Examples, part: str, known: Collection[str]) -> None:
    """Checks that the model can predict all tags of a part.

    Raises:
        RnnkitError: If it cannot, with the place of the tag and the cure for that part.
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
            f"the training set has a single tag, {names[0]!r}",
            "Expected at least two",
            "Is it the right column?",
        )


def _span_types(names: Iterable[str]) -> set[str]:
    """PER and LOC of B-PER, I-PER, B-LOC and O."""
    return {name.split("-", 1)[-1] for name in names if name != OUTSIDE}


def _plain_notes(names: Iterable[str]) -> list[str]:
    """A line if tags that are read unchanged look like those of spans."""
    spans = [name for name in names if are_spans([name])]
    if spans:
        plain = ", ".join(sorted(set(names) - {OUTSIDE, *spans})[:LISTED])
        return [
            f"tags are read unchanged: {plain} are not spans, though {', '.join(spans[:3])} are;"
            " `data.tags: iob2` reports the line"
        ]
    if not (usual := other_notation(names)):
        return []
    found, expected = zip(*list(usual.items())[:3], strict=True)
    return [
        f"tags are read unchanged, without scores of spans: {', '.join(found)}; in files whose"
        f" tags are parts of spans write {', '.join(expected)}, else `data.tags: plain`"
    ]
