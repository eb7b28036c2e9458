"""Formulas as text: how a term was computed, in symbols or with its numbers filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnkit.engine.terms import SIGNS, Term, value_of

WHOLE = 4  # the precedence of what needs no brackets
MOST_PRODUCTS = 2  # how many products of a matrix product are written out


def formula(term: Term, *, whole: bool = False) -> str:
    """The formula of a term in symbols; the name of a named term, unless `whole`."""
    if term.name and not whole:
        return term.name
    return _written(term, formula)


def numbers(term: Term, unit: int) -> str:
    """The formula of one unit of a term, with its numbers."""
    if term.symbol == "@":
        return _products(term, unit)
    return _written(_at(term, unit), lambda part: number(part.value))


def number(value: Any) -> str:
    """A number with four decimal places; True or False for a comparison."""
    array = np.asarray(value)
    return str(bool(array)) if array.dtype == bool else f"{float(array):.4f}"


def _written(term: Term, part: Callable[[Term], str]) -> str:
    """A term's operation as text; `part` writes operands that have a name or are numbers."""
    return _tight(term, part, is_whole=True)[0]


def _tight(term: Any, part: Callable[[Term], str], *, is_whole: bool = False) -> tuple[str, int]:
    """A term as text, and the precedence of its outermost operator."""
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
    """A name or a number with its precedence; a negative number needs brackets in an operation."""
    return text, 0 if text.startswith("-") else WHOLE


def _index(index: Any) -> str:
    last = index[-1] if isinstance(index, tuple) else index
    return f"{last.start}:{last.stop}" if isinstance(last, slice) else str(last)


def _at(term: Any, unit: int) -> Any:
    """A term restricted to one unit, where matrix products and named terms become numbers."""
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
    """The start of a span of units; None for a row."""
    index = term.operands[1]
    last = index[-1] if isinstance(index, tuple) else index
    return int(last.start) if isinstance(last, slice) else None


def _products(term: Term, unit: int) -> str:
    """One number of a matrix product: its first products, and how many more there are."""
    row = np.ravel(value_of(term.operands[0]))
    column = value_of(term.operands[1])[:, unit]
    shown = [
        _tight(Term(0, "*", (Term(x), Term(w))), lambda part: number(part.value))[0]
        for x, w in zip(row[:MOST_PRODUCTS], column[:MOST_PRODUCTS], strict=True)
    ]
    rest = len(row) - len(shown)
    return " + ".join([*shown, f"... ({rest} more)"] if rest else shown)
