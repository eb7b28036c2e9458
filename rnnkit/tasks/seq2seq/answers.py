"""The answers of an encoder-decoder, and their rows as a person reads them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Translation:
    """A target and its log-probability given the source, in nats."""

    target: str
    log_probability: float


@dataclass(frozen=True)
class Targets:
    """A source and its best targets as token ids, best first."""

    source: np.ndarray
    targets: list[list[int]]
