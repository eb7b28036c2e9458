"""The steps of a recurrent layer, with the formula of each value."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.cells import RecurrentSpec
from rnnkit.engine.formulas import formula, numbers
from rnnkit.engine.terms import Term, Terms
from rnnkit.models.activations import ACTIVATIONS

SYMBOLS = {"kernel": "W", "recurrent_kernel": "U", "bias": "b", "peephole": "p"}
BEFORE = ("h'", "c'")
"""The names of the state before the step, in formulas."""


@dataclass(frozen=True)
class Row:
    """A value of a step, and its formula.

    Args:
        name: Its name in formulas; its formula if it has no name.
        formula: How it is computed, in symbols.
        values: (units,), or another size.
        numbers: For each unit shown, the formula with its numbers filled in.
    """

    name: str
    formula: str
    values: np.ndarray
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One step of one direction.

    Args:
        inputs: (features,) that it reads.
        rows: The values that it computes, in that order.
        state: The state after it.
    """

    inputs: np.ndarray
    rows: tuple[Row, ...]
    state: tuple[np.ndarray, ...]


def steps(
    x: np.ndarray,
    state: Sequence[np.ndarray],
    weights: Mapping[str, np.ndarray],
    spec: RecurrentSpec,
    units: range,
) -> Iterator[Step]:
    """Each step of one direction of a layer.

    Args:
        x: (timesteps, features), in the order in which they are read.
        state: The state before the first step, (units,) each.
        weights: The weights of this direction.
        spec: The layer's settings.
        units: The units whose numbers are filled into the formulas.
    """
    for row, (output, after) in zip(
        x, terms(x[None], [array[None] for array in state], weights, spec), strict=True
    ):
        rows = [_row(term, units) for term in in_order((output, *after))]
        yield Step(row, tuple(rows), tuple(np.asarray(term.value)[0] for term in after))


def terms(
    x: np.ndarray,
    state: Sequence[np.ndarray],
    weights: Mapping[str, np.ndarray],
    spec: RecurrentSpec,
) -> Iterator[tuple[Term, tuple[Term, ...]]]:
    """The output of each step and the state after it, as terms, which record their computation.

    Args:
        x: (batch, timesteps, features), in the order in which they are read.
        state: The state before the first step, (batch, units) each.
        weights: The weights of this direction.
        spec: The layer's settings.
    """
    cell, xp = spec.cell, Terms()
    named = {key: Term(array, name=SYMBOLS.get(key, key)) for key, array in weights.items()}
    for step in range(x.shape[1]):
        before = tuple(
            Term(array, name=BEFORE[index] if index < len(BEFORE) else f"s{index}'")
            for index, array in enumerate(state)
        )
        inputs = Term(x[:, step], name="x")
        with NamedBy(cell):
            projected = cell.project(xp, inputs, named)
            output, after = cell.step(xp, projected, before, named, spec)
        yield output, after
        state = tuple(np.asarray(term.value) for term in after)


class NamedBy:
    """Names terms, inside, by the local variables of the cell's methods when these return."""

    def __init__(self, cell: object):
        self._cell = cell

    def __enter__(self) -> None:
        self._before = sys.getprofile()
        sys.setprofile(self._return)

    def __exit__(self, *_: object) -> None:
        sys.setprofile(self._before)

    def _return(self, frame: Any, event: str, _: Any) -> None:
        if event != "return" or frame.f_locals.get("self") is not self._cell:
            return
        arguments = frame.f_code.co_varnames[: frame.f_code.co_argcount]
        for name, value in frame.f_locals.items():
            if isinstance(value, Term) and not value.name and name not in arguments:
                value.name = name


def in_order(outputs: Sequence[Term], since: int = -1) -> list[Term]:
    """The terms of a step that get a row, in the order of computation: matrix products, activations
    and named terms, computed after the term with the number `since`.
    """
    seen, pending = dict[int, Term](), list[object](outputs)
    while pending:
        term = pending.pop()
        if isinstance(term, Term) and term.symbol and since < term.number not in seen:
            seen[term.number] = term
            pending += term.operands
    return [term for _, term in sorted(seen.items()) if _is_shown(term)]


def _is_shown(term: Term) -> bool:
    return bool(term.name) or term.symbol == "@" or term.symbol in ACTIVATIONS


def _row(term: Term, units: range) -> Row:
    values = np.ravel(term.value)
    filled = tuple(numbers(term, unit) for unit in units if unit < len(values))
    return Row(formula(term), formula(term, whole=True), values, filled)
