"""One direction of a recurrent layer, what it gives and the gradients, over NumPy arrays.

Shapes: inputs (batch, timesteps, features), each array of a state (batch, units). Weights are laid
out as in Keras.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

Array = np.ndarray
State = tuple[Array, ...]

CELLS = ("simple_rnn", "lstm", "gru", "min_gru", "min_lstm")
"""By the numbers of `enum rnnkit_cell`."""
GATES = {"simple_rnn": 1, "lstm": 4, "gru": 3, "min_gru": 2, "min_lstm": 3}
Precision = Literal["float32", "bfloat16", "int8"]
PRECISIONS: tuple[Precision, ...] = ("float32", "bfloat16", "int8")
"""By the numbers of `enum rnnkit_precision`."""
WITH_MATRIX = ("simple_rnn", "lstm", "gru")
"""The cells that multiply their state with a matrix."""


class Packed(NamedTuple):
    """Weights in the order in which the library reads them, made once for many calls.

    Args:
        weights: All weights of one direction.
        folded: The rows of a table times the kernel, and the bias; None for none.
        precision: The numbers of the kernels: rounded to the nearest bfloat16, or in 127 steps up
            to the largest of each column; what they are multiplied with, and the sums, are float32
            in any case.
    """

    weights: Array
    folded: Array | None = None
    precision: Precision = "float32"


@dataclass(frozen=True)
class Pass:
    """One direction of one layer.

    Args:
        cell: A name of CELLS.
        inputs: (batch, timesteps, features); with `ids` a table, (rows, features).
        weights: The kernel, the recurrent kernel where the cell has one, and the bias.
        ids: (batch, timesteps) rows of the table.
        lengths: (batch,) steps that are not padding; None if all are real. The state does not
            change in the padding, and its outputs are zeros.
        state: The state before the first step; empty for zeros.
        reverse: Whether each sequence is read from its own last step to its first. Outputs stay
            where their inputs are.
        packed: What `pack` made of these weights; None if each call does it.
    """

    cell: str
    inputs: Array
    weights: Sequence[Array]
    ids: Array | None = None
    lengths: Array | None = None
    state: Sequence[Array] = ()
    reverse: bool = False
    packed: Packed | None = None

    @property
    def batch(self) -> tuple[int, int]:
        """(batch, timesteps)."""
        batch, steps = (self.inputs if self.ids is None else self.ids).shape[:2]
        return batch, steps

    @property
    def units(self) -> int:
        return self.weights[0].shape[1] // GATES[self.cell]

    @property
    def states(self) -> int:
        return 2 if self.cell == "lstm" else 1


@dataclass(frozen=True)
class Outputs:
    """What a pass gives.

    Args:
        outputs: Every step's, (batch, timesteps, units); None if not asked for.
        state: After each sequence's last step.
        saved: What `backward` reads; None if not asked for.
    """

    outputs: Array | None
    state: State
    saved: Array | None = None


@dataclass(frozen=True)
class Gradients:
    """Of the inputs of a pass (None if not asked for), its weights and its first state (empty where
    that is zeros).
    """

    inputs: Array | None
    weights: State
    state: State
