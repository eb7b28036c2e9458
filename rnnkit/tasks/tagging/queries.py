"""The queries that a tagger answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rnnkit.data.formats.format import Record
from rnnkit.data.formats.sentences import require_token
from rnnkit.errors import RnnkitError


@dataclass(frozen=True)
class Sentence:
    """The tokens of a sentence, and the other columns of its record."""

    tokens: tuple[str, ...]
    others: Record = field(default_factory=dict)


@dataclass(frozen=True)
class Steps:
    """A sequence of numbers, (timesteps, features), and its index in a file."""

    values: np.ndarray
    sample: int = 0


def tokens_of(record: Record, key: str) -> Sequence[str]:
    """The list of tokens of a record.

    Raises:
        RnnkitError: If it is missing or no list, or one of them cannot be a token.
    """
    tokens = record.get(key)
    if not isinstance(tokens, list | tuple):
        got = "missing" if tokens is None else f"a {type(tokens).__name__}"
        expected = f'Expected a list, such as {{"{key}": ["a", "mouse"]}}'
        raise RnnkitError("", f"{key!r} is {got}", expected)
    for token in tokens:
        require_token(token, "")
    return tokens
