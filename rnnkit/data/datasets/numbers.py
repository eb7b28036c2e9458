"""A series of numbers written in the config itself, for exercises."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from rnnkit.data.datasets.kinds.series import SeriesDataset
from rnnkit.data.raw.series import Series

Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e38, le=1e38)]  # what float32 holds


class Numbers(SeriesDataset):
    """Numbers that are written in the config, one per step."""

    short: ClassVar[str | None] = "values"
    origin: ClassVar[str] = "the config"
    values: list[Number] = Field(min_length=2, description="the numbers themselves")

    def load(self) -> Series:
        return Series(
            ("number",), {"number": np.array(self.values)}, filled=np.zeros(len(self.values), bool)
        )

    def sample(self) -> Series:
        return self.load()
