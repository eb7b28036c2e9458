"""The equation of a cell as its code says it: each value of a step with the formula that gave it.

A cell computes with any array namespace (`rnnkit.cells.cell`). `Terms` is one whose arrays remember
the operation that made them, so that the formulas of every cell, a user's own among them, are those
that it computes by.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnnkit.models.activations import ACTIVATIONS

SIGNS: dict[str, tuple[Callable[..., Any], int]] = {
    ">=": (operator.ge, 0),
    ">": (operator.gt, 0),
    "<=": (operator.le, 0),
    "<": (operator.lt, 0),
    "+": (operator.add, 1),
    "-": (operator.sub, 1),
    "*": (operator.mul, 2),
    "/": (operator.truediv, 2),
    "**": (operator.pow, 3),
    "@": (operator.matmul, 2),
}
"""What each sign computes, and how tightly it binds."""
WHOLE = 4  # what needs no brackets
MOST_PRODUCTS = 2  # of a matrix product that are written out


_NUMBERS = itertools.count()  # of the terms, as they are made


class Term:
    """An array, and what it was computed from.

    Args:
        value: The array.
        symbol: A sign, or the name of a function; "" for what was not computed here.
        operands: What it was computed from, terms and numbers.
        name: How formulas call it; "" for what they write out.
    """

    __array_ufunc__ = None  # numpy's operators leave the work to those below

    def __init__(
        self, value: Any, symbol: str = "", operands: Sequence[Any] = (), name: str = ""
    ) -> None:
        self.value = np.asarray(value)
        self.symbol, self.operands, self.name = symbol, tuple(operands), name
        self.number = next(_NUMBERS)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def dtype(self) -> Any:
        return self.value.dtype

    @property
    def ndim(self) -> int:
        return self.value.ndim

    def __getitem__(self, index: Any) -> Term:
        return Term(self.value[index], "[]", (self, index))

    def __neg__(self) -> Term:
        return Term(-self.value, "neg", (self,))

    def __iter__(self) -> Any:
        return (self[index] for index in range(len(self.value)))

    def __bool__(self) -> bool:
        return bool(self.value)

    def formula(self, *, whole: bool = False) -> str:
        """How it was computed, in symbols; a term with a name by its name, unless `whole`."""
        if self.name and not whole:
            return self.name
        return _written(self, lambda part: part.formula())

    def numbers(self, unit: int) -> str:
        """The same for one unit, with the numbers put in."""
        if self.symbol == "@":
            return _products(self, unit)
        return _written(_at(self, unit), lambda part: number(part.value))


def number(value: Any) -> str:
    """Four digits, or the sign of a comparison."""
    array = np.asarray(value)
    return str(bool(array)) if array.dtype == bool else f"{float(array):.4f}"


def _binary(sign: str, swapped: bool) -> Callable[[Term, Any], Term]:
    compute = SIGNS[sign][0]

    def method(self: Term, other: Any) -> Term:
        first, second = (other, self) if swapped else (self, other)
        return Term(compute(_value(first), _value(second)), sign, (first, second))

    return method


for _sign, _method in {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "truediv",
    "**": "pow",
    "@": "matmul",
}.items():
    setattr(Term, f"__{_method}__", _binary(_sign, swapped=False))
    setattr(Term, f"__r{_method}__", _binary(_sign, swapped=True))
for _sign, _method in {">=": "ge", ">": "gt", "<=": "le", "<": "lt"}.items():
    setattr(Term, f"__{_method}__", _binary(_sign, swapped=False))


class Terms:
    """The array namespace; a function that it does not know better is numpy's of that name."""

    @staticmethod
    def matmul(first: Any, second: Any) -> Term:
        return Term(_value(first) @ _value(second), "@", (first, second))

    @staticmethod
    def split(array: Term, sections: int, axis: int = -1) -> list[Term]:
        size = array.shape[axis] // sections
        spans = (slice(size * part, size * (part + 1)) for part in range(sections))
        return [array[..., span] for span in spans]

    @staticmethod
    def activation(name: str) -> Callable[[Term], Term]:
        return lambda x: Term(ACTIVATIONS[name](x.value), name, (x,))

    def __getattr__(self, name: str) -> Callable[..., Term]:
        function = ACTIVATIONS.get(name) or getattr(np, name)

        def call(*operands: Any, **options: Any) -> Term:
            return Term(function(*map(_value, operands), **options), name, operands)

        return call


def _value(operand: Any) -> Any:
    return operand.value if isinstance(operand, Term) else operand


def _written(term: Term, part: Callable[[Term], str]) -> str:
    """A term's operation; `part` writes each term that has a name or is a number."""
    return _tight(term, part, is_whole=True)[0]


def _tight(term: Any, part: Callable[[Term], str], *, is_whole: bool = False) -> tuple[str, int]:
    """A term as text, and how tightly its outermost sign binds."""
    if not isinstance(term, Term):
        return f"{term:g}" if isinstance(term, int | float) else str(term), WHOLE
    if not is_whole and (term.name or not term.symbol):
        return _bound(part(term))
    if term.symbol == "[]":
        inner, binds = _tight(term.operands[0], part)
        return f"{inner if binds == WHOLE else f'({inner})'}[{_index(term.operands[1])}]", WHOLE
    if term.symbol == "neg":
        inner, binds = _tight(term.operands[0], part)
        return f"-{inner if binds > 1 else f'({inner})'}", 1
    if term.symbol not in SIGNS:
        inside = ", ".join(_tight(operand, part)[0] for operand in term.operands)
        return (f"{term.symbol}({inside})", WHOLE) if term.symbol else _bound(part(term))
    binds = SIGNS[term.symbol][1]
    first, second = (_tight(operand, part) for operand in term.operands)
    left = first[0] if first[1] >= binds else f"({first[0]})"
    is_tighter = second[1] > binds or (second[1] == binds and term.symbol in "+*@")
    right = second[0] if is_tighter else f"({second[0]})"
    sign = " " if term.symbol == "@" else f" {term.symbol} "
    return f"{left}{sign}{right}", binds


def _bound(text: str) -> tuple[str, int]:
    """A name or a number; one below zero stands in brackets beside a sign."""
    return text, 0 if text.startswith("-") else WHOLE


def _index(index: Any) -> str:
    last = index[-1] if isinstance(index, tuple) else index
    return f"{last.start}:{last.stop}" if isinstance(last, slice) else str(last)


def _at(term: Any, unit: int) -> Any:
    """The same term for one unit: its matrix products, and what has a name, are numbers."""
    if not isinstance(term, Term):
        return float(np.ravel(term)[unit]) if np.size(term) > 1 else term
    if term.symbol == "[]":
        start = _offset(term)
        return _at(term.operands[0], unit + start) if start is not None else _one(term, unit)
    if term.symbol in ("", "@"):
        return _one(term, unit)
    operands = [
        _one(part, unit) if isinstance(part, Term) and part.name else _at(part, unit)
        for part in term.operands
    ]
    return Term(_one(term, unit).value, term.symbol, operands)


def _one(term: Term, unit: int) -> Term:
    values = np.ravel(term.value)
    return Term(values[unit] if values.size > 1 else values[0])


def _offset(term: Term) -> int | None:
    """Where a span of units begins; None for a row."""
    index = term.operands[1]
    last = index[-1] if isinstance(index, tuple) else index
    return int(last.start) if isinstance(last, slice) else None


def _products(term: Term, unit: int) -> str:
    """A number of a matrix product: its first products, and how many there are."""
    row = np.ravel(_value(term.operands[0]))
    column = _value(term.operands[1])[:, unit]
    shown = [
        _tight(Term(0, "*", (Term(x), Term(w))), lambda part: number(part.value))[0]
        for x, w in zip(row[:MOST_PRODUCTS], column[:MOST_PRODUCTS], strict=True)
    ]
    rest = len(row) - len(shown)
    return " + ".join([*shown, f"... ({rest} more)"] if rest else shown)
