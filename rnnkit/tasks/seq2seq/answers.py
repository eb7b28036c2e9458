"""What is answered to a source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Translation:
    """A target, and its log-probability in nats given the source."""

    target: str
    log_probability: float


@dataclass(frozen=True)
class Targets:
    """The best targets of a source, as token ids, best first."""

    source: np.ndarray
    targets: list[list[int]]
