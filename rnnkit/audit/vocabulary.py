"""Findings about the vocabulary: unknown tokens, and tokens that occur once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from rnnkit.audit.finding import Finding, Severity, share_text
from rnnkit.quantities import agreed

UNSEEN = 0.1  # of the tokens of a part
SOME = 0.02  # of the tokens of a part, worth a remark
UNTRAINED = 0.01  # of held-out tokens that are read as <unk>
FEWEST = 10  # tokens
ONCE = 0.4  # of the vocabulary


@dataclass(frozen=True)
class Vocabulary:
    """A vocabulary, and the settings that change it.

    Args:
        size: The number of tokens.
        unknown: The id of `<unk>`.
        special: The ids of special tokens such as padding, `unknown` among them.
        subwords: The setting with which no text is unknown; "" if the model reads characters or
            subwords already.
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
    """All findings of this file.

    Args:
        parts: The token ids of each part, concatenated.
        vocabulary: The vocabulary.
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
        what = f"{share_text(count, whole)} {part} tokens {do} not occur in the training set"
        severity: Severity = "medium" if share - shares["train"][1] >= UNSEEN else "low"
        yield Finding("unknown_tokens", severity, part, what, vocabulary.subwords, count)


def untrained_unknown(parts: Mapping[str, np.ndarray], vocabulary: Vocabulary) -> Iterator[Finding]:
    """An `<unk>` that occurs in held-out texts, but never in training."""
    if not vocabulary.rarer or (parts["train"] == vocabulary.unknown).any():
        return
    for part, ids in parts.items():
        count, share = _share(ids, vocabulary.unknown)
        if part != "train" and share >= UNTRAINED and count >= FEWEST:
            what = (
                f"{share_text(count, len(ids))} {part} tokens {agreed(count, 'is', 'are')} read as"
                " <unk>, which is never in the training set: its vector is never trained"
            )
            yield Finding("untrained_unknown", "medium", part, what, vocabulary.rarer, count)
            return


def tokens_seen_once(train: np.ndarray, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Many tokens that occur once, so that their vectors are learned from a single place."""
    if not vocabulary.rarer:
        return
    counts = np.bincount(train, minlength=vocabulary.size)
    counts[list(vocabulary.special)] = 0
    once, distinct = int((counts == 1).sum()), int((counts > 0).sum())
    if once >= ONCE * distinct:
        occur = agreed(once, "occurs", "occur")
        what = f"{share_text(once, distinct)} tokens of the vocabulary {occur} once in training"
        yield Finding("tokens_seen_once", "low", "train", what, vocabulary.rarer, once)


def coverage(ids: np.ndarray, vocabulary: Vocabulary) -> float:
    """The share of tokens that are in the vocabulary."""
    return 1 - _share(ids, vocabulary.unknown)[1]


def _share(ids: np.ndarray, unknown: int) -> tuple[int, float]:
    count = int(np.count_nonzero(ids == unknown))
    return count, count / max(1, len(ids))
