"""Labels that are probably wrong.

Source: Northcutt, Jiang and Chuang 2021, "Confident learning", in its simplest form, with a
stricter rule: only rows for which another label is nearly certain.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence

import numpy as np

from rnnkit.audit.finding import MOST_ROWS, Finding, Place, count_and_places, severity_of
from rnnkit.quantities import counted, percent

FOLDS = 4
FEWEST = 80  # rows for a cross-validation
CREDIBLE = 0.75  # least accuracy of a baseline that may judge labels
BETTER = 0.15  # least advantage over the most frequent label, as a share of its errors
CERTAIN = 0.95  # least probability of another label
DENIED = 0.03  # highest probability of the row's own label
OFTEN = 8  # least occurrences of a context with its usual tag
RARELY = 0.1  # highest share of other tags in a context

Answers = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""A function from the rows to train on and the rows to answer to probabilities, (rows, labels)."""


def cross_validated(targets: np.ndarray, labels: int, answers: Answers) -> np.ndarray:
    """The probabilities of a baseline for each row, trained on the other folds, (rows, labels); NaN
    if they have a single label.

    Args:
        targets: Label indices, (rows,), or zeros and ones, (rows, labels).
        labels: The number of labels.
        answers: The baseline.
    """
    probabilities = np.full((len(targets), labels), np.nan)
    fold = np.random.default_rng(0).permutation(len(targets)) % FOLDS
    for number in range(FOLDS):
        train, held_out = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        if len(np.unique(targets[train])) > 1:
            probabilities[held_out] = answers(train, held_out)
    return probabilities


def doubtful_labels(
    probabilities: np.ndarray, targets: np.ndarray, labels: Sequence[str], place: Place
) -> Iterator[Finding]:
    """Rows for which a credible baseline, trained on other rows, predicts another label.

    Args:
        probabilities: As from `cross_validated`, (rows, labels).
        targets: Label indices, (rows,).
        labels: The names of the labels.
        place: The place of each row.
    """
    known = np.flatnonzero(~np.isnan(probabilities).any(axis=1))
    assigned = targets[known]
    answers = probabilities[known].argmax(axis=1)
    if not _is_credible(answers, assigned):
        return
    accuracy = float((answers == assigned).mean())
    best = probabilities[known].max(axis=1)
    of_assigned = probabilities[known, assigned]
    # the mean probability of the answers of each label: a confidence above the label's usual one
    # is required
    usual = np.array(
        [
            best[answers == label].mean() if (answers == label).any() else 1.0
            for label in range(len(labels))
        ]
    )
    certain = best >= np.maximum(CERTAIN, usual[answers])
    wrong = (answers != assigned) & certain & (of_assigned <= DENIED)
    if not wrong.any():
        return
    order = known[wrong][np.argsort(of_assigned[wrong] - best[wrong], kind="stable")]
    count, rows = count_and_places(place, order)
    first = order[0]
    share = count / len(known)
    what = (
        f"{counted(count, 'doubtful label')}: a simple baseline, {percent(accuracy)} right on"
        f" held-out rows, is nearly certain of another one. The first row is labelled"
        f" {labels[targets[first]]}, and it predicts {labels[int(probabilities[first].argmax())]}"
    )
    cure = "Read these rows, the first ones first, and correct the labels that are wrong"
    yield Finding(
        "doubtful_labels", severity_of(share, 1.1, 0.01), "train", what, cure, count, rows
    )


def _is_credible(answers: np.ndarray, targets: np.ndarray) -> bool:
    """Whether a baseline is accurate enough to judge labels."""
    if len(targets) < FEWEST:
        return False
    common = np.bincount(targets).max() / len(targets)
    return bool((answers == targets).mean() >= max(CREDIBLE, common + BETTER * (1 - common)))


def doubtful_of_several(
    probabilities: np.ndarray, targets: np.ndarray, labels: Sequence[str], place: Place
) -> Iterator[Finding]:
    """Doubtful labels of rows that may have several, each label against the rows without it. As the
    accuracy of a rare label is high by chance, its baseline must also have a high precision and
    recall.

    Args:
        probabilities: As from `cross_validated`, (rows, labels).
        targets: Zeros and ones, (rows, labels).
        labels: The names of the labels.
        place: The place of each row.
    """
    for index, name in enumerate(labels):
        has_label, probability = targets[:, index] > 0, probabilities[:, index]
        predicted = probability > 0.5
        hits = int((predicted & has_label).sum())
        if hits >= CREDIBLE * max(1, has_label.sum(), predicted.sum()):
            both = np.stack([1 - probability, probability], axis=1)
            names = f"not {name}", name
            yield from doubtful_labels(both, has_label.astype(np.int64), names, place)


def inconsistent_tags(
    sentences: Sequence[Sequence[str]], tags: Sequence[Sequence[str]], place: Place
) -> Iterator[Finding]:
    """Tags that differ from those of the same words in the same context.

    Source: Dickinson and Meurers 2003, "Detecting errors in part-of-speech annotation".

    Args:
        sentences: The tokens of each sentence.
        tags: The tags of each sentence.
        place: The place of each sentence.
    """
    occurrences: dict[Hashable, list[tuple[int, int]]] = defaultdict(list)
    for index, words in enumerate(sentences):
        lowered = ["<s>", "<s>", *(word.casefold() for word in words), "</s>", "</s>"]
        for step in range(len(words)):
            context = tuple(lowered[step : step + 5])
            if sum(word not in ("<s>", "</s>") for word in context) >= 4:
                occurrences[context].append((index, step))
    odd: list[tuple[int, int, str]] = []
    for places in occurrences.values():
        if len(places) <= OFTEN:
            continue
        counts = Counter(tags[index][step] for index, step in places)
        usual, count = counts.most_common(1)[0]
        if count >= OFTEN and 0 < len(places) - count <= RARELY * len(places):
            odd += [(index, step, usual) for index, step in places if tags[index][step] != usual]
    if not odd:
        return
    first, step, usual = odd[0]
    example = f"{sentences[first][step]!r} is {tags[first][step]}, elsewhere {usual}"
    rows = tuple(f"{place(index)}, token {step + 1}" for index, step, _ in odd[:MOST_ROWS])
    what = (
        f"{counted(len(odd), 'tag')} unlike those of the same words in the same context: {example}"
    )
    cure = "Read these rows and correct the tags that are wrong"
    yield Finding("doubtful_labels", "low", "train", what, cure, len(odd), rows)
