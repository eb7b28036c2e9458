"""What a classifier learns from: the `data:` section, texts and sequences of numbers in parts, and
their labels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from rnnkit.config.spec import Component, Spec
from rnnkit.data.batch.buckets import Buckets, bucket_widths
from rnnkit.data.dataset import ArrayDataset, LabelledDataset
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.data.encode.cleaning import Rule
from rnnkit.data.encode.codecs import TextCodec
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.ragged import Sequences, Side
from rnnkit.data.encode.tokenizer import TokenizerSpec, Word
from rnnkit.data.raw.labelled import Examples, label_counts, places
from rnnkit.data.raw.split import LabelledSplit
from rnnkit.errors import RnnkitError, at
from rnnkit.run import RunFolder
from rnnkit.tasks.task import InBuckets

LONGEST = 10_000  # tokens of a text where the config sets no bound
SHOWN_CHARACTERS = 100
SHOWN_LABELS = 20
FEW_LABELS = 3


class ClassificationData(Spec):
    """The `data:` section."""

    dataset: Annotated[LabelledDataset | ArrayDataset, Component("dataset")]
    tokenizer: Annotated[TokenizerSpec, Component("tokenizer")] = Word()
    clean: list[Rule] = Field(
        [], description="rules applied to a text before it is cut into tokens"
    )
    labels: list[str | int] | None = Field(
        None, description="the labels there may be; those of the training part where unset"
    )
    max_length: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="tokens that the model sees of a text; 10,000 where unset",
    )
    truncating: Side = Field(
        "pre",
        description="which end of a longer text is left out: pre, its beginning, or post, its end",
    )
    batching: Literal["bucket", "fixed"] = Field(
        "bucket",
        description="bucket: texts of similar length together; fixed: all as long as max_length",
    )
    padding: Side = Field(
        "post", description="where a short text is filled up: post, after it, or pre, before it"
    )
    mask: bool = Field(True, description="whether the model leaves the padding out of account")
    split: LabelledSplit = LabelledSplit()


Codec = TextCodec | ArrayCodec


@dataclass
class Part:
    """One part of the data.

    Args:
        examples: The raw texts, or sequences of numbers.
        whole: Their token ids, or numbers, as long as they are.
        texts: What the model sees of them.
        targets: (texts,) label indices, or (texts, labels) zeros and ones.
    """

    examples: Examples
    whole: Sequences
    texts: Sequences
    targets: np.ndarray


@dataclass
class LabelledData(InBuckets):
    """Encoded texts, or sequences of numbers, with their labels.

    Args:
        codec: Text to ids or numbers to their scale, and labels.
        parts: Each part's texts and targets.
        config: The `data:` section.
        batch_size: Texts of a batch.
        notes: What was left out or is remarkable.
    """

    codec: Codec
    parts: dict[str, Part]
    config: ClassificationData
    batch_size: int
    notes: list[str] = field(default_factory=list)

    def batches(self, part: str, batch_size: int) -> Buckets:
        """A part in batches."""
        texts, targets = self.parts[part].texts, self.parts[part].targets
        widths = (
            [self.config.max_length or 1]
            if self.config.batching == "fixed"
            else bucket_widths(texts.lengths, min(batch_size, len(targets)))
        )
        # nothing tells a padded step of numbers from a real one: they are of one length
        if isinstance(self.codec, ArrayCodec):
            widths = [int(texts.lengths.max())]
        return Buckets(texts, targets, batch_size, widths, self.config.padding)

    @property
    def fingerprint(self) -> str:
        arrays = [
            array
            for _, part in sorted(self.parts.items())
            for array in (part.texts.flat, part.texts.lengths, part.targets)
        ]
        return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()

    def describe(self) -> list[str]:
        labels = self.codec.labels
        counted = listed(
            [f"{name} {count:,}" for name, count in zip(labels.names, labels.counts, strict=True)]
        )
        if isinstance(self.codec, ArrayCodec):
            sizes = ", ".join(
                f"{name} {len(part.texts):,} sequences of {part.texts.lengths[0]} steps"
                for name, part in self.parts.items()
            )
            return [
                f"{sizes}; {self.codec.features} features",
                f"{len(labels)} labels in training: {counted}",
                *self.notes,
            ]
        tokenizer = self.codec.tokenizer
        sizes = ", ".join(
            f"{name} {len(part.examples):,} texts" for name, part in self.parts.items()
        )
        lines = [
            f"{sizes}; vocabulary of {len(tokenizer):,}",
            f"{len(labels)} labels in training: {counted}",
        ]
        for name, part in self.parts.items():
            unknown = np.count_nonzero(part.whole.flat == tokenizer.unknown_id) / max(
                1, len(part.whole.flat)
            )
            lines.append(
                f"{name}: {part.whole.lengths.mean():.0f} tokens a text, the longest"
                f" {part.whole.lengths.max():,}; {unknown:.1%} <unk>"
                + (
                    f"; {cut:,} texts cut"
                    if (cut := int((part.whole.lengths > part.texts.lengths).sum()))
                    else ""
                )
            )
        return lines + self.notes

    def save(self, run: RunFolder) -> None:
        self.codec.save(run)


def encode_arrays(parts: Mapping[str, Examples], codec: Any) -> tuple[ArrayCodec, dict[str, Part]]:
    """Sequences of numbers on the codec's scale."""
    encoded = {}
    for part, examples in parts.items():
        with at("--data" if part == "data" else "data.dataset"):
            codec.require_features(examples.texts, part)
        sequences = codec.encode(examples.texts)
        encoded[part] = Part(examples, sequences, sequences, codec.labels.encode(examples.labels))
    return codec, encoded


def require_known_labels(examples: Examples, labels: Labels, part: str) -> None:
    """Refuses a label that the model cannot answer, with its place and what to do about it in that
    part.
    """
    known = set(labels.names)
    for index, given in enumerate(examples.labels):
        for name in given:
            if name not in known:
                no_other = "Mend the row: the run gives no other label"
                hints = {
                    "train": "Mend the row, or add the label to `data.labels`",
                    "run": no_other,
                    "data": no_other,
                }
                hint = hints.get(part, "Mend the row, or name all labels in `data.labels`")
                who = {"train": "`data.labels`", "run": "the run"}.get(part, "the training part")
                got = f"the label {shown(name)!r}, which {who} does not have"
                raise RnnkitError(
                    examples.place(index), got, f"Expected one of: {listed(labels.names)}", hint
                )


def require_shared_labels(examples: Examples) -> None:
    """Refuses a column that holds something else for nearly every text, such as a number or a
    title.
    """
    counts = label_counts(examples.labels)
    require_two_labels(counts)
    if len(counts) > max(FEW_LABELS, 0.75 * len(examples)):
        such = ", ".join(repr(shown(name)) for name in list(counts)[:3])
        got = f"{len(counts):,} different labels for {len(examples):,} texts, such as {such}"
        raise RnnkitError(
            "data.dataset",
            got,
            "Expected labels that texts have in common",
            "Is it the right column?",
        )


def require_two_labels(counts: Mapping[str, int]) -> None:
    """Refuses data in which there is nothing to tell apart."""
    if len(counts) < 2:
        ((name, count),) = counts.items()
        got = f"the training part has one label only: {shown(name)!r}, {count:,} times"
        raise RnnkitError("data.dataset", got, "Expected at least two", "Is it the right column?")


def rare_labels(examples: Examples) -> list[str]:
    """A line about labels of one training text: often a slip of the pen."""
    counts = label_counts(examples.labels)
    rare = [
        f"{shown(name)!r} ({examples.place(row)})"
        for row, label in enumerate(examples.labels)
        for name in label
        if counts[name] == 1
    ]
    return [f"{len(rare):,} labels have one training text only: {places(rare)}"] if rare else []


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - SHOWN_LABELS:,} more" if len(names) > SHOWN_LABELS else ""
    return ", ".join(map(shown, names[:SHOWN_LABELS])) + more


def shown(text: str) -> str:
    """A text on one line, without what a terminal would take for a command."""
    text = "".join(
        character if character.isprintable() else " " for character in text[: 10 * SHOWN_CHARACTERS]
    )
    text = " ".join(text.split())
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "..."
