"""Recurrent layers by the compiled kernels, for batches that are worth a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit import kernels
from rnnkit.cells import RecurrentSpec

Array = np.ndarray
Weights = Mapping[str, Array]

SMALLEST_BATCH = 32
"""Steps of all sequences together: for less, packing the weights costs more than NumPy takes."""


@dataclass(frozen=True)
class Embedded:
    """The vectors of token ids, which the kernel gathers itself.

    Args:
        ids: (batch, timesteps).
        table: (tokens, features).
    """

    ids: Array
    table: Array

    @property
    def array(self) -> Array:
        """(batch, timesteps, features)."""
        return self.table[self.ids]


def kernel(spec: RecurrentSpec) -> str | None:
    """The name of the kernel that computes the layer here; None where none does."""
    return spec.kernel if kernels.is_available() else None


def is_worthwhile(x: Array | Embedded) -> bool:
    batch, steps = (x.ids if isinstance(x, Embedded) else x).shape[:2]
    return batch * steps >= SMALLEST_BATCH


def run(
    name: str,
    x: Array | Embedded,
    directions: Sequence[Weights],
    lengths: Array | None = None,
    state: Sequence[Array] = (),
    *,
    every_step: bool = True,
) -> list[kernels.Outputs]:
    """The outputs and the last states of one direction, or of both.

    Args:
        name: The kernel's.
        x: What the layer reads.
        directions: The weights of the direction that reads forwards, and of the other one.
        lengths: (batch,) real steps; None where all are.
        state: The state before the first step; empty for zeros.
        every_step: Whether each step's output is asked for, or the last states alone.
    """
    return kernels.forward(
        [
            kernels.Pass(
                name,
                x.table if isinstance(x, Embedded) else x,
                list(weights.values()),
                ids=x.ids if isinstance(x, Embedded) else None,
                lengths=lengths,
                state=state,
                reverse=bool(index),
            )
            for index, weights in enumerate(directions)
        ],
        every_step=every_step,
    )
