"""The baseline of taggers: the most frequent tag of each word."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence


class MostFrequentTag:
    """The most frequent tag of each word in training; of an out-of-vocabulary word, that of all
    words. Of equally frequent tags, the first in alphabetical order is taken.

    Args:
        sentences: The tokens and the tags of each sentence.
    """

    def __init__(self, sentences: Iterable[tuple[Sequence[str], Sequence[str]]]):
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for tokens, tags in sentences:
            for token, tag in zip(tokens, tags, strict=True):
                counts[token][tag] += 1
        total = sum(counts.values(), Counter[str]())
        self.of_word = {word: _first(tags) for word, tags in counts.items()}
        self.of_unknown = _first(total)

    def predict(self, tokens: Sequence[str]) -> list[str]:
        """The tag of each token."""
        return [self.of_word.get(token, self.of_unknown) for token in tokens]


def _first(tags: Counter[str]) -> str:
    return min(tags, key=lambda tag: (-tags[tag], tag))
