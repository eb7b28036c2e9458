"""How a person plays with a model: what it reads, what it answers, and how the answer is shown.

A predictor describes itself so (`Predictor.playground`); a page in a browser asks the model as the
description says, and knows no task.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from rnnkit.data.encode.ragged import Side
from rnnkit.data.encode.scaler import Scaler
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.engine.crf import Legal


@dataclass(frozen=True)
class Text:
    """A text, tokenized.

    Args:
        tokenizer: Its vocabulary and rules.
        unit: What a token is: "words".
        clean: Rules applied to it first.
        longest: Tokens that are read; None for any number.
        truncating: Which end of a longer text is truncated.
        width: Tokens to which it is padded where the padding is read; None if it is not.
        padding: Where it is padded.
        example: A text to begin with.
    """

    tokenizer: Tokenizer
    unit: str = "words"
    clean: tuple[str, ...] = ()
    longest: int | None = None
    truncating: Side = "pre"
    width: int | None = None
    padding: Side = "post"
    example: str = ""


@dataclass(frozen=True)
class Sentence:
    """A text as the tokens of a sentence.

    Args:
        tokenizer: The vocabulary of words.
        longest: Tokens that are read at once; a longer one is read in overlapping windows.
    """

    tokenizer: Tokenizer
    longest: int


@dataclass(frozen=True)
class Numbers:
    """A sequence of numbers, step by step.

    Args:
        scaler: The scale of each feature.
    """

    scaler: Scaler


@dataclass(frozen=True)
class Choice:
    """One of several labels that a text is conditioned on."""

    labels: tuple[str, ...]


@dataclass(frozen=True)
class Continuation:
    """A text is continued token by token.

    Args:
        reads: The text.
        window: Tokens that the model sees; None for all before.
        temperature: To begin with.
        banned: Ids that are never generated.
        start: The id before each text; None if there is none.
        end: The id that ends a text; None if a text has no end.
        condition: What the text is conditioned on.
    """

    reads: Text
    window: int | None
    temperature: float
    banned: tuple[int, ...]
    start: int | None = None
    end: int | None = None
    condition: Choice | Numbers | None = None


@dataclass(frozen=True)
class Verdict:
    """A text or a sequence gets a label, or labels.

    Args:
        reads: What is labelled.
        labels: In the order of the model's outputs.
        several: Whether there may be several, or none.
        thresholds: The probability from which a label is given, where there may be several.
    """

    reads: Text | Numbers
    labels: tuple[str, ...]
    several: bool
    thresholds: tuple[float, ...]


@dataclass(frozen=True)
class Tagging:
    """Each token, or each step, gets a label.

    Args:
        reads: What is tagged.
        labels: In the order of the model's outputs.
        are_spans: Whether they are parts of spans, which are shown in IOB2.
        crf: Whether the outputs are scores of a label after each label.
        legal: Which label may follow which; None if any may.
    """

    reads: Sentence | Numbers
    labels: tuple[str, ...]
    are_spans: bool
    crf: bool
    legal: Legal | None


@dataclass(frozen=True)
class Decoding:
    """A target is decoded for a source.

    Args:
        source: How a source is read.
        target: How a target is written.
        start: The id before each target.
        end: The id that ends a target.
        banned: Ids that are never generated.
        beam_size: Targets that the search keeps.
        length_penalty: A target's score is log p / length ** length_penalty.
        longest: Tokens of a target, at most.
    """

    source: Text
    target: Text
    start: int
    end: int
    banned: tuple[int, ...]
    beam_size: int
    length_penalty: float
    longest: int


@dataclass(frozen=True)
class Series:
    """The newest steps of a series, and what is known of the next ones.

    Args:
        values: (steps, features) float64 in the network's numbers; targets first. The last
            `horizon` rows are of the future, whose targets are not known.
        times: The time of each step, as a person reads it; empty if there are none.
        is_own: Whether these are the run's data; else a level line to begin with.
    """

    values: np.ndarray
    times: tuple[str, ...]
    is_own: bool


@dataclass(frozen=True)
class Forecasting:
    """A series is continued.

    Args:
        series: To begin with.
        names: The features, targets first.
        targets: How many of the features are forecast.
        scaler: The scale of each feature.
        logarithm: Whether targets are forecast as logarithms.
        is_choice: Whether the targets are categories of one column.
        is_known: (features,) which features are known in advance.
        timesteps: Steps that the model sees.
        horizon: Steps that it forecasts at once.
        ahead: Steps to forecast.
        lag: Targets are seen and forecast as differences from the last `lag` steps; 0 as they are.
        quantiles: Ascending; (0.5,) for a forecast without interval.
        decimals: Digits after the point of each target's numbers.
    """

    series: Series
    names: tuple[str, ...]
    targets: int
    scaler: Scaler
    logarithm: bool
    is_choice: bool
    is_known: np.ndarray
    timesteps: int
    horizon: int
    ahead: int
    lag: int
    quantiles: tuple[float, ...]
    decimals: tuple[int, ...]


Playground: TypeAlias = Continuation | Verdict | Tagging | Decoding | Forecasting
