"""The gates and states of a recurrent layer at every step, found in the equation of its cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rnnkit.cells import RecurrentSpec
from rnnkit.engine.equations import BEFORE, terms
from rnnkit.engine.formulas import formula
from rnnkit.engine.terms import Term

Array = np.ndarray

SQUASHED = {"sigmoid", "hard_sigmoid"}
"""Activations between 0 and 1."""
SHUT, OPEN = 0.1, 0.9
"""Below and above which a gate is saturated."""
WORDS = {"i": "input gate", "f": "forget gate", "o": "output gate", "z": "update gate"} | {
    "r": "reset gate",
    "h": "output",
    "c": "cell state",
}
"""What the field calls the names of an equation."""


@dataclass(frozen=True)
class Signal:
    """A gate, or an array of the state.

    Args:
        name: As the equation calls it: "f", "c".
        formula: How a state is computed, or what a gate is.
        kind: A gate is a sigmoid, or 1 minus one, that scales something.
        keeps: Whether the gate scales the state before the step: "itself", or "the rest", 1 minus
            it; "" for neither.
        values: (batch, timesteps, units).
    """

    name: str
    formula: str
    kind: Literal["gate", "state"]
    keeps: Literal["", "itself", "the rest"]
    values: Array

    @property
    def words(self) -> str:
        """The name, and what the field calls it where it has a word."""
        return f"{self.name}, {WORDS[self.name]}" if self.name in WORDS else self.name


@dataclass(frozen=True)
class _Gate:
    term: Term
    keeps: Literal["", "itself", "the rest"]


def signals(
    x: Array, state: Sequence[Array], weights: Mapping[str, Array], spec: RecurrentSpec
) -> list[Signal]:
    """The gates of one direction of a layer in the order in which they are computed, and its state.

    Args:
        x: (batch, timesteps, features), in the order in which they are read.
        state: Before the first step, each (batch, units).
        weights: The weights of this direction.
        spec: The layer's settings.
    """
    shape = (*x.shape[:2], spec.units)
    gathered: dict[str, Signal] = {}
    for step, (_, after) in enumerate(terms(x, state, weights, spec)):
        for one in _of_step(after):
            if step == 0:
                gathered[one.name] = _empty(one, shape)
            if one.name in gathered:  # an equation may have fewer terms at another step
                gathered[one.name].values[:, step] = one.values
    return list(gathered.values())


def _of_step(after: Sequence[Term]) -> Iterator[Signal]:
    """Gates and states, each (batch, units)."""
    gates, names = _gates(after), set[str]()
    for number, gate in enumerate(gates):
        name = gate.term.name or _first_name(gate.term)
        name = name if name and name not in names else f"gate {number}"
        names.add(name)
        text = formula(gate.term, whole=True)
        yield Signal(name, text, "gate", gate.keeps, gate.term.value)
    for before, term in zip(_names_before(after), after, strict=True):
        name = before.rstrip("'")
        name = name if name not in names else f"state {name}"
        yield Signal(name, formula(term, whole=True), "state", "", term.value)


def _first_name(term: Term) -> str:
    """Of what a gate squashes: "f" of f, and of f + p * c'."""
    inside = term.operands[0]
    while isinstance(inside, Term) and not inside.name and inside.symbol == "+":
        inside = inside.operands[0]
    return inside.name if isinstance(inside, Term) and inside.name not in _ALL_BEFORE else ""


def _empty(one: Signal, shape: tuple[int, ...]) -> Signal:
    return Signal(one.name, one.formula, one.kind, one.keeps, np.zeros(shape, np.float32))


def _gates(after: Sequence[Term]) -> list[_Gate]:
    """The sigmoids of a step that scale something, in the order in which they are computed."""
    scaling: dict[int, _Gate] = {}
    for product in _all_terms(after):
        if product.symbol != "*" or len(product.operands) != 2:
            continue
        first, second = product.operands
        # of two sigmoids the first is the gate, the second what it scales
        gate = _gate(first, second) or _gate(second, first)
        known = scaling.get(gate.term.number) if gate else None
        if gate and (known is None or gate.keeps):
            scaling[gate.term.number] = gate
    return [scaling[number] for number in sorted(scaling)]


def _gate(factor: object, other: object) -> _Gate | None:
    """A factor that is a gate; `other` is what it scales."""
    if not isinstance(factor, Term):
        return None
    rest = factor.symbol == "-" and not isinstance(factor.operands[0], Term)
    term = factor.operands[1] if rest else factor
    if not isinstance(term, Term) or term.symbol not in SQUASHED:
        return None
    keeps = isinstance(other, Term) and other.name in _ALL_BEFORE
    return _Gate(term, ("the rest" if rest else "itself") if keeps else "")


_ALL_BEFORE = {*BEFORE, *(f"s{index}'" for index in range(2, 9))}


def _names_before(after: Sequence[Term]) -> list[str]:
    return [BEFORE[index] if index < len(BEFORE) else f"s{index}'" for index in range(len(after))]


def _all_terms(outputs: Sequence[Term]) -> list[Term]:
    seen, pending = dict[int, Term](), list[object](outputs)
    while pending:
        term = pending.pop()
        if isinstance(term, list | tuple):
            pending += term
        elif isinstance(term, Term) and term.number not in seen:
            seen[term.number] = term
            pending += term.operands
    return list(seen.values())


@dataclass(frozen=True)
class Saturation:
    """How often a gate is nearly shut, or nearly open.

    Args:
        gate: Its name, with what the field calls it.
        mean: Over units and steps.
        shut: The share of values below 0.1.
        open: The share of values above 0.9.
        units: For each unit, both shares.
        half_life: Steps after which half of what a unit holds is left, by the median unit, where
            the gate says what is kept; None for another gate.
        longest: The same of the unit that keeps longest.
    """

    gate: str
    mean: float
    shut: float
    open: float
    units: list[tuple[float, float]]
    half_life: float | None
    longest: float | None


def saturation(gate: Signal, is_real: Array) -> Saturation:
    """Statistics of a gate.

    Args:
        gate: With its values.
        is_real: (batch, timesteps) whether a step is not padding.
    """
    values = gate.values[is_real].astype(np.float64)  # (steps, units)
    shut, opened = (values < SHUT).mean(axis=0), (values > OPEN).mean(axis=0)
    half = longest = None
    if gate.keeps:
        kept = values if gate.keeps == "itself" else 1 - values
        decay = -np.log(np.clip(kept, 1e-9, 1 - 1e-9)).mean(axis=0)
        lives = np.log(2) / decay
        half, longest = float(np.median(lives)), float(lives.max())
    return Saturation(
        gate.words,
        float(values.mean()),
        float(shut.mean()),
        float(opened.mean()),
        [(float(one), float(other)) for one, other in zip(shut, opened, strict=True)],
        half,
        longest,
    )
