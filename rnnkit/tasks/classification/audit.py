"""The audit of labelled texts and sequences of numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from rnnkit.audit.audit import Audit
from rnnkit.audit.classes import missing_classes, rare_classes, shifted_classes, skewed_classes
from rnnkit.audit.duplicates import conflicting_labels, repeated_rows, shared_rows
from rnnkit.audit.finding import Finding, ordered
from rnnkit.audit.lengths import padding_shares, truncation, wasteful_padding
from rnnkit.audit.shortcuts import Tokens, constant_features, telling_features, telling_tokens
from rnnkit.audit.size import size_findings
from rnnkit.audit.vocabulary import (
    Vocabulary,
    vocabulary_findings,
)
from rnnkit.data.batch.widths import bucket_widths
from rnnkit.data.encode.labels import Labels
from rnnkit.tasks.audits import (
    all_rows,
    array_contents,
    bucketed_padding,
    facts_of,
    gathered,
    text_contents,
    vocabulary_of,
)
from rnnkit.tasks.class_weights import KEY
from rnnkit.tasks.classification.data import ClassificationCodec, ClassificationPart
from rnnkit.tasks.classification.sections import ClassificationData, ClassificationSettings
from rnnkit.tasks.classification.texts import LabelledTextCodec
from rnnkit.tasks.classification.wrong_labels import wrong_labels
from rnnkit.tasks.prepared import Prepared
from rnnkit.training.batches import in_buckets

Data = Prepared[ClassificationCodec, ClassificationPart]
BALANCED = f"Write `{KEY}: balanced`, or `{KEY}: sqrt` for less of it"


def audit(
    settings: ClassificationSettings, section: ClassificationData, data: Data, parameters: int
) -> Audit:
    """The audit of a classification.

    Args:
        settings: The `task:` section.
        section: The `data:` section.
        data: The prepared data.
        parameters: The model's number of parameters, embeddings aside.
    """
    parts, codec = dict(data.parts), data.codec
    train, unit = parts["train"], "texts" if section.reads_text else "sequences"
    classes = {name: _counts(part, codec.labels.names) for name, part in parts.items()}
    lengths = {name: part.whole.lengths for name, part in parts.items()}
    weighs = BALANCED if settings.class_weight == "none" else ""
    findings, facts, sampled = list[Iterator[Finding]](), facts_of(lengths, unit), list[str]()
    if isinstance(codec, LabelledTextCodec):
        vocabulary = vocabulary_of(
            codec.tokenizer,
            section.tokenizer,
            "data.tokenizer",
            fixed=section.dataset.has_own_tokenizer or codec.spell is not None,
        )
        flats = {name: part.whole.flat for name, part in parts.items()}
        facts = facts_of(lengths, unit, flats, vocabulary)
        findings += _text_findings(parts, vocabulary, section, data.batch_size)
        findings.append(_shortcuts(train, codec))
    else:
        findings += _feature_findings(train, codec.labels)
    findings.append(wrong_labels(train, codec, sampled))
    findings += [
        *_row_findings(parts, unit),
        skewed_classes(classes["train"], unit, weighs),
        rare_classes(classes["train"], unit),
        missing_classes(classes),
        shifted_classes(classes),
        size_findings(parts, (len(train), unit), parameters, unit),
    ]
    for name, part in parts.items():
        facts[name]["truncated"] = int((part.whole.lengths > part.inputs.lengths).sum())
        widths = in_buckets(part.batches(data.batch_size), data.num_buckets).widths
        facts[name]["padding"], facts[name]["unbucketed"] = bucketed_padding(
            part.inputs.lengths, widths, data.batch_size
        )
    length_unit = "tokens" if section.reads_text else "steps"
    return Audit(
        ordered(gathered(*findings)), facts, length_unit, lengths, classes, sampled=sampled
    )


def _counts(part: ClassificationPart, names: tuple[str, ...]) -> dict[str, int]:
    counts = Counter(name for label in part.examples.labels for name in label)
    return {name: counts.get(name, 0) for name in names}


def _row_findings(parts: Mapping[str, ClassificationPart], unit: str) -> list[Iterator[Finding]]:
    """The findings about whole rows: repetitions and contradictory labels."""
    texts = {name: part.examples.texts for name, part in parts.items()}
    places = {name: part.examples.place for name, part in parts.items()}
    contents = (text_contents if unit == "texts" else array_contents)(texts, places, unit)
    labels = [tuple(sorted(names)) for part in parts.values() for names in part.examples.labels]
    return [
        shared_rows(contents),
        repeated_rows("train", contents["train"]),
        conflicting_labels(all_rows(contents), labels),
    ]


def _text_findings(
    parts: Mapping[str, ClassificationPart],
    vocabulary: Vocabulary,
    section: ClassificationData,
    batch_size: int,
) -> list[Iterator[Finding]]:
    """The findings about tokens: vocabulary, truncation and padding."""
    flats = {name: part.whole.flat for name, part in parts.items()}
    findings = [vocabulary_findings(flats, vocabulary)]
    train = parts["train"]
    whole, seen, place = train.whole.lengths, train.inputs.lengths, train.examples.place
    findings.append(truncation("train", whole, seen, place, "data.max_length"))
    if section.batching == "fixed":
        keys = ["data.batching: bucket"]
        keys += ["data.mask: true"] if not section.mask else []
        keys += ["data.padding: post"] if section.padding == "pre" else []
        cure = "Write " + " and ".join(f"`{key}`" for key in keys)
        lengths = train.inputs.lengths
        widths = bucket_widths(lengths, min(batch_size, len(train)))
        fixed = padding_shares(lengths, [section.max_length or int(lengths.max())], batch_size)
        narrow, _ = bucketed_padding(lengths, widths, batch_size)
        findings.append(wasteful_padding(fixed, narrow, cure))
    return findings


def _shortcuts(train: ClassificationPart, codec: LabelledTextCodec) -> Iterator[Finding]:
    tokens = Tokens(
        train.whole.flat, train.whole.lengths, codec.tokenizer.vocabulary, train.examples.place
    )
    yield from telling_tokens(tokens, train.targets, codec.labels.names)


def _feature_findings(train: ClassificationPart, labels: Labels) -> list[Iterator[Finding]]:
    """The findings about features: constant ones, and those that give the label away."""
    arrays = [np.asarray(array, float) for array in train.examples.texts]
    low = np.stack([array.min(axis=0) for array in arrays])
    high = np.stack([array.max(axis=0) for array in arrays])
    names = [f"feature {number}" for number in range(low.shape[1])]
    findings = [constant_features(low.min(axis=0), high.max(axis=0), names, "steps")]
    columns, place = np.where(low == high, low, np.nan), train.examples.place
    if not labels.several:
        return [*findings, telling_features(columns, train.targets, place, "sequences")]
    for name, column in zip(labels.names, train.targets.T, strict=True):
        has_label = (column > 0).astype(np.int64)
        label = f"the label {name}"
        findings.append(telling_features(columns, has_label, place, "sequences", label))
    return findings
