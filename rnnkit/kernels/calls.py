"""The structure that the library reads, with the arrays that it points to."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.kernels.layer import CELLS, Array, Pass
from rnnkit.kernels.library import load, threads

_NUMBERS = (
    *("cell", "batch", "steps", "features", "units", "reverse", "table_rows", "output_stride"),
)
_ARRAYS = (
    *("inputs", "ids", "lengths", "kernel", "recurrent", "bias", "h0", "c0"),
    *("outputs", "h_last", "c_last", "saved"),
    *("d_outputs", "d_h_last", "d_c_last"),
    *("d_inputs", "d_kernel", "d_recurrent", "d_bias", "d_h0", "d_c0"),
    *("packed", "folded"),
)


class _Pass(ctypes.Structure):
    """`rnnkit_pass` of src/rnnkit.h."""

    _fields_ = [(name, ctypes.c_int64) for name in _NUMBERS] + [
        (name, ctypes.c_void_p) for name in _ARRAYS
    ]


def saved_floats(
    cell: str, batch: int | None, steps: int | None, features: int | None, units: int | None
) -> int | None:
    """The size of `Outputs.saved`; None where it is not known yet."""
    if batch is None or steps is None:
        return None
    sizes = (CELLS.index(cell), batch, steps, features or 0, units or 0)
    structure = _Pass(**dict(zip(_NUMBERS, sizes, strict=False)))
    return int(load().rnnkit_saved_floats(ctypes.byref(structure)))


@dataclass
class Call:
    """The structure of a pass, and the arrays that it points to, which must live as long."""

    of: Pass
    structure: _Pass = field(default_factory=_Pass)
    arrays: list[Array] = field(default_factory=list)

    def __post_init__(self) -> None:
        one, batch = self.of, self.of.batch
        features = one.inputs.shape[-1]
        numbers = (CELLS.index(one.cell), *batch, features, one.units, int(one.reverse))
        for name, number in zip(_NUMBERS, (*numbers, len(one.inputs), one.units), strict=True):
            setattr(self.structure, name, number)
        self.give("inputs", one.inputs)
        self.give("ids", one.ids, np.int32, below=len(one.inputs))
        self.give("lengths", one.lengths, np.int32, below=batch[1] + 1)
        for name, array in zip(weight_names(one), one.weights, strict=True):
            self.give(name, array)
        self.give_state("{}0", one.state)
        if one.packed:
            self.set("packed", one.packed.weights)
            self.set("folded", one.packed.folded)

    def give_state(self, name: str, state: Sequence[Array]) -> None:
        """h, and c where there is one; nothing where it is zeros."""
        for letter, array in zip("hc"[: len(state)], state, strict=True):
            self.give(name.format(letter), array)

    def give(
        self, name: str, array: Array | None, dtype: Any = np.float32, below: int | None = None
    ) -> None:
        """An argument, brought into shape; whole numbers from 0 on are `below` a number."""
        if array is None:
            return
        if below is not None and array.size and not 0 <= array.min() <= array.max() < below:
            raise ValueError(f"{name} must be from 0 to {below - 1}")
        self.set(name, np.ascontiguousarray(array, dtype))

    def set(self, name: str, array: Array | None) -> None:
        if array is None or not array.size:
            return
        self.arrays.append(array)
        setattr(self.structure, name, array.ctypes.data)


def weight_names(one: Pass) -> tuple[str, ...]:
    return ("kernel", "recurrent", "bias") if len(one.weights) == 3 else ("kernel", "bias")


def empty(shape: tuple[int, ...]) -> Array:
    """An array that starts at 64 bytes: TensorFlow copies what does not."""
    size = int(np.prod(shape, dtype=np.int64))
    raw = np.empty(size + 16, np.float32)
    start = -raw.ctypes.data % 64 // 4
    return raw[start : start + size].reshape(shape)


def run(call: Any, calls: Sequence[Call]) -> None:
    Prepared(call, calls)()


class Prepared:
    """A call of the library that may be made again, with other numbers in the same arrays."""

    def __init__(self, call: Any, calls: Sequence[Call]):
        self._call, self._calls, self._threads = call, calls, threads()
        self._structures = (_Pass * len(calls))(*(one.structure for one in calls))

    def __call__(self) -> None:
        if self._call(self._structures, len(self._calls), self._threads):
            one = self._calls[0].of
            batch, steps = one.batch
            raise RnnkitError(
                "",
                f"not enough memory for a recurrent layer of {one.units} units over"
                f" {batch} sequences of {steps} steps",
                "",
                "Use a smaller batch_size",
            )
