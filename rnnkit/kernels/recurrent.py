"""Recurrent layers by the library. What is not float32 and contiguous is copied."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np

from rnnkit.kernels.calls import Call, empty, run, weight_names
from rnnkit.kernels.layer import (
    PRECISIONS,
    Array,
    Gradients,
    Outputs,
    Packed,
    Pass,
    Precision,
)
from rnnkit.kernels.library import load, threads


def pack(
    cell: str,
    weights: Sequence[Array],
    table: Array | None = None,
    *,
    precision: Precision = "float32",
) -> Packed:
    """What every call would make of the weights of one direction, for many calls.

    Args:
        cell: A name of CELLS.
        weights: As in a Pass.
        table: (rows, features) rows that `inputs` will be, read by their ids; None for others.
        precision: As in a Packed.
    """
    library, features = load(), weights[0].shape[0]
    rows = np.empty((1, features), np.float32) if table is None else table
    call = Call(Pass(cell, rows, weights, ids=np.zeros((1, 1), np.int32)))
    call.structure.precision = PRECISIONS.index(precision)
    packed = empty((library.rnnkit_packed_floats(ctypes.byref(call.structure)),))
    folded = None
    if table is not None:
        folded = empty((library.rnnkit_folded_floats(ctypes.byref(call.structure)),))
    call.set("packed", packed)
    call.set("folded", folded)
    library.rnnkit_pack(ctypes.byref(call.structure), threads())
    return Packed(packed, folded, precision)


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
        call = Call(one)
        batch, steps = one.batch
        outputs = empty((batch, steps, one.units)) if every_step or save else None
        state = tuple(empty((batch, one.units)) for _ in range(one.states))
        call.set("outputs", outputs)
        call.set("h_last", state[0])
        call.set("c_last", state[1] if one.states == 2 else None)
        saved = None
        if save:
            saved = empty((library.rnnkit_saved_floats(ctypes.byref(call.structure)),))
            call.set("saved", saved)
        calls.append(call)
        answers.append(Outputs(outputs, state, saved))
    run(library.rnnkit_forward, calls)
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
        call = Call(one)
        batch, steps = one.batch
        if answer.outputs is None or answer.saved is None:
            raise ValueError("found no outputs, expected those of forward with save=True")
        call.give("outputs", answer.outputs, (batch, steps, one.units))
        call.set_sized("saved", answer.saved)
        call.give("d_outputs", of_output, (batch, steps, one.units))
        call.give_state("d_{}_last", of_states[index] if of_states else ())
        of_inputs = empty((batch, steps, one.inputs.shape[-1])) if inputs else None
        weights = tuple(empty(weight.shape) for weight in one.weights)
        state = tuple(empty(array.shape) for array in one.state)
        call.set("d_inputs", of_inputs)
        for name, array in zip(weight_names(one), weights, strict=True):
            call.set(f"d_{name}", array)
        for name, array in zip("hc"[: len(state)], state, strict=True):
            call.set(f"d_{name}0", array)
        calls.append(call)
        gradients.append(Gradients(of_inputs, weights, state))
    run(load().rnnkit_backward, calls)
    return gradients
