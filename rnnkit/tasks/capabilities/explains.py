"""Answers that are explained by what was read."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Generic

from typing_extensions import TypeVar

from rnnkit.insight.question import Question
from rnnkit.tasks.capabilities.capability import Capability

Q = TypeVar("Q", default=object)


@dataclass(frozen=True)
class About:
    """What of an answer is explained.

    Args:
        answer: Another label, tag, token or target than that of the answer; None for that.
        at: Which token of a text or of a target, itself or its number from 1; which step ahead of a
            forecast; None for the usual one.
    """

    answer: str | None = None
    at: str | None = None


class Explains(Capability, Generic[Q]):
    """A predictor whose answers depend on parts of what it reads that can be left out. Q is its
    query.
    """

    does = "explains its answers"
    example = "imdb_lstm"

    @abstractmethod
    def question(self, query: Q, about: About) -> Question:
        """What an answer depends on.

        Raises:
            RnnkitError: If there is no such answer or token, with the option as its place.
        """
