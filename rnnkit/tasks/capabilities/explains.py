"""The capability to explain answers by what was read."""

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
    """Which answer is explained.

    Args:
        answer: A label, tag, token or target other than the predicted one; None for that.
        at: The token of a text or of a target, by itself or by its number from 1, or the step of a
            forecast; None for the default one.
    """

    answer: str | None = None
    at: str | None = None


class Explains(Capability, Generic[Q]):
    """A predictor that can explain its answers by leaving out parts of the query. Q is a query."""

    does = "explains its answers"
    example = "imdb_lstm"

    @abstractmethod
    def question(self, query: Q, about: About) -> Question:
        """The question what an answer depends on.

        Raises:
            RnnkitError: If there is no such answer or token, with the option as its place.
        """
