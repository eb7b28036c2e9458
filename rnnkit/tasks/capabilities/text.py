"""Text that is generated, and text whose tokens are scored."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.tasks.capabilities.capability import Capability
from rnnkit.tasks.prepared import C, P, Prepared

if TYPE_CHECKING:
    from rnnkit.data.encode.tokenizer import Tokenizer
    from rnnkit.generation.options import Generate
    from rnnkit.generation.originality import TrainingText
    from rnnkit.generation.stepper import Stepper

Oov = Literal["error", "skip", "unk"]
"""How out-of-vocabulary words are handled: an error, skipped, or read as `<unk>`."""


@dataclass(frozen=True)
class Prompt:
    """Where a text is continued from.

    Args:
        stepper: The model, asked for one token at a time.
        token_ids: The tokens read so far, (1, tokens).
        prefix: The tokens with which the text that a person reads begins.
    """

    stepper: Stepper
    token_ids: np.ndarray
    prefix: Sequence[int]


class Generates(Capability, Generic[C, P]):
    """A predictor that continues or generates a text. C is its codec, P a part of its data."""

    does = "generates text"
    example = "fable"

    @property
    @abstractmethod
    def defaults(self) -> Generate:
        """The run's own options."""

    @property
    @abstractmethod
    def tokenizer(self) -> Tokenizer:
        """That of what is generated."""

    @property
    @abstractmethod
    def asks_for(self) -> str:
        """What an interactive session asks for: "3 words"."""

    @property
    @abstractmethod
    def banned(self) -> Sequence[int]:
        """Tokens that are never generated."""

    @property
    def end_token(self) -> int | None:
        """The token that ends a text; None where a text has no end."""
        return None

    def condition(self, text: str | None) -> np.ndarray | None:
        """What a text is conditioned on, (features,); None where nothing is.

        Args:
            text: What a user asks for: a label, or numbers such as "0.3 1.2".

        Raises:
            RnnkitError: If it is missing, unknown or not asked for.
        """
        if text is not None:
            got, expected = "a model that reads no condition", "Expected one that does"
            raise RnnkitError("", got, expected, "Remove it, or name another run")
        return None

    @abstractmethod
    def begin(self, seed: str, condition: np.ndarray | None, oov: Oov) -> Prompt:
        """Reads the text to continue.

        Args:
            seed: The text; of an encoder-decoder the source.
            condition: As of `condition`.
            oov: How out-of-vocabulary words are handled.

        Raises:
            RnnkitError: If the seed is too short, or has unknown words (with "error").
        """

    @abstractmethod
    def training_text(self, data: Prepared[C, P]) -> TrainingText:
        """The text in which copies of generated tokens are searched."""


class GeneratesFromCondition(Generates[C, P]):
    """A predictor that generates a text from a condition."""

    does = "generates text from a condition"
    example = "names_generator"

    @abstractmethod
    def condition(self, text: str | None) -> np.ndarray:
        """What a text is conditioned on, (features,)."""

    @abstractmethod
    def conditioned(self, text: str, condition: np.ndarray) -> object:
        """The query of a text that stands after a condition.

        Args:
            text: The text; "" for its beginning.
            condition: As `condition` gives it.

        Raises:
            RnnkitError: If the text cannot be read.
        """


class ScoresTokens(Capability):
    """A predictor that gives a probability to each token of a text."""

    does = "scores each token of a text"
    example = "fable"

    @property
    @abstractmethod
    def tokenizer(self) -> Tokenizer:
        """That of the text."""

    @abstractmethod
    def token_logits(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """The ids of a text, (tokens,), and the logits of those that have enough before them,
        (scored tokens, vocabulary): the last ones.
        """
