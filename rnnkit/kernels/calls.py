"""The structure that the library reads, with the arrays that it points to."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.kernels.layer import CELLS, GATES, PRECISIONS, WITH_MATRIX, Array, Pass
from rnnkit.kernels.library import load, threads
from rnnkit.quantities import counted

_NUMBERS = (
    *("cell", "batch", "steps", "features", "units", "reverse", "table_rows", "output_stride"),
    "precision",
)
_ARRAYS = (
    *("inputs", "ids", "lengths", "kernel", "recurrent", "bias", "h0", "c0"),
    *("outputs", "h_last", "c_last", "saved"),
    *("d_outputs", "d_h_last", "d_c_last"),
    *("d_inputs", "d_kernel", "d_recurrent", "d_bias", "d_h0", "d_c0"),
    *("packed", "folded"),
)
MOST_PASSES = 2


class _Pass(ctypes.Structure):
    """`rnnkit_pass` of src/rnnkit.h."""

    _fields_ = [(name, ctypes.c_int64) for name in _NUMBERS] + [
        (name, ctypes.c_void_p) for name in _ARRAYS
    ]


def saved_floats(
    cell: str, batch: int | None, steps: int | None, features: int | None, units: int | None
) -> int | None:
    """The size of `Outputs.saved`; None if it is not known yet."""
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
        _require_dimensions(one)
        precision = PRECISIONS.index(one.packed.precision) if one.packed else 0
        sizes = (CELLS.index(one.cell), *batch, features, one.units)
        numbers = (*sizes, int(one.reverse), len(one.inputs), one.units, precision)
        for name, number in zip(_NUMBERS, numbers, strict=True):
            setattr(self.structure, name, number)
        self.give("inputs", one.inputs, one.inputs.shape)
        self.give("ids", one.ids, batch, np.int32, below=len(one.inputs))
        self.give("lengths", one.lengths, batch[:1], np.int32, below=batch[1] + 1)
        for name, array, shape in zip(
            weight_names(one), one.weights, weight_shapes(one), strict=True
        ):
            self.give(name, array, shape)
        self.give_state("{}0", one.state)
        if one.packed:
            self.set_sized("packed", one.packed.weights)
        if one.packed and one.ids is not None:  # it is of the table that they are read from
            self.set_sized("folded", one.packed.folded)

    def give_state(self, name: str, state: Sequence[Array]) -> None:
        """h, and c where there is one; nothing where it is zeros."""
        if state and len(state) != self.of.states:
            raise ValueError(f"found {len(state)} states, expected {self.of.states}")
        for letter, array in zip("hc"[: len(state)], state, strict=True):
            self.give(name.format(letter), array, (self.of.batch[0], self.of.units))

    def give(
        self,
        name: str,
        array: Array | None,
        shape: tuple[int, ...],
        dtype: Any = np.float32,
        below: int | None = None,
    ) -> None:
        """An argument, brought into order; whole numbers from 0 on are `below` a number."""
        if array is None:
            return
        if array.shape != shape:
            raise ValueError(f"{name}: found the shape {array.shape}, expected {shape}")
        if below is not None and array.size and not 0 <= array.min() <= array.max() < below:
            raise ValueError(f"{name} must be from 0 to {below - 1}")
        self.set(name, np.ascontiguousarray(array, dtype))

    def set_sized(self, name: str, array: Array | None) -> None:
        """What the library made, which is of the size that it has for this pass."""
        if array is None:
            return
        expected = getattr(load(), f"rnnkit_{name}_floats")(ctypes.byref(self.structure))
        self.give(name, array, (expected,))

    def set(self, name: str, array: Array | None) -> None:
        """A contiguous array, as it is."""
        if array is None or not array.size:
            return
        self.arrays.append(array)
        setattr(self.structure, name, array.ctypes.data)


def _require_dimensions(one: Pass) -> None:
    """The inputs are 3-dimensional, or a table with 2-dimensional ids; there are units."""
    dimensions = (one.inputs.ndim, 0 if one.ids is None else one.ids.ndim)
    if dimensions not in ((3, 0), (2, 2)):
        raise ValueError(f"inputs and ids: found {dimensions} dimensions, expected (3, 0), (2, 2)")
    if one.units < 1:
        raise ValueError(f"kernel: found the shape {one.weights[0].shape}, which has no units")


def weight_shapes(one: Pass) -> list[tuple[int, ...]]:
    """The expected shapes of `one.weights`, from the sizes of the inputs and of the kernel."""
    columns = one.units * GATES[one.cell]
    kernel = (one.inputs.shape[-1], columns)
    bias = (2, columns) if one.cell == "gru" else (columns,)
    return [kernel, (one.units, columns), bias] if one.cell in WITH_MATRIX else [kernel, bias]


def weight_names(one: Pass) -> tuple[str, ...]:
    return ("kernel", "recurrent", "bias") if len(one.weights) == 3 else ("kernel", "bias")


def empty(shape: tuple[int, ...]) -> Array:
    """An array that starts at 64 bytes: TensorFlow copies what does not."""
    size = math.prod(shape)
    raw = np.empty(size + 16, np.float32)
    start = -raw.ctypes.data % 64 // 4
    return raw[start : start + size].reshape(shape)


def _shape(call: Call) -> tuple[Any, ...]:
    """What all directions of a layer have in common."""
    one = call.of
    precision = one.packed and one.packed.precision
    return (one.cell, one.inputs.shape, one.batch, one.units, precision)


def run(call: Any, calls: Sequence[Call]) -> None:
    Prepared(call, calls)()


class Prepared:
    """A call of the library that may be made again, with other numbers in the same arrays."""

    def __init__(self, call: Any, calls: Sequence[Call]):
        self._call, self._calls, self._threads = call, calls, threads()
        if len(calls) > MOST_PASSES or len({_shape(one) for one in calls}) > 1:
            raise ValueError(f"expected at most {MOST_PASSES} passes, of the same shapes")
        self._structures = (_Pass * len(calls))(*(one.structure for one in calls))

    def resize(self, batch: int, steps: int) -> None:
        """Fewer rows and steps than the arrays have room for, from their beginning on."""
        for one in self._structures:
            one.batch, one.steps = batch, steps

    def __call__(self) -> None:
        if self._call(self._structures, len(self._calls), self._threads):
            one = self._calls[0].of
            batch, steps = one.batch
            raise RnnkitError(
                "",
                f"not enough memory for a recurrent layer of {counted(one.units, 'unit')} over"
                f" {counted(batch, 'sequence')} of {counted(steps, 'step')}",
                "",
                "Use a smaller batch_size",
            )
