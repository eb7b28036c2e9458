"""What some predictors can do beyond answering: asked for by isinstance, never by a task's name."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.tasks.capability import Capability
from rnnkit.tasks.prepared import C, P, Prepared

if TYPE_CHECKING:
    import pandas as pd

    from rnnkit.data.encode.series import SeriesCodec
    from rnnkit.data.encode.tokenizer import Tokenizer
    from rnnkit.data.raw.series import Series
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


@dataclass(frozen=True)
class Attention:
    """Which source tokens an encoder-decoder attends to while it decodes.

    Args:
        source: The tokens that it read.
        target: The tokens that it decoded, `<end>` among them.
        weights: (target tokens, source tokens); each row sums to 1.
    """

    source: list[str]
    target: list[str]
    weights: np.ndarray


class Attends(Capability):
    """A predictor with attention to its source."""

    does = "attends to a source"
    example = "reverse_digits"

    @abstractmethod
    def attention(self, text: str) -> Attention:
        """The decoded target of a source, and its attention.

        Raises:
            RnnkitError: If the model has no attention, or the text is empty.
        """


@dataclass(frozen=True)
class Forecast:
    """The next steps of a series.

    Args:
        names: The targets; that of a category as `column=category`.
        times: (steps,), in the time zone of the series; None where they are not known.
        values: (steps, targets, quantiles) in the series' own units.
        quantiles: Of the last axis; (0.5,) for a forecast without interval.
    """

    names: tuple[str, ...]
    times: pd.DatetimeIndex | None
    values: np.ndarray
    quantiles: tuple[float, ...]

    @property
    def points(self) -> np.ndarray:
        """(steps, targets): the medians, or the means."""
        return self.values[..., self.quantiles.index(0.5)]


class Forecasts(Capability):
    """A predictor that forecasts a series."""

    does = "forecasts a series"
    example = "airline"
    codec: SeriesCodec
    timesteps: int
    """Steps that the model sees."""

    @property
    @abstractmethod
    def source(self) -> str:
        """The name of the file that the run's own series comes from; "" where there is none."""

    @abstractmethod
    def series(self, source: object | None, *, sample: bool = False) -> Series:
        """A file, or a table in memory, with the columns of the run's series; its own where None.

        Raises:
            RnnkitError: If it cannot be read or has other columns.
        """

    @abstractmethod
    def steps_ahead(self, horizon: int | None) -> int:
        """How many steps `forecast` gives: `horizon`, or the run's own number where None.

        Raises:
            RnnkitError: If the horizon is longer than the model's.
        """

    @abstractmethod
    def forecast(self, series: Series, horizon: int | None = None) -> Forecast:
        """The next steps of a series: `horizon` of them, the run's own number where None.

        Raises:
            RnnkitError: If the horizon is longer than the model's, the series is shorter than its
                window, or what should be known in advance is not.
        """

    @abstractmethod
    def one_step(self, series: Series) -> tuple[np.ndarray, np.ndarray]:
        """One-step forecasts of each step up to the newest, from those before it.

        Returns:
            The steps that have a forecast, (rows,), and the forecasts, (rows, targets), in the
            series' own units.

        Raises:
            RnnkitError: If the series is too short for any.
        """
