"""One step of a recurrent layer, for text that is decoded token by token."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from rnnkit.kernels.calls import Call, Prepared, empty
from rnnkit.kernels.layer import Array, Packed, Pass, State
from rnnkit.kernels.library import load


class OneStep:
    """One step of a batch of one size. Its buffers stay, so that a call costs little more than its
    numbers.

    Args:
        cell: A name of CELLS.
        weights: As of a Pass.
        packed: What `pack` made of them.
        batch: Rows.
    """

    def __init__(self, cell: str, weights: Sequence[Array], packed: Packed, batch: int):
        self._lock = threading.Lock()
        self._inputs = empty((batch, 1, weights[0].shape[0]))
        of_zeros = Pass(cell, self._inputs, weights, packed=packed)
        self._before = [empty((batch, of_zeros.units)) for _ in range(of_zeros.states)]
        self._after = [empty((batch, of_zeros.units)) for _ in range(of_zeros.states)]
        call = Call(Pass(cell, self._inputs, weights, state=self._before, packed=packed))
        for name, array in zip(("h_last", "c_last"), self._after, strict=False):
            call.set(name, array)
        self._run = Prepared(load().rnnkit_forward, [call])

    def __call__(self, inputs: Array, state: State) -> State:
        """The state after (batch, 1, features) inputs; the first of its arrays is the output."""
        with self._lock:
            np.copyto(self._inputs, inputs)
            for own, array in zip(self._before, state, strict=True):
                np.copyto(own, array)
            self._run()
            return tuple(array.copy() for array in self._after)
