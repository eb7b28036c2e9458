"""What a tagger is asked, and what a person reads of its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rnnkit.data.formats.format import Record
from rnnkit.data.formats.sentences import require_token
from rnnkit.errors import RnnkitError

OF_AN_ANSWER = "tokens", "tags"  # the keys of its record


@dataclass(frozen=True)
class TaggedToken:
    """A token, its tag, and how probable the tag is there."""

    token: str
    tag: str
    probability: float


@dataclass(frozen=True)
class TaggedStep:
    """A step of a sequence of numbers, counted from 0, its tag, and how probable the tag is
    there."""

    step: int
    tag: str
    probability: float


@dataclass(frozen=True)
class Sentence:
    """The tokens of a sentence, and what else its record holds."""

    tokens: tuple[str, ...]
    others: Record = field(default_factory=dict)


@dataclass(frozen=True)
class Steps:
    """A sequence of numbers, (timesteps, features), and which of its file it is."""

    values: np.ndarray
    sample: int = 0


def tokens_of(record: Record, key: str) -> Sequence[str]:
    """The list of tokens of a record.

    Raises:
        RnnkitError: If there is none, or one of them cannot be a token.
    """
    tokens = record.get(key)
    if not isinstance(tokens, list | tuple):
        got = "missing" if tokens is None else f"a {type(tokens).__name__}"
        expected = f'Expected a list, such as {{"{key}": ["a", "mouse"]}}'
        raise RnnkitError("", f"{key!r} is {got}", expected)
    for token in tokens:
        require_token(token, "")
    return tokens
