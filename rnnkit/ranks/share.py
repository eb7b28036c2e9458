"""The rows of every batch that a process reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Share:
    """The consecutive parts of every batch that one process reads; a batch is divided into equal
    parts, one for each device.

    Args:
        first: The number of the first part.
        end: The number after the last part.
        parts: The number of parts.
    """

    first: int = 0
    end: int = 1
    parts: int = 1

    def padded(self, batch_size: int) -> int:
        """The number of rows of a batch, rounded up to a multiple of the parts."""
        return -(-batch_size // self.parts) * self.parts

    def rows(self, batch_size: int) -> slice:
        """The rows of a padded batch that this process reads."""
        size = -(-batch_size // self.parts)
        return slice(self.first * size, self.end * size)

    def filled(self, rows: np.ndarray, batch_size: int) -> tuple[np.ndarray, np.ndarray]:
        """The rows that this process reads, and whether each of them counts. A partial batch is
        padded with rows that do not count, so that its shape needs no compilation of its own.

        Args:
            rows: The rows of the whole batch, at least one.
            batch_size: The number of rows of a full batch.
        """
        size, share = self.padded(batch_size), self.rows(batch_size)
        return np.resize(rows, size)[share], (np.arange(size) < len(rows))[share]


WHOLE = Share()
