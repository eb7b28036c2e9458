"""The audit of texts with conditions."""

from __future__ import annotations

from itertools import chain

import numpy as np

from rnnkit.audit.audit import Audit
from rnnkit.audit.classes import missing_classes, rare_classes, shifted_classes
from rnnkit.audit.duplicates import repeated_rows, shared_rows
from rnnkit.audit.finding import ordered
from rnnkit.audit.lengths import truncation
from rnnkit.audit.shortcuts import constant_features
from rnnkit.audit.size import size_findings
from rnnkit.audit.vocabulary import vocabulary_findings
from rnnkit.data.encode.cached import encode_cached
from rnnkit.data.encode.tokenizer import ENDS
from rnnkit.tasks.audits import (
    bucketed_padding,
    facts_of,
    gathered,
    label_counts,
    text_contents,
    vocabulary_of,
)
from rnnkit.tasks.conditioned_language_model.data import ConditionedCodec, ConditionedPart
from rnnkit.tasks.conditioned_language_model.sections import ConditionedData
from rnnkit.tasks.prepared import Prepared
from rnnkit.training.batches import in_buckets


def audit(
    section: ConditionedData, data: Prepared[ConditionedCodec, ConditionedPart], parameters: int
) -> Audit:
    """The findings and facts about texts with conditions.

    Args:
        section: The `data:` section.
        data: The prepared data.
        parameters: The model's number of parameters, embeddings aside.
    """
    parts, codec = dict(data.parts), data.codec
    train, examples = parts["train"], parts["train"].examples
    vocabulary = vocabulary_of(codec.tokenizer, section.tokenizer, "data.tokenizer")
    flats = {name: part.texts.flat for name, part in parts.items()}
    lengths = {name: part.texts.lengths - len(ENDS) for name, part in parts.items()}
    texts = {name: part.examples.texts for name, part in parts.items()}
    places = {name: part.examples.place for name, part in parts.items()}
    contents = text_contents(texts, places, "texts")
    whole = encode_cached(codec.tokenizer, examples.texts).lengths
    predicted = int(train.texts.lengths.sum()) - len(train)
    findings = [
        shared_rows(contents),
        repeated_rows("train", contents["train"]),
        vocabulary_findings(flats, vocabulary),
        truncation("train", whole, lengths["train"], examples.place, "data.max_length"),
        size_findings(parts, (predicted, "tokens to predict"), parameters, "texts"),
    ]
    classes: dict[str, dict[str, int]] = {}
    if examples.features is None:
        labels = {name: chain.from_iterable(part.examples.labels) for name, part in parts.items()}
        classes = label_counts(labels)
        findings += [
            rare_classes(classes["train"], "texts"),
            missing_classes(classes),
            shifted_classes(classes),
        ]
    else:
        numbers = np.asarray(examples.features, float)
        columns = [f"feature {number}" for number in range(numbers.shape[1])]
        findings.append(
            constant_features(numbers.min(axis=0), numbers.max(axis=0), columns, "texts")
        )
    facts = facts_of(lengths, "texts", flats, vocabulary)
    for name, part in parts.items():
        widths = in_buckets(part.batches(data.batch_size), data.num_buckets).widths
        facts[name]["padding"], facts[name]["unbucketed"] = bucketed_padding(
            part.texts.lengths, widths, data.batch_size
        )
    return Audit(ordered(gathered(*findings)), facts, "tokens", lengths, classes)
