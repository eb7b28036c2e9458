"""Which rows of every batch a process reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Share:
    """Consecutive ones of the equal parts that every batch is divided into, one for each device.

    Args:
        first: The number of the first part.
        end: The number after the last part.
        parts: The number of parts.
    """

    first: int = 0
    end: int = 1
    parts: int = 1

    def padded(self, batch_size: int) -> int:
        """The rows of a batch that all parts divide equally."""
        return -(-batch_size // self.parts) * self.parts

    def rows(self, batch_size: int) -> slice:
        """The own ones of them."""
        each = -(-batch_size // self.parts)
        return slice(self.first * each, self.end * each)

    def filled(self, rows: np.ndarray, batch_size: int) -> tuple[np.ndarray, np.ndarray]:
        """The own rows of a batch, and whether each of them counts: a partial batch is padded with
        rows that do not, one shape, so one compilation.

        Args:
            rows: The rows of the whole batch, at least one.
            batch_size: How many a whole batch has.
        """
        size, own = self.padded(batch_size), self.rows(batch_size)
        return np.resize(rows, size)[own], (np.arange(size) < len(rows))[own]


WHOLE = Share()
