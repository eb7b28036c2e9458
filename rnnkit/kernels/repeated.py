"""A layer that is asked again and again, a few numbers each time: one text, one token."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from rnnkit.kernels.calls import Call, Prepared, empty
from rnnkit.kernels.layer import Array, Outputs, Packed, Pass, State
from rnnkit.kernels.library import load
from rnnkit.platform.forks import in_forked_child


class Repeated:
    """The calls of one layer. Their buffers stay, so that a call costs little more than its
    numbers: what `forward` makes for each takes longer than a short text.

    Args:
        cell: A name of CELLS.
        weights: As in a Pass, of each direction; the second one reads backwards.
        packed: What `pack` made of them.
        table: The rows that are read by their ids; None if the inputs are numbers.
        every_step: Whether `outputs` are asked for.
    """

    def __init__(
        self,
        cell: str,
        weights: Sequence[Sequence[Array]],
        packed: Sequence[Packed],
        table: Array | None = None,
        *,
        every_step: bool = True,
    ):
        self._cell, self._weights, self._packed = cell, weights, packed
        self._table, self._every_step = table, every_step
        self._begin()
        in_forked_child(self, Repeated._begin)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._rows = self._steps = 0

    def __call__(
        self, inputs: Array, lengths: Array | None = None, state: State = ()
    ) -> list[Outputs]:
        """What each direction gives.

        Args:
            inputs: (batch, timesteps, features), or (batch, timesteps) ids of the table's rows.
            lengths: (batch,) steps that are not padding; None if all are real.
            state: Before the first step, each (batch, units); empty for zeros.
        """
        batch, steps = inputs.shape[:2]
        if self._table is not None and not 0 <= inputs.min() <= inputs.max() < len(self._table):
            raise ValueError(f"ids must be from 0 to {len(self._table) - 1}")
        if lengths is not None and not 0 <= lengths.min() <= lengths.max() <= steps:
            raise ValueError(f"lengths must be from 0 to {steps}")
        with self._lock:
            if batch > self._rows or steps > self._steps:
                self._allocate(batch, steps)
            _part(self._inputs, inputs.shape)[...] = inputs
            self._lengths[:batch] = steps if lengths is None else lengths
            for own, array in zip(self._before, state or self._zeros, strict=True):
                own[:batch] = array
            self._prepared.resize(batch, steps)
            self._prepared()
            return [
                Outputs(
                    _part(outputs, (batch, steps, after[0].shape[1])).copy()
                    if outputs is not None
                    else None,
                    tuple(array[:batch].copy() for array in after),
                )
                for outputs, after in self._after
            ]

    def _allocate(self, batch: int, steps: int) -> None:
        """Buffers for so many rows and steps, and for all fewer ones."""
        self._rows, self._steps = max(batch, self._rows), _rounded(max(steps, self._steps))
        shape, ids = (self._rows, self._steps), None
        if self._table is None:
            inputs = self._inputs = empty((*shape, self._weights[0][0].shape[0]))
        else:
            inputs, ids = self._table, np.zeros(shape, np.int32)
            self._inputs = ids
        self._lengths = np.zeros(self._rows, np.int32)
        passes = [
            Pass(
                self._cell,
                inputs,
                weights,
                ids=ids,
                lengths=self._lengths,
                reverse=bool(index),
                packed=packed,
            )
            for index, (weights, packed) in enumerate(zip(self._weights, self._packed, strict=True))
        ]
        one = passes[0]
        of_state = [(self._rows, one.units)] * one.states
        self._before = [empty(size) for size in of_state]
        self._zeros = (np.float32(0),) * one.states
        self._after: list[tuple[Array | None, State]] = [
            (
                empty((*shape, one.units)) if self._every_step else None,
                tuple(empty(size) for size in of_state),
            )
            for _ in passes
        ]
        calls = [Call(one) for one in passes]
        for call, (outputs, after) in zip(calls, self._after, strict=True):
            call.give_state("{}0", self._before)
            call.set("outputs", outputs)
            for name, array in zip(("h_last", "c_last"), after, strict=False):
                call.set(name, array)
        self._prepared = Prepared(load().rnnkit_forward, calls)


def _rounded(steps: int) -> int:
    """A power of two, so that texts that grow step by step need new buffers seldom."""
    return 1 << (steps - 1).bit_length()


def _part(buffer: Array, shape: tuple[int, ...]) -> Array:
    """The first numbers of a buffer, in a shape that needs no more."""
    return buffer.reshape(-1)[: int(np.prod(shape, dtype=np.int64))].reshape(shape)
