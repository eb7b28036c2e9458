"""What a tagger learns from: the `data:` section, sentences and sequences of numbers in parts, and
a label at every step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rnnkit.config.spec import Component, Spec
from rnnkit.data.batch.buckets import TaggedTexts, bucket_widths
from rnnkit.data.dataset import ArrayDataset, TaggedDataset
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.data.encode.codecs import WordCodec
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.spans import OUTSIDE
from rnnkit.data.encode.words import WordsSpec
from rnnkit.data.raw.labelled import Examples, label_counts
from rnnkit.data.raw.split import LabelledSplit
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.task import InBuckets

LISTED = 20


class TaggingData(Spec):
    """The `data:` section."""

    dataset: Annotated[TaggedDataset | ArrayDataset, Component("dataset")]
    words: WordsSpec = Field(WordsSpec(), description="which words the vocabulary holds")
    tags: Literal["auto", "plain", "iob1", "iob2", "bioes"] = Field(
        "auto",
        description=(
            "how the data write spans as tags, or plain where they are none; auto: as the training"
            " part looks"
        ),
    )
    labels: list[str | int] | None = Field(
        None,
        description=(
            "the tags there may be, of spans their types; those of the training part where unset"
        ),
    )
    max_length: int = Field(
        1000, ge=1, le=1_000_000, description="a sentence of more tokens is refused"
    )
    split: LabelledSplit = LabelledSplit()


Codec = WordCodec | ArrayCodec


@dataclass
class TaggedPart:
    """One part of the data.

    Args:
        examples: Its sequences; tags of spans are in IOB2.
        texts: What the model reads.
        targets: The labels' indices, in the model's own scheme.
    """

    examples: Examples
    texts: Sequences
    targets: Sequences


@dataclass
class TaggedData(InBuckets):
    """Encoded sequences with a label at every step."""

    codec: Codec
    parts: dict[str, TaggedPart]
    batch_size: int
    notes: list[str] = field(default_factory=list)

    def batches(self, part: str, batch_size: int) -> TaggedTexts:
        """A part in batches."""
        texts, targets = self.parts[part].texts, self.parts[part].targets
        return TaggedTexts(texts, targets, batch_size, widths(self.codec, texts, batch_size))

    @property
    def fingerprint(self) -> str:
        arrays = [
            array
            for _, part in sorted(self.parts.items())
            for array in (part.texts.flat, part.texts.lengths, part.targets.flat)
        ]
        return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()

    def describe(self) -> list[str]:
        labels = self.codec.labels
        counted = [
            f"{name} {count:,}" for name, count in zip(labels.names, labels.counts, strict=True)
        ]
        more = f" and {len(counted) - LISTED:,} more" if len(counted) > LISTED else ""
        lines = [f"{len(labels)} tags in training: {', '.join(counted[:LISTED])}{more}"]
        if isinstance(self.codec, ArrayCodec):
            sizes = [
                f"{name} {len(part.texts):,} sequences of {part.texts.lengths[0]} steps"
                for name, part in self.parts.items()
            ]
            return [f"{', '.join(sizes)}; {self.codec.features} features", *lines, *self.notes]
        sizes = [
            f"{name} {len(part.texts):,} sentences of {len(part.texts.flat):,} tokens"
            for name, part in self.parts.items()
        ]
        known = {token for tokens in self.parts["train"].examples.texts for token in tokens}
        for name, part in self.parts.items():
            unknown = sum(token not in known for tokens in part.examples.texts for token in tokens)
            if unknown:
                lines.append(
                    f"{name}: {unknown:,} tokens ({unknown / len(part.texts.flat):.1%}) are words"
                    " that the training part lacks"
                )
        return [f"{', '.join(sizes)}; vocabulary of {self.codec.features:,}", *lines, *self.notes]

    def save(self, run: RunFolder) -> None:
        self.codec.save(run)


def widths(codec: Codec, texts: Sequences, batch_size: int) -> list[int]:
    """The lengths to which batches are filled up: of numbers one, for nothing tells a padded step
    of theirs from a real one.
    """
    return (
        [int(texts.lengths.max())]
        if isinstance(codec, ArrayCodec)
        else bucket_widths(texts.lengths, min(batch_size, len(texts)))
    )


def tag_labels(names: Sequence[str], tags: Iterable[Sequence[str]]) -> Labels:
    """The names of the tags, with how often each occurs."""
    counts = label_counts(map(tuple, tags))
    return Labels(tuple(names), tuple(counts[name] for name in names), counts.total())


def tag_indices(tags: Sequence[Sequence[str]], labels: Labels) -> Sequences:
    """The place of each tag among the labels, as long as the sequences are."""
    index = {name: position for position, name in enumerate(labels.names)}
    flat = np.array([index[tag] for row in tags for tag in row], np.int32)
    return Sequences(flat, np.array([len(row) for row in tags], np.int64))


def span_types(names: Iterable[str]) -> set[str]:
    """PER and LOC of B-PER, I-PER, B-LOC and O."""
    return {name.split("-", 1)[-1] for name in names if name != OUTSIDE}


def require_two_tags(names: Sequence[str]) -> None:
    """Refuses data in which there is nothing to tell apart."""
    if len(names) < 2:
        raise RnnkitError(
            "data.dataset",
            f"the training part has one tag only: {names[0]!r}",
            "Expected at least two",
            "Is it the right column?",
        )


def require_length(
    sentences: Sequence[Sequence[str]], longest: int, place: Callable[[int], str]
) -> None:
    """Refuses a sentence that is so long that a blank line must be missing."""
    for index, tokens in enumerate(sentences):
        if len(tokens) > longest:
            hint = "Is a blank line missing between sentences? Else set data.max_length"
            raise RnnkitError(
                place(index),
                f"a sentence of {len(tokens):,} tokens",
                f"Expected at most {longest:,}",
                hint,
            )


def require_known_tags(examples: Examples, part: str, known: set[str]) -> None:
    """Refuses a tag that the model cannot answer, with its place and what to do about it in that
    part.
    """
    for index, tags in enumerate(examples.labels):
        for step, tag in enumerate(tags):
            if tag not in known:
                hints = {
                    "train": "Mend the line, or add the tag to `data.labels`",
                    "data": "Mend the line: the run gives no other tag",
                }
                hint = hints.get(part, "Mend the line, or name all tags in `data.labels`")
                got = (
                    f"step {step + 1} has the tag {tag!r}, which"
                    f" {'`data.labels`' if part == 'train' else 'the training part'} does not have"
                )
                shown = ", ".join(sorted(known)[:LISTED])
                raise RnnkitError(examples.place(index), got, f"Expected one of: {shown}", hint)
