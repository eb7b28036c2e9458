"""The audit of tagged sentences, and of sequences with a label at every step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

import numpy as np

from rnnkit.audit.audit import Audit
from rnnkit.audit.classes import missing_classes, rare_classes
from rnnkit.audit.doubtful import inconsistent_tags
from rnnkit.audit.duplicates import Content, conflicting_labels, repeated_rows, shared_rows
from rnnkit.audit.finding import Finding, ordered
from rnnkit.audit.shortcuts import constant_features, telling_features
from rnnkit.audit.size import size_findings
from rnnkit.audit.vocabulary import vocabulary_findings
from rnnkit.data.encode.codecs import WordCodec
from rnnkit.data.raw.labelled import Examples
from rnnkit.tasks.audits import (
    all_rows,
    array_contents,
    bucketed_padding,
    facts_of,
    gathered,
    label_counts,
    token_contents,
    vocabulary_of,
)
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.tagging.data import TaggedPart, TaggingCodec
from rnnkit.tasks.tagging.sections import TaggingData
from rnnkit.training.batches import in_buckets

MOST_TOKENS = 2_000_000  # most tokens that are searched for inconsistent tags


def audit(section: TaggingData, data: Prepared[TaggingCodec, TaggedPart], parameters: int) -> Audit:
    """The findings and facts about tagged sequences.

    Args:
        section: The `data:` section.
        data: The prepared data.
        parameters: The model's number of parameters, embeddings aside.
    """
    parts, codec = dict(data.parts), data.codec
    train, examples = parts["train"], parts["train"].examples
    unit = "sentences" if isinstance(codec, WordCodec) else "sequences"
    lengths = {name: part.inputs.lengths for name, part in parts.items()}
    tags = {name: chain.from_iterable(part.examples.labels) for name, part in parts.items()}
    classes = label_counts(tags)  # as the data write them
    facts, findings = facts_of(lengths, unit), list[Iterator[Finding]]()
    texts = {name: part.examples.texts for name, part in parts.items()}
    places = {name: part.examples.place for name, part in parts.items()}
    if isinstance(codec, WordCodec):
        vocabulary = vocabulary_of(
            codec.tokenizer, section.words, "data.words", fixed=codec.spell is not None
        )
        flats = {name: codec.ids(part.inputs).flat for name, part in parts.items()}
        facts = facts_of(lengths, unit, flats, vocabulary)
        contents = token_contents(texts, places, unit)
        findings += [
            vocabulary_findings(flats, vocabulary),
            inconsistent_tags(*_first_sentences(examples), examples.place),
        ]
    else:
        contents = array_contents(texts, places, unit)
        findings += _feature_findings(train)
    findings += [
        *_row_findings(parts, contents),
        rare_classes(classes["train"], "steps" if unit == "sequences" else "tokens"),
        missing_classes(classes),
        size_findings(parts, (int(train.inputs.lengths.sum()), "tags"), parameters, unit),
    ]
    for name, part in parts.items():
        widths = in_buckets(part.batches(data.batch_size), data.num_buckets).widths
        facts[name]["padding"], facts[name]["unbucketed"] = bucketed_padding(
            part.inputs.lengths, widths, data.batch_size
        )
    length_unit = "tokens" if unit == "sentences" else "steps"
    return Audit(ordered(gathered(*findings)), facts, length_unit, lengths, classes)


def _first_sentences(examples: Examples) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """The first sentences with their tags: all but of a very large training set."""
    sentences, tokens = [], 0
    for sentence in examples.texts:
        tokens += len(sentence)
        if tokens > MOST_TOKENS:
            break
        sentences.append(sentence)
    return sentences, list(examples.labels[: len(sentences)])


def _row_findings(
    parts: Mapping[str, TaggedPart], contents: Mapping[str, Content]
) -> list[Iterator[Finding]]:
    """The findings about whole sequences: repetitions and contradictory tags."""
    labels = [tags for part in parts.values() for tags in part.examples.labels]
    return [
        shared_rows(contents),
        repeated_rows("train", contents["train"]),
        conflicting_labels(all_rows(contents), labels, "tags"),
    ]


def _feature_findings(train: TaggedPart) -> list[Iterator[Finding]]:
    """The findings about features: constant ones, and those that give the label away."""
    steps = np.concatenate([np.asarray(array, float) for array in train.examples.texts])
    names = [f"feature {number}" for number in range(steps.shape[1])]
    ends, place = np.cumsum(train.inputs.lengths), train.examples.place

    def place_of(step: int) -> str:
        row = int(np.searchsorted(ends, step, side="right"))
        return f"{place(row)}, step {step - int(ends[row - 1] if row else 0) + 1}"

    return [
        constant_features(steps.min(axis=0), steps.max(axis=0), names, "steps"),
        telling_features(steps, train.targets.flat, place_of, "steps"),
    ]
