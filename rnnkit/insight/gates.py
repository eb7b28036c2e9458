"""The gates and states of a recurrent layer at every step, found in the equations of its cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from rnnkit.cells import RecurrentSpec
from rnnkit.engine.equations import BEFORE, terms
from rnnkit.engine.formulas import formula
from rnnkit.engine.terms import Term

Array = np.ndarray

SQUASHED = {"sigmoid", "hard_sigmoid"}
"""The activations with values from 0 to 1."""
SHUT, OPEN = 0.1, 0.9
"""A gate below or above is saturated."""
WORDS = {"i": "input gate", "f": "forget gate", "o": "output gate", "z": "update gate"} | {
    "r": "reset gate",
    "h": "output",
    "c": "cell state",
}
"""The field's terms for the names in equations."""


@dataclass(frozen=True)
class Signal:
    """A gate or a state over time.

    Args:
        name: Its name in the equations: "f", "c".
        formula: Its equation.
        kind: Whether it is a gate, which is a sigmoid that scales something, or 1 minus one.
        keeps: The factor of the previous state: "itself" if it is the gate, "the rest" if it is 1
            minus the gate; "" if the gate does not scale the state.
        values: (batch, timesteps, units).
    """

    name: str
    formula: str
    kind: Literal["gate", "state"]
    keeps: Literal["", "itself", "the rest"]
    values: Array

    @property
    def words(self) -> str:
        """The name, with the field's term if there is one."""
        return f"{self.name}, {WORDS[self.name]}" if self.name in WORDS else self.name


@dataclass(frozen=True)
class _Gate:
    term: Term
    keeps: Literal["", "itself", "the rest"]


def signals(
    x: Array, state: Sequence[Array], weights: Mapping[str, Array], spec: RecurrentSpec
) -> list[Signal]:
    """The gates of one direction of a layer in the order of their computation, and its states.

    Args:
        x: The inputs in the order of reading, (batch, timesteps, features).
        state: The initial states, (batch, units) each.
        weights: The weights of this direction.
        spec: The layer's settings.
    """
    shape = (*x.shape[:2], spec.units)
    gathered: dict[str, Signal] = {}
    for step, (_, after) in enumerate(terms(x, state, weights, spec)):
        for signal in _signals_of_step(after):
            if step == 0:
                gathered[signal.name] = _empty(signal, shape)
            if signal.name in gathered:  # an equation may have other terms at later steps
                gathered[signal.name].values[:, step] = signal.values
    return list(gathered.values())


def _signals_of_step(after: Sequence[Term]) -> Iterator[Signal]:
    """The gates and states of a step, with values (batch, units)."""
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
    """The first name in the argument of a gate: "f" of f, and of f + p * c'."""
    inside = term.operands[0]
    while isinstance(inside, Term) and not inside.name and inside.symbol == "+":
        inside = inside.operands[0]
    return inside.name if isinstance(inside, Term) and inside.name not in _ALL_BEFORE else ""


def _empty(signal: Signal, shape: tuple[int, ...]) -> Signal:
    return replace(signal, values=np.zeros(shape, np.float32))


def _gates(after: Sequence[Term]) -> list[_Gate]:
    """The sigmoids of a step that scale something, in the order of their computation."""
    scaling: dict[int, _Gate] = {}
    for product in _all_terms(after):
        if product.symbol != "*" or len(product.operands) != 2:
            continue
        first, second = product.operands
        # in a product of two sigmoids, the first is the gate
        gate = _gate(first, second) or _gate(second, first)
        known = scaling.get(gate.term.number) if gate else None
        if gate and (known is None or gate.keeps):
            scaling[gate.term.number] = gate
    return [scaling[number] for number in sorted(scaling)]


def _gate(factor: object, other: object) -> _Gate | None:
    """The gate in a factor that scales `other`; None if it is no gate."""
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
    """The saturation of a gate, and the memory that it keeps.

    Args:
        gate: Its name, with the field's term.
        mean: The mean over units and steps.
        shut: The share of values below 0.1.
        open: The share of values above 0.9.
        units: Both shares for each unit.
        half_life: The median over units of the steps after which half of the state is left; None
            for a gate that does not scale the state.
        longest: The longest half-life of a unit; None likewise.
    """

    gate: str
    mean: float
    shut: float
    open: float
    units: list[tuple[float, float]]
    half_life: float | None
    longest: float | None


def saturation(gate: Signal, is_real: Array) -> Saturation:
    """The saturation of a gate over all steps.

    Args:
        gate: The gate with its values.
        is_real: Whether each step is real, not padding, (batch, timesteps).
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
        [(float(low), float(high)) for low, high in zip(shut, opened, strict=True)],
        half,
        longest,
    )
