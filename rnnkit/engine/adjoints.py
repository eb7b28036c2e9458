"""Reverse-mode differentiation of computations with terms.

For each operation y = f(a, b, ...), a table has the adjoint of each operand: a function from dL/dy
to dL/da, dL/db, ... (Griewank and Walther 2008). Going back from the answer, all uses of a value
come before the value itself, so that its gradient is complete when it is propagated.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import numpy as np

from rnnkit.engine.derivatives import ADJOINTS, CONSTANT
from rnnkit.engine.terms import LISTS, Term, value_of
from rnnkit.errors import RnnkitError
from rnnkit.models.activations import ACTIVATIONS

Array = np.ndarray


class Undifferentiable(RnnkitError):
    """Raised for a function without a known derivative; has the number of the term it computed."""

    def __init__(self, term: Term):
        got = f"numpy's {term.symbol}, whose derivative is not known"
        super().__init__("", got, f"Expected some of: {', '.join(sorted(ADJOINTS))}")
        self.number = term.number


def differentiate(answer: Term, gradient: Array, wanted: Sequence[Term]) -> list[Array]:
    """The gradient of a loss with respect to each of some terms; zeros for those without influence.

    Args:
        answer: The term from which the loss is computed.
        gradient: dL/d(answer), of its shape.
        wanted: The terms.

    Raises:
        Undifferentiable: If an operation on the way has no known derivative.
    """
    numbers = {term.number for term in wanted}
    uses = _uses(answer, numbers)
    sums = _Sums()
    sums.add(answer, np.broadcast_to(np.asarray(gradient, answer.dtype), answer.shape))
    kept: dict[int, Array] = {}
    for term, parts in reversed(uses.values()):
        arrived = sums.pop(term)
        if arrived is None:
            continue
        if term.number in numbers:
            kept[term.number] = arrived
        if parts and term.symbol not in CONSTANT:
            _pass_on(term, arrived, sums, uses)
    return [kept.get(term.number, np.zeros(term.shape, _float_type(term.dtype))) for term in wanted]


class _Sums:
    """The gradients accumulated at terms so far, each a sum over its uses."""

    def __init__(self) -> None:
        self._arrays: dict[int, Array] = {}
        self._own = set[int]()  # arrays that nothing else refers to, and can be changed in place

    def add(self, term: Term, gradient: Array) -> None:
        number = term.number
        if number not in self._arrays:
            self._arrays[number] = gradient
        elif number in self._own:
            self._arrays[number] += gradient
        else:
            self._arrays[number] = self._arrays[number] + gradient
            self._own.add(number)

    def add_at(self, term: Term, index: Any, gradient: Array) -> None:
        """Adds to a part of a gradient: otherwise each step of a sequence would cost as much as the
        whole of it.
        """
        number = term.number
        if number not in self._own:
            whole = np.zeros(term.shape, gradient.dtype)
            if number in self._arrays:
                whole += self._arrays[number]
            self._arrays[number] = whole
            self._own.add(number)
        parts = index if isinstance(index, tuple) else (index,)
        if any(isinstance(part, np.ndarray | list) for part in parts):
            np.add.at(self._arrays[number], index, gradient)  # a row may occur repeatedly
        else:
            self._arrays[number][index] += gradient

    def pop(self, term: Term) -> Array | None:
        self._own.discard(term.number)
        return self._arrays.pop(term.number, None)


def _uses(answer: Term, wanted: set[int]) -> dict[int, tuple[Term, list[Term]]]:
    """The terms on the paths from the wanted ones to the answer, in the order of computation, each
    with its operands among them.
    """
    below, pending = dict[int, tuple[Term, list[Term]]](), [answer]
    while pending:
        term = pending.pop()
        if term.number not in below:
            below[term.number] = term, _terms(term.operands)
            pending += below[term.number][1]
    uses: dict[int, tuple[Term, list[Term]]] = {}
    for number, (term, operands) in sorted(below.items()):
        parts = [part for part in operands if part.number in uses]
        if parts or number in wanted:
            uses[number] = term, parts
    return uses


def _terms(operands: Sequence[Any]) -> list[Term]:
    """The terms among operands, and in lists of operands."""
    terms = []
    for operand in operands:  # a hot loop: the common case first
        if isinstance(operand, Term):
            terms.append(operand)
        elif isinstance(operand, LISTS):
            terms += [part for part in operand if isinstance(part, Term)]
    return terms


def _pass_on(term: Term, arrived: Array, sums: _Sums, uses: Container[int]) -> None:
    """Propagates a term's gradient to those of its operands that are in use."""
    if term.symbol == "[]":
        sums.add_at(term.operands[0], value_of(term.operands[1]), arrived)
        return
    if term.symbol not in ADJOINTS:
        _through_definition(term, arrived, sums)
        return
    values = list(map(value_of, term.operands))
    for operand, adjoint in zip(term.operands, ADJOINTS[term.symbol], strict=False):
        if isinstance(operand, LISTS):
            gradients = adjoint(arrived, term.value, *values, **term.options)
            for part, gradient in zip(operand, gradients, strict=True):
                if isinstance(part, Term) and part.number in uses:
                    sums.add(part, gradient)
        elif isinstance(operand, Term) and operand.number in uses:
            gradient = adjoint(arrived, term.value, *values, **term.options)
            sums.add(operand, _fitted(gradient, operand.shape))


def _through_definition(term: Term, arrived: Array, sums: _Sums) -> None:
    """Propagates the gradient of an activation through its definition."""
    if term.symbol not in ACTIVATIONS:
        raise Undifferentiable(term)
    (operand,) = term.operands
    x = Term(operand.value)
    answer: Any = ACTIVATIONS[term.symbol](x)  # type: ignore[arg-type]
    sums.add(operand, differentiate(answer, arrived, [x])[0])


def _fitted(gradient: Array, shape: tuple[int, ...]) -> Array:
    """A gradient summed over the axes along which its operand was broadcast."""
    if gradient.shape == shape:
        return gradient
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    axes = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return np.broadcast_to(gradient.sum(axis=axes, keepdims=True) if axes else gradient, shape)


def _float_type(dtype: Any) -> Any:
    return dtype if dtype.kind == "f" else np.float32
