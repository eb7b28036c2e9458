"""Labels that are probably wrong.

Source: Northcutt, Jiang and Chuang 2021, "Confident learning", in its simplest form, with a
stricter rule: only rows of which another label is nearly certain.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence

import numpy as np

from rnnkit.audit.finding import MOST_ROWS, Finding, Place, rows_at, severity_of
from rnnkit.quantities import counted

FOLDS = 4
FEWEST = 80  # rows that can be divided into folds
CREDIBLE = 0.75  # of the rows that a baseline must answer right to be a judge of labels
BETTER = 0.15  # by which it must beat the most frequent label
CERTAIN = 0.95  # the probability of another label
DENIED = 0.03  # that of the row's own
OFTEN = 8  # times that a context has one tag
RARELY = 0.1  # of a context's tags

Answers = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Takes the rows to learn from and the rows to answer; gives probabilities, (rows, labels)."""


def cross_validated(targets: np.ndarray, labels: int, answers: Answers) -> np.ndarray:
    """What a baseline that was trained on the other folds says of each row, (rows, labels); NaN
    where it cannot be asked.

    Args:
        targets: (rows,) the index of each row's label, or (rows, labels) zeros and ones.
        labels: How many there are.
        answers: The baseline.
    """
    probabilities = np.full((len(targets), labels), np.nan)
    fold = np.random.default_rng(0).permutation(len(targets)) % FOLDS
    for number in range(FOLDS):
        train, asked = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        if len(np.unique(targets[train])) > 1:
            probabilities[asked] = answers(train, asked)
    return probabilities


def doubtful_labels(
    probabilities: np.ndarray, targets: np.ndarray, labels: Sequence[str], place: Place
) -> Iterator[Finding]:
    """Rows for which a credible baseline, trained on other rows, predicts another label.

    Args:
        probabilities: (rows, labels) as in `cross_validated`.
        targets: (rows,) the index of each row's label.
        labels: Their names.
        place: Where each comes from.
    """
    known = np.flatnonzero(~np.isnan(probabilities).any(axis=1))
    given = targets[known]
    answers = probabilities[known].argmax(axis=1)
    if not _is_credible(answers, given):
        return
    accuracy = float((answers == given).mean())
    best = probabilities[known].max(axis=1)
    own = probabilities[known, given]
    # of each label, what its own rows get on average: of a label that is rarely certain, less is
    # asked
    certain = np.array(
        [
            best[answers == label].mean() if (answers == label).any() else 1.0
            for label in range(len(labels))
        ]
    )
    wrong = (answers != given) & (best >= np.maximum(CERTAIN, certain[answers])) & (own <= DENIED)
    if not wrong.any():
        return
    order = known[wrong][np.argsort(own[wrong] - best[wrong], kind="stable")]
    count, rows = rows_at(place, order)
    first = order[0]
    share = count / len(known)
    what = (
        f"{counted(count, 'doubtful label')}: a simple baseline, {accuracy:.0%} right on held-out"
        f" rows, is nearly certain of another one. The first row is labelled"
        f" {labels[targets[first]]}, and it predicts {labels[int(probabilities[first].argmax())]}"
    )
    cure = "Read these rows, the first ones first, and correct the labels that are wrong"
    yield Finding(
        "doubtful_labels", severity_of(share, 1.1, 0.01), "train", what, cure, count, rows
    )


def _is_credible(answers: np.ndarray, given: np.ndarray) -> bool:
    """Whether a baseline is right so often that it may judge labels."""
    if len(given) < FEWEST:
        return False
    common = np.bincount(given).max() / len(given)
    return bool((answers == given).mean() >= max(CREDIBLE, common + BETTER * (1 - common)))


def doubtful_of_several(
    probabilities: np.ndarray, targets: np.ndarray, labels: Sequence[str], place: Place
) -> Iterator[Finding]:
    """The same where a row may have several labels: each label against all rows without it. A label
    of few rows is easy to be right about, so its baseline must find most of its rows too, and be
    right about most of those that it finds.

    Args:
        probabilities: (rows, labels) as in `cross_validated`.
        targets: (rows, labels) zeros and ones.
        labels: Their names.
        place: Where each comes from.
    """
    for index, name in enumerate(labels):
        has, chance = targets[:, index] > 0, probabilities[:, index]
        found = chance > 0.5
        hits = int((found & has).sum())
        if hits >= CREDIBLE * max(1, has.sum(), found.sum()):
            both = np.stack([1 - chance, chance], axis=1)
            names = f"not {name}", name
            yield from doubtful_labels(both, has.astype(np.int64), names, place)


def inconsistent_tags(
    sentences: Sequence[Sequence[str]], tags: Sequence[Sequence[str]], place: Place
) -> Iterator[Finding]:
    """Tags that differ from those of the same words in the same context.

    Source: Dickinson and Meurers 2003, "Detecting errors in part-of-speech annotation".

    Args:
        sentences: Their tokens.
        tags: A tag for each.
        place: Where each sentence comes from.
    """
    seen: dict[Hashable, list[tuple[int, int]]] = defaultdict(list)
    for index, words in enumerate(sentences):
        lowered = ["<s>", "<s>", *(word.casefold() for word in words), "</s>", "</s>"]
        for step in range(len(words)):
            context = tuple(lowered[step : step + 5])
            if sum(word not in ("<s>", "</s>") for word in context) >= 4:
                seen[context].append((index, step))
    odd: list[tuple[int, int, str]] = []
    for places in seen.values():
        if len(places) <= OFTEN:
            continue
        times_of = Counter(tags[index][step] for index, step in places)
        usual, times = times_of.most_common(1)[0]
        if times >= OFTEN and 0 < len(places) - times <= RARELY * len(places):
            odd += [(i, step, usual) for i, step in places if tags[i][step] != usual]
    if not odd:
        return
    first, step, usual = odd[0]
    example = f"{sentences[first][step]!r} is {tags[first][step]}, elsewhere {usual}"
    rows = tuple(f"{place(i)}, token {s + 1}" for i, s, _ in odd[:MOST_ROWS])
    those = "unlike those of the same words in the same context"
    what = f"{counted(len(odd), 'tag')} {those}: {example}"
    cure = "Read these rows and correct the tags that are wrong"
    yield Finding("doubtful_labels", "low", "train", what, cure, len(odd), rows)
