"""The capabilities to generate text, and to score the tokens of a text."""

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
    """The beginning of a text that is to be continued.

    Args:
        stepper: The model as a stepper.
        token_ids: The tokens to read first, (1, tokens).
        prefix: The tokens with which the readable text begins.
        source: The length of the source in tokens; 1 if the model has no encoder.
    """

    stepper: Stepper
    token_ids: np.ndarray
    prefix: Sequence[int]
    source: int = 1


class Generates(Capability, Generic[C, P]):
    """A predictor that generates or continues text. C is its codec, P a part of its data."""

    does = "generates text"
    example = "fable"

    @property
    @abstractmethod
    def defaults(self) -> Generate:
        """The run's default options."""

    @property
    @abstractmethod
    def tokenizer(self) -> Tokenizer:
        """The tokenizer of the generated text."""

    @property
    @abstractmethod
    def asks_for(self) -> str:
        """The prompt of an interactive session: "3 words"."""

    @property
    @abstractmethod
    def banned(self) -> Sequence[int]:
        """Tokens that are never generated."""

    @property
    def end_token(self) -> int | None:
        """The token that ends a text; None if texts have no end."""
        return None

    def condition(self, text: str | None) -> np.ndarray | None:
        """The vector on which a text is conditioned, (features,); None if there is none.

        Args:
            text: The condition in the user's words: a label, or numbers such as "0.3 1.2".

        Raises:
            RnnkitError: If it is missing, unknown, or given to a model that reads none.
        """
        if text is not None:
            got, expected = "a model that reads no condition", "Expected one that does"
            raise RnnkitError("", got, expected, "Remove it, or name another run")
        return None

    @abstractmethod
    def begin(self, seed: str, condition: np.ndarray | None, oov: Oov) -> Prompt:
        """Reads the text to continue.

        Args:
            seed: The text; for an encoder-decoder, the source.
            condition: The result of `condition`.
            oov: How out-of-vocabulary words are handled.

        Raises:
            RnnkitError: If the seed is too short, or has unknown words (with "error").
        """

    @abstractmethod
    def training_text(self, data: Prepared[C, P]) -> TrainingText:
        """The training text, in which generated tokens are searched for copies."""


class GeneratesFromCondition(Generates[C, P]):
    """A predictor that generates a text from a condition."""

    does = "generates text from a condition"
    example = "names_generator"

    @abstractmethod
    def condition(self, text: str | None) -> np.ndarray:
        """The vector on which a text is conditioned, (features,)."""

    @abstractmethod
    def conditioned(self, text: str, condition: np.ndarray) -> object:
        """The query for the next token of a text under a condition.

        Args:
            text: The text so far; "" at its beginning.
            condition: The result of `condition`.

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
        """The tokenizer of the text."""

    @abstractmethod
    def token_logits(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """The ids of a text, (tokens,), and the logits of its last tokens, (scored tokens,
        vocabulary): those with enough context before them.
        """
