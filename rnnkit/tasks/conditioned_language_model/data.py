"""Texts with their conditions, encoded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from rnnkit.data.batch.buckets import ConditionedTexts
from rnnkit.data.encode.cached import encode_cached
from rnnkit.data.encode.conditions import Condition, LabelCondition, NumberCondition
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.tokenizer import ENDS, Tokenizer
from rnnkit.data.raw.labelled import Examples, lacking_labels
from rnnkit.errors import at
from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.run import RunFolder
from rnnkit.tasks.conditioned_language_model.sections import ConditionedData, ConditionedSettings
from rnnkit.tasks.lengths import save_longest
from rnnkit.tasks.next_token import unknown_notes
from rnnkit.tasks.prepared import Source


@dataclass(frozen=True)
class ConditionedCodec:
    """A text to token ids, and its condition to a vector.

    Args:
        tokenizer: A tokenizer with `<start>` and `<end>`.
        condition: The codec of the condition: a label or numbers to (features,).
        longest: The tokens of the longest training text, with `<end>`; None in runs of earlier
            versions.
    """

    tokenizer: Tokenizer
    condition: Condition
    longest: int | None = None

    @property
    def ends(self) -> tuple[int, int]:
        """The ids of `<start>` and `<end>`."""
        start, end = (self.tokenizer.vocabulary.index(token) for token in ENDS)
        return start, end

    def save(self, run: RunFolder) -> None:
        """Saves the codec in the run folder."""
        self.tokenizer.save(run.tokenizer)
        self.condition.save(run)
        save_longest(run, self.longest)


@dataclass(frozen=True)
class ConditionedPart:
    """One part of the data.

    Args:
        examples: The raw texts.
        texts: Their token ids, from `<start>` to `<end>`.
        conditions: (texts, features) float32.
    """

    examples: Examples
    texts: Sequences
    conditions: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    def batches(self, batch_size: int) -> ConditionedTexts:
        return ConditionedTexts(self.texts, self.conditions, batch_size)

    def arrays(self) -> Iterable[np.ndarray]:
        return self.texts.flat, self.texts.lengths, self.conditions


def condition_class(settings: ConditionedSettings) -> type[LabelCondition | NumberCondition]:
    """The class of the condition's codec."""
    return NumberCondition if settings.condition == "features" else LabelCondition


def read_parts(data: ConditionedData, source: Source) -> tuple[dict[str, Examples], list[str]]:
    """The raw texts in parts, and remarks on what was dropped."""
    dataset = data.dataset.keeping(data.split.kept_columns)
    raw = dataset.sample() if source.sample else dataset.load()
    parts, notes = data.split.divide(raw.parts, sample=source.sample), list(raw.notes)
    if source.file is not None:
        with at(source.place):
            further = data.dataset.read_further(source.file)
        parts |= further.parts
        notes += further.notes
    return parts, notes + lacking_labels(parts, "text")


def encode(examples: Examples, codec: ConditionedCodec, max_length: int) -> ConditionedPart:
    """A part of the data, encoded, with texts truncated to `max_length` tokens."""
    start, end = codec.ends
    bodies = encode_cached(codec.tokenizer, examples.texts).truncate(max_length, "post")
    texts = Sequences.of([start, *bodies[row].tolist(), end] for row in range(len(bodies)))
    return ConditionedPart(examples, texts, codec.condition.encode(examples))


def encode_later(
    name: str, examples: Examples, codec: ConditionedCodec, max_length: int
) -> ConditionedPart:
    """A part of the data, encoded on first use; remarks on it are logged now."""
    part = encode(examples, codec, max_length)
    for line in [f"{name}: {_mean_length(part)}", *_unknown_lines({name: part}, codec)]:
        log.info(line)
    return part


def describe(
    codec: ConditionedCodec, parts: Mapping[str, ConditionedPart], raw: Mapping[str, Examples]
) -> list[str]:
    """Lines on sizes, vocabulary and conditions.

    Args:
        codec: The codec, which has the vocabulary.
        parts: The encoded parts.
        raw: All parts.
    """
    sizes = ", ".join(
        f"{name} {counted(len(examples), 'text')}"
        + (f" of {_mean_length(parts[name])}" if name in parts else "")
        for name, examples in raw.items()
    )
    return [
        f"{sizes}; vocabulary of {len(codec.tokenizer):,}",
        codec.condition.describe(),
        *_unknown_lines(parts, codec),
    ]


def _mean_length(part: ConditionedPart) -> str:
    return counted(round(part.texts.lengths.mean() - len(ENDS)), "token")


def _unknown_lines(parts: Mapping[str, ConditionedPart], codec: ConditionedCodec) -> list[str]:
    unknown = codec.tokenizer.unknown_id
    return unknown_notes(
        (name, int((part.texts.flat == unknown).sum()), len(part.texts.flat))
        for name, part in parts.items()
    )
