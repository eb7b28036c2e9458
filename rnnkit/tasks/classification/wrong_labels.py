"""The search for labels that are probably wrong: what a simple baseline says of rows that it has
not seen.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnkit.audit.doubtful import Answers, cross_validated, doubtful_labels, doubtful_of_several
from rnnkit.audit.finding import Finding, joined
from rnnkit.baselines.arrays import LogisticRegression, fit_regression, summaries
from rnnkit.baselines.text import BagOfNgrams, fit_bag_of_ngrams
from rnnkit.data.encode.ragged import Sequences
from rnnkit.quantities import counted
from rnnkit.tasks.audits import LEARNED_FROM, sample_of
from rnnkit.tasks.classification.data import ClassificationCodec, ClassificationPart
from rnnkit.tasks.classification.texts import LabelledTextCodec

MOST_LABELS = 10  # of several that are looked at: each has a regression of its own
SHARES = 3  # of the sample, where several labels have one each
FEWEST_ROWS = 20  # with a label, and without it


def wrong_labels(
    train: ClassificationPart, codec: ClassificationCodec, sampled: list[str]
) -> Iterator[Finding]:
    """Labels of the training set that are probably wrong; of several labels each by itself.

    Args:
        train: The training set.
        codec: Its codec.
        sampled: Gets a line about what is not looked at.
    """
    labels, several = np.arange(len(codec.labels)), codec.labels.several
    if several:
        labels = _frequent(train.targets)
        if len(labels) < len(codec.labels):
            sampled.append(
                f"the search for wrong labels reads the {len(labels):,} most frequent of"
                f" {len(codec.labels):,} labels"
            )
    if not len(labels):
        return
    rows = sample_of(
        train.whole.lengths, LEARNED_FROM // min(SHARES, len(labels) if several else 1)
    )
    if len(rows) < len(train):
        sampled.append(
            f"the search for wrong labels reads {len(rows):,} of"
            f" {counted(len(train), 'training text')}"
        )
    names = [codec.labels.names[label] for label in labels]
    whole = train.whole.take(rows)
    targets = train.targets[rows][:, labels] if several else train.targets[rows]
    new_baseline = _text_baseline if isinstance(codec, LabelledTextCodec) else _array_baseline
    baseline = new_baseline(whole, targets, codec.features, len(names))
    probabilities = cross_validated(targets, len(names), baseline)
    place = train.examples.place
    find = doubtful_of_several if several else doubtful_labels
    found = find(probabilities, targets, names, lambda index: place(int(rows[index])))
    yield from joined(found, "labels")


def _frequent(targets: np.ndarray) -> np.ndarray:
    """The labels of (rows, labels) zeros and ones that have rows enough, the most frequent ones, in
    the order of the labels.
    """
    counts = (targets > 0).sum(axis=0)
    enough = np.flatnonzero((counts >= FEWEST_ROWS) & (len(targets) - counts >= FEWEST_ROWS))
    return np.sort(enough[np.argsort(-counts[enough], kind="stable")][:MOST_LABELS])


def _text_baseline(whole: Sequences, targets: np.ndarray, features: int, labels: int) -> Answers:
    """The baseline of texts."""

    def answers(train: np.ndarray, held_out: np.ndarray) -> np.ndarray:
        texts = whole.take(train)
        terms = fit_bag_of_ngrams(texts.flat, texts.lengths, targets[train], features)
        return BagOfNgrams(terms, labels, features).predict(whole.take(held_out))

    return answers


def _array_baseline(whole: Sequences, targets: np.ndarray, features: int, labels: int) -> Answers:
    """The baseline of sequences of numbers, with a regression for each of several labels."""

    def presence(
        train: np.ndarray, held_out: np.ndarray, classes: np.ndarray, count: int
    ) -> np.ndarray:
        if len(np.unique(classes[train])) < 2:
            return np.eye(count)[np.repeat(classes[train][:1].astype(np.int64), len(held_out))]
        fitted = fit_regression(summaries(whole.take(train)), classes[train])
        return LogisticRegression(fitted, count).predict(summaries(whole.take(held_out)))

    def answers(train: np.ndarray, held_out: np.ndarray) -> np.ndarray:
        if targets.ndim == 1:
            return presence(train, held_out, targets, labels)
        columns = [
            presence(train, held_out, (label > 0).astype(np.int64), 2)[:, 1] for label in targets.T
        ]
        return np.stack(columns, axis=1)

    return answers
