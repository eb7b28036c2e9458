"""The protocol of tables that can be split into parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self, TypeVar

import numpy as np


class Table(Protocol):
    """Rows, with the extra columns that a split needs."""

    @property
    def columns(self) -> Mapping[str, Sequence[Any]]:
        """The extra columns by name, (rows,) each."""

    def __len__(self) -> int: ...

    def place(self, index: int, /) -> str:
        """The origin of a row, as messages name it: "reviews.csv: row 17"."""

    def take(self, indices: np.ndarray, /) -> Self:
        """The rows at these indices, in this order."""


T = TypeVar("T", bound=Table)
