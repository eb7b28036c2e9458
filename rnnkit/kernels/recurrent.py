"""The library's calls, over NumPy arrays.

Shapes: inputs (batch, timesteps, features), each array of a state (batch, units). Weights are laid
out as in Keras. What is not float32 and contiguous is copied.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.kernels.library import load, threads

Array = np.ndarray
State = tuple[Array, ...]

CELLS = ("simple_rnn", "lstm", "gru", "min_gru", "min_lstm")
"""By the numbers of `enum rnnkit_cell`."""
GATES = {"simple_rnn": 1, "lstm": 4, "gru": 3, "min_gru": 2, "min_lstm": 3}

_NUMBERS = (
    *("cell", "batch", "steps", "features", "units", "reverse", "table_rows", "output_stride"),
)
_ARRAYS = (
    *("inputs", "ids", "lengths", "kernel", "recurrent", "bias", "h0", "c0"),
    *("outputs", "h_last", "c_last", "saved"),
    *("d_outputs", "d_h_last", "d_c_last"),
    *("d_inputs", "d_kernel", "d_recurrent", "d_bias", "d_h0", "d_c0"),
)


class _Pass(ctypes.Structure):
    """`rnnkit_pass` of src/rnnkit.h."""

    _fields_ = [(name, ctypes.c_int64) for name in _NUMBERS] + [
        (name, ctypes.c_void_p) for name in _ARRAYS
    ]


@dataclass(frozen=True)
class Pass:
    """One direction of one layer.

    Args:
        cell: A name of CELLS.
        inputs: (batch, timesteps, features); with `ids` a table, (rows, features).
        weights: The kernel, the recurrent kernel where the cell has one, and the bias.
        ids: (batch, timesteps) rows of the table.
        lengths: (batch,) steps that are not padding; None where all are real. The state does not
            change in the padding, and its outputs are zeros.
        state: The state before the first step; empty for zeros.
        reverse: Whether each sequence is read from its own last step to its first. Outputs stay
            where their inputs are.
    """

    cell: str
    inputs: Array
    weights: Sequence[Array]
    ids: Array | None = None
    lengths: Array | None = None
    state: Sequence[Array] = ()
    reverse: bool = False

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
        outputs: Every step's, (batch, timesteps, units); None where not asked for.
        state: After each sequence's last step.
        saved: What `backward` reads; None where not asked for.
    """

    outputs: Array | None
    state: State
    saved: Array | None = None


@dataclass(frozen=True)
class Gradients:
    """Of the inputs of a pass (None where not asked for), its weights and its first state."""

    inputs: Array | None
    weights: State
    state: State


def forward(
    passes: Sequence[Pass], *, every_step: bool = True, save: bool = False
) -> list[Outputs]:
    """Computes one or two directions of one layer, of the same shapes, at once.

    Args:
        passes: The directions.
        every_step: Whether `outputs` are asked for.
        save: Whether `backward` is to follow.
    """
    library, calls, answers = load(), [], []
    for one in passes:
        call = _Call(one)
        batch, steps = one.batch
        outputs = _empty((batch, steps, one.units)) if every_step or save else None
        state = tuple(_empty((batch, one.units)) for _ in range(one.states))
        call.set("outputs", outputs)
        call.set("h_last", state[0])
        call.set("c_last", state[1] if one.states == 2 else None)
        saved = None
        if save:
            saved = _empty((library.rnnkit_saved_floats(ctypes.byref(call.structure)),))
            call.set("saved", saved)
        calls.append(call)
        answers.append(Outputs(outputs, state, saved))
    _run(library.rnnkit_forward, calls)
    return answers


def backward(
    passes: Sequence[Pass],
    answers: Sequence[Outputs],
    of_outputs: Sequence[Array | None],
    of_states: Sequence[Sequence[Array]] | None = None,
    *,
    inputs: bool = True,
) -> list[Gradients]:
    """The gradients of some loss, by those of a layer's outputs and last states.

    Args:
        passes: As given to `forward`.
        answers: What `forward` gave, with `save`.
        of_outputs: For each pass the gradient of `outputs`; None for zeros.
        of_states: For each pass those of its last state; None for zeros.
        inputs: Whether the gradient of the inputs is asked for.
    """
    calls, gradients = [], []
    for index, (one, answer, of_output) in enumerate(zip(passes, answers, of_outputs, strict=True)):
        call = _Call(one)
        batch, steps = one.batch
        call.set("outputs", answer.outputs)
        call.set("saved", answer.saved)
        call.give("d_outputs", of_output)
        call.give_state("d_{}_last", of_states[index] if of_states else ())
        of_inputs = _empty((batch, steps, one.inputs.shape[-1])) if inputs else None
        weights = tuple(_empty(weight.shape) for weight in one.weights)
        state = tuple(_empty((batch, one.units)) for _ in range(one.states))
        call.set("d_inputs", of_inputs)
        for name, array in zip(_weight_names(one), weights, strict=True):
            call.set(f"d_{name}", array)
        for name, array in zip("hc"[: one.states], state, strict=True):
            call.set(f"d_{name}0", array)
        calls.append(call)
        gradients.append(Gradients(of_inputs, weights, state))
    _run(load().rnnkit_backward, calls)
    return gradients


@dataclass
class _Call:
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
        for name, array in zip(_weight_names(one), one.weights, strict=True):
            self.give(name, array)
        self.give_state("{}0", one.state)

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


def _weight_names(one: Pass) -> tuple[str, ...]:
    return ("kernel", "recurrent", "bias") if len(one.weights) == 3 else ("kernel", "bias")


def _empty(shape: tuple[int, ...]) -> Array:
    """An array that starts at 64 bytes: TensorFlow copies what does not."""
    size = int(np.prod(shape, dtype=np.int64))
    raw = np.empty(size + 16, np.float32)
    start = -raw.ctypes.data % 64 // 4
    return raw[start : start + size].reshape(shape)


def _run(call: Any, calls: Sequence[_Call]) -> None:
    structures = (_Pass * len(calls))(*(one.structure for one in calls))
    if call(structures, len(calls), threads()):
        batch, steps = calls[0].of.batch
        raise RnnkitError(
            "",
            f"not enough memory for a recurrent layer of {calls[0].of.units} units over"
            f" {batch} sequences of {steps} steps",
            "",
            "Use a smaller batch_size",
        )
