"""What an audit looks at in labelled texts and sequences of numbers."""

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
        settings: Its `task:` section.
        section: Its `data:` section.
        data: Prepared.
        parameters: The parameters of the model, besides embeddings.
    """
    parts, codec = dict(data.parts), data.codec
    train, unit = parts["train"], "texts" if section.reads_text else "sequences"
    classes = {part: _counts(own, codec.labels.names) for part, own in parts.items()}
    lengths = {part: own.whole.lengths for part, own in parts.items()}
    weighs = BALANCED if settings.class_weight == "none" else ""
    looks, facts, sampled = list[Iterator[Finding]](), facts_of(lengths, unit), list[str]()
    if isinstance(codec, LabelledTextCodec):
        vocabulary = vocabulary_of(
            codec.tokenizer,
            section.tokenizer,
            "data.tokenizer",
            fixed=section.dataset.has_own_tokenizer or codec.spell is not None,
        )
        flats = {part: own.whole.flat for part, own in parts.items()}
        facts = facts_of(lengths, unit, flats, vocabulary)
        looks += _of_texts(parts, vocabulary, section, data.batch_size)
        looks.append(_shortcuts(train, codec))
    else:
        looks += _of_arrays(train, codec.labels)
    looks.append(wrong_labels(train, codec, sampled))
    looks += [
        *_of_rows(parts, unit),
        skewed_classes(classes["train"], unit, weighs),
        rare_classes(classes["train"], unit),
        missing_classes(classes),
        shifted_classes(classes),
        size_findings(parts, (len(train), unit), parameters, unit),
    ]
    for part, own in parts.items():
        facts[part]["truncated"] = int((own.whole.lengths > own.inputs.lengths).sum())
        widths = in_buckets(own.batches(data.batch_size), data.num_buckets).widths
        facts[part]["padding"], facts[part]["unbucketed"] = bucketed_padding(
            own.inputs.lengths, widths, data.batch_size
        )
    length_unit = "tokens" if section.reads_text else "steps"
    findings = ordered(gathered(*looks))
    return Audit(findings, facts, length_unit, lengths, classes, sampled=sampled)


def _counts(part: ClassificationPart, names: tuple[str, ...]) -> dict[str, int]:
    counts = Counter(name for label in part.examples.labels for name in label)
    return {name: counts.get(name, 0) for name in names}


def _of_rows(parts: Mapping[str, ClassificationPart], unit: str) -> list[Iterator[Finding]]:
    """What concerns whole rows: repetitions, and labels that contradict each other."""
    texts = {part: own.examples.texts for part, own in parts.items()}
    places = {part: own.examples.place for part, own in parts.items()}
    contents = (text_contents if unit == "texts" else array_contents)(texts, places, unit)
    labels = [tuple(sorted(each)) for own in parts.values() for each in own.examples.labels]
    return [
        shared_rows(contents),
        repeated_rows("train", contents["train"]),
        conflicting_labels(all_rows(contents), labels),
    ]


def _of_texts(
    parts: Mapping[str, ClassificationPart],
    vocabulary: Vocabulary,
    section: ClassificationData,
    batch_size: int,
) -> list[Iterator[Finding]]:
    """What concerns tokens: vocabulary, truncation, padding."""
    flats = {part: own.whole.flat for part, own in parts.items()}
    looks = [
        vocabulary_findings(flats, vocabulary),
    ]
    train = parts["train"]
    whole, seen, place = train.whole.lengths, train.inputs.lengths, train.examples.place
    looks.append(truncation("train", whole, seen, place, "data.max_length"))
    if section.batching == "fixed":
        keys = ["data.batching: bucket"]
        keys += ["data.mask: true"] if not section.mask else []
        keys += ["data.padding: post"] if section.padding == "pre" else []
        cure = "Write " + " and ".join(f"`{key}`" for key in keys)
        lengths = train.inputs.lengths
        widths = bucket_widths(lengths, min(batch_size, len(train)))
        fixed = padding_shares(lengths, [section.max_length or int(lengths.max())], batch_size)
        narrow, _ = bucketed_padding(lengths, widths, batch_size)
        looks.append(wasteful_padding(fixed, narrow, cure))
    return looks


def _shortcuts(train: ClassificationPart, codec: LabelledTextCodec) -> Iterator[Finding]:
    tokens = Tokens(
        train.whole.flat, train.whole.lengths, codec.tokenizer.vocabulary, train.examples.place
    )
    yield from telling_tokens(tokens, train.targets, codec.labels.names)


def _of_arrays(train: ClassificationPart, labels: Labels) -> list[Iterator[Finding]]:
    """What concerns features: those that are constant, or a label itself."""
    arrays = [np.asarray(array, float) for array in train.examples.texts]
    low = np.stack([array.min(axis=0) for array in arrays])
    high = np.stack([array.max(axis=0) for array in arrays])
    names = [f"feature {number}" for number in range(low.shape[1])]
    looks = [constant_features(low.min(axis=0), high.max(axis=0), names, "steps")]
    columns, place = np.where(low == high, low, np.nan), train.examples.place
    if not labels.several:
        return [*looks, telling_features(columns, train.targets, place, "sequences")]
    for name, own in zip(labels.names, train.targets.T, strict=True):
        has = (own > 0).astype(np.int64)
        looks.append(telling_features(columns, has, place, "sequences", f"the label {name}"))
    return looks
