"""The rows of a tagger's answers, as a person reads them."""

from __future__ import annotations

from dataclasses import dataclass

ANSWER_KEYS = "tokens", "tags"
"""The keys of the record of a tagged sentence."""


@dataclass(frozen=True)
class TaggedToken:
    """A token, its tag and the probability of the tag."""

    token: str
    tag: str
    probability: float


@dataclass(frozen=True)
class TaggedStep:
    """A step of a sequence of numbers, counted from 0, its tag and the probability of the tag."""

    step: int
    tag: str
    probability: float
