"""Rows that a split divides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self, TypeVar

import numpy as np


class Table(Protocol):
    """Rows, with further columns."""

    @property
    def columns(self) -> Mapping[str, Sequence[Any]]:
        """Those that a split asks for."""

    def __len__(self) -> int: ...

    def place(self, index: int, /) -> str:
        """Where a row comes from."""

    def take(self, indices: np.ndarray, /) -> Self:
        """The named rows."""


T = TypeVar("T", bound=Table)
