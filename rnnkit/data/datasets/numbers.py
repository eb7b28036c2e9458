"""A series of numbers that stands in the config itself, for exercises."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field, FiniteFloat

from rnnkit.data.dataset import SeriesDataset


class Numbers(SeriesDataset):
    """Numbers that are written in the config, one a step."""

    short: ClassVar[str | None] = "values"
    origin: ClassVar[str] = "the config"
    values: list[FiniteFloat] = Field(min_length=2, description="the numbers themselves")

    def load(self) -> np.ndarray:
        return np.array(self.values, np.float32)[:, None]

    def sample(self) -> np.ndarray:
        return self.load()
