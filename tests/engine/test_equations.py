"""The formulas of a cell's step are those that it computes by."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from rnnkit.cells import Cell, RecurrentSpec
from rnnkit.engine.equations import Step, steps
from rnnkit.engine.recurrent import run
from rnnkit.models.activations import ACTIVATIONS
from tests.helpers.random_models import EVERY_RECURRENT

UNITS = 5


class OddCell(Cell["Odd"]):
    """A user's own: every sign, a function of numpy's, a row of a weight."""

    states = 3

    def shapes(self, features: int | None, units: int) -> Any:
        return {"kernel": (features, units), "mix": (2, units)}

    def project(self, xp: Any, x: Any, weights: Any) -> Any:
        return x @ weights["kernel"]

    def step(self, xp: Any, projected: Any, state: Any, weights: Any, spec: Odd) -> Any:
        h, c, age = state
        first, second = weights["mix"]
        new = -(projected - h) / (2 + c**2) * first
        older = age + 1
        c = xp.where(new > c, xp.maximum(new, 0.1), 1 - second * (c - h) - new)
        return xp.sin(new) - (h - c), (xp.sin(new) - (h - c), c, older)


class Odd(RecurrentSpec):
    """Of this file alone."""

    cell = OddCell()


def numbers_of(spec: RecurrentSpec) -> tuple[list[Step], np.ndarray]:
    """The steps of a cell with random weights, and what the engine answers."""
    generator = np.random.default_rng(3)
    weights = {
        name: generator.normal(size=shape).astype(np.float32)
        for name, shape in spec.cell.shapes(3, UNITS).items()
    }
    x = generator.normal(size=(4, 3)).astype(np.float32)
    state = [generator.normal(size=UNITS).astype(np.float32) for _ in range(spec.cell.states)]
    outputs, _ = run(x[None], tuple(array[None] for array in state), weights, spec)
    return list(steps(x, state, weights, spec, range(UNITS))), outputs[0]


def computed(numbers: str) -> float:
    """What a formula with its numbers put in comes to, by Python's own rules."""
    one = {name: lambda x, f=f: float(f(np.float64(x))) for name, f in ACTIVATIONS.items()}
    where = {"where": lambda test, yes, no: yes if test else no, "maximum": max, "sin": np.sin}
    return float(eval(numbers, {"__builtins__": {}}, {**one, **where}))


@pytest.mark.parametrize("kind", [*EVERY_RECURRENT, Odd])
def test_steps_are_those_of_the_engine(kind: type[RecurrentSpec]) -> None:
    found, expected = numbers_of(kind(units=UNITS))
    np.testing.assert_allclose([step.state[0] for step in found], expected, atol=1e-6)


@pytest.mark.parametrize("kind", [*EVERY_RECURRENT, Odd])
def test_steps_numbers_put_into_a_formula_give_its_value(kind: type[RecurrentSpec]) -> None:
    found, _ = numbers_of(kind(units=UNITS))
    for step in found:
        for row in step.rows:
            for unit, numbers in enumerate(row.numbers):
                if "more)" not in numbers:  # a long matrix product
                    assert computed(numbers) == pytest.approx(row.values[unit], abs=2e-3), row


@pytest.mark.parametrize("kind", [*EVERY_RECURRENT, Odd])
def test_steps_formulas_use_what_has_a_row_or_is_given(kind: type[RecurrentSpec]) -> None:
    found, _ = numbers_of(kind(units=UNITS))
    known = {
        "x",
        "W",
        "U",
        "b",
        "p",
        "h'",
        "c'",
        "s2'",
        "mix",
        *ACTIVATIONS,
        "where",
        "maximum",
        "sin",
    }
    for step in found:
        named = set[str]()
        for row in step.rows:
            assert set(re.findall(r"[a-zA-Z_]\w*'?", row.formula)) <= known | named, row
            named.add(row.name)


def test_steps_of_an_lstm_are_its_equations() -> None:
    (lstm,) = (kind for kind in EVERY_RECURRENT if kind.__name__ == "LSTM")
    (step, *_), _ = numbers_of(lstm(units=UNITS))
    formulas = {row.name: row.formula for row in step.rows}
    assert formulas["f"] == "(x W + b + h' U)[5:10]"
    assert formulas["c"] == "sigmoid(f) * c' + sigmoid(i) * tanh(g)"
    assert formulas["h"] == "sigmoid(o) * tanh(c)"
