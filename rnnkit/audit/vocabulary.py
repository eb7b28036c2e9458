"""What the vocabulary covers: words that training never saw, and words that it saw once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from rnnkit.audit.finding import Finding, Severity, shown_share
from rnnkit.quantities import agreed

UNSEEN = 0.1  # of the tokens of a part
SOME = 0.02  # of them that is worth a word
UNTRAINED = 0.01  # of held-out tokens that have the id of a token that training lacks
FEWEST = 10
ONCE = 0.4  # of the vocabulary


@dataclass(frozen=True)
class Vocabulary:
    """What tokens stand for.

    Args:
        size: How many different ones there are.
        unknown: The id of what is out of vocabulary.
        special: The ids of those that stand for no text, such as padding; `unknown` is one.
        subwords: The setting that leaves no text unknown; "" if the model reads how words are
            spelt, or the tokenizer is of subwords.
        rarer: The setting that leaves out tokens that occur once; "" if it is set.
    """

    size: int
    unknown: int
    special: frozenset[int]
    subwords: str = ""
    rarer: str = ""


def vocabulary_findings(
    parts: Mapping[str, np.ndarray], vocabulary: Vocabulary
) -> Iterator[Finding]:
    """All of the following.

    Args:
        parts: The token ids of each part, end to end.
        vocabulary: What they stand for.
    """
    yield from unknown_tokens(parts, vocabulary)
    yield from untrained_unknown(parts, vocabulary)
    yield from tokens_seen_once(parts["train"], vocabulary)


def unknown_tokens(parts: Mapping[str, np.ndarray], vocabulary: Vocabulary) -> Iterator[Finding]:
    """Held-out tokens that are out of vocabulary more often than those of training."""
    if not vocabulary.subwords:
        return
    shares = {part: _share(ids, vocabulary.unknown) for part, ids in parts.items()}
    for part, (count, share) in shares.items():
        if part == "train" or share - shares["train"][1] < SOME:
            continue
        whole = len(parts[part])
        do = agreed(count, "does", "do")
        what = f"{shown_share(count, whole)} {part} tokens {do} not occur in the training set"
        severity: Severity = "medium" if share - shares["train"][1] >= UNSEEN else "low"
        yield Finding("unknown_tokens", severity, part, what, vocabulary.subwords, count)


def untrained_unknown(parts: Mapping[str, np.ndarray], vocabulary: Vocabulary) -> Iterator[Finding]:
    """A vector for unknown words that no training text has, though held-out texts do."""
    if not vocabulary.rarer or (parts["train"] == vocabulary.unknown).any():
        return
    for part, ids in parts.items():
        count, share = _share(ids, vocabulary.unknown)
        if part != "train" and share >= UNTRAINED and count >= FEWEST:
            what = (
                f"{shown_share(count, len(ids))} {part} tokens {agreed(count, 'is', 'are')} read as"
                " <unk>, which is"
                " never in the training set: its vector is never trained"
            )
            yield Finding("untrained_unknown", "medium", part, what, vocabulary.rarer, count)
            return


def tokens_seen_once(train: np.ndarray, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Tokens whose vectors are learned from one place each."""
    if not vocabulary.rarer:
        return
    counts = np.bincount(train, minlength=vocabulary.size)
    counts[list(vocabulary.special)] = 0
    once, different = int((counts == 1).sum()), int((counts > 0).sum())
    if once >= ONCE * different:
        occur = agreed(once, "occurs", "occur")
        what = f"{shown_share(once, different)} tokens of the vocabulary {occur} once in training"
        yield Finding("tokens_seen_once", "low", "train", what, vocabulary.rarer, once)


def coverage(ids: np.ndarray, vocabulary: Vocabulary) -> float:
    """The share of tokens that the vocabulary has."""
    return 1 - _share(ids, vocabulary.unknown)[1]


def _share(ids: np.ndarray, unknown: int) -> tuple[int, float]:
    count = int(np.count_nonzero(ids == unknown))
    return count, count / max(1, len(ids))
