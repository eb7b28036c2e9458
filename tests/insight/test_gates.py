from __future__ import annotations

import numpy as np
import pytest

from rnnkit.cells.lstm import LSTM
from rnnkit.insight.gates import Signal, saturation, signals
from rnnkit.registry import lookup
from tests.helpers.random_models import EVERY_RECURRENT, known

GATES = {
    "simple_rnn": {},
    "lstm": {"f": "itself", "i": "", "o": ""},
    "peephole_lstm": {"f": "itself", "i": "", "o": ""},
    "gru": {"z": "itself", "r": ""},
    "min_gru": {"z": "the rest"},
    "min_lstm": {"f": "itself"},
}
X = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)


def drawn(spec: type, **keys: object) -> tuple[list[Signal], dict[str, np.ndarray]]:
    layer = spec(units=5, **keys)
    generator = np.random.default_rng(1)
    weights = {
        name: generator.normal(size=known(shape)).astype(np.float32)
        for name, shape in layer.weight_shapes((None, 3)).items()
    }
    zeros = [np.zeros((2, 5), np.float32)] * layer.cell.states
    return signals(X, zeros, weights, layer), weights


@pytest.mark.parametrize("name", GATES)
def test_signals_are_the_gates_of_the_equation(name: str) -> None:
    found, _ = drawn(lookup("layer", name))
    assert {signal.name: signal.keeps for signal in found if signal.kind == "gate"} == GATES[name]
    assert next(signal.name for signal in found if signal.kind == "state") == "h"


def test_every_cell_has_signals() -> None:
    for spec in EVERY_RECURRENT:
        found, _ = drawn(spec)
        assert all(signal.values.shape == (2, 4, 5) for signal in found)
        for signal in found:
            if signal.kind == "gate":
                assert 0 <= signal.values.min() <= signal.values.max() <= 1


def test_signals_of_an_lstm_are_those_by_hand() -> None:
    found, weights = drawn(LSTM)
    values = {signal.name: signal.values for signal in found}
    h = c = np.zeros((2, 5))
    for step in range(4):
        z = X[:, step] @ weights["kernel"] + h @ weights["recurrent_kernel"] + weights["bias"]
        i, f, g, o = np.split(z, 4, axis=1)
        i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
        for name, own in {"i": i, "f": f, "o": o, "c": c, "h": h}.items():
            np.testing.assert_allclose(values[name][:, step], own, atol=1e-5)


def test_signals_know_a_hard_sigmoid() -> None:
    found, _ = drawn(LSTM, recurrent_activation="hard_sigmoid")
    assert [signal.name for signal in found if signal.kind == "gate"] == ["f", "i", "o"]


def test_signals_of_two_sigmoids_take_the_first_for_the_gate() -> None:
    found, _ = drawn(LSTM, activation="sigmoid")
    assert [signal.name for signal in found] == ["f", "i", "o", "h", "c"]


@pytest.mark.parametrize(("keeps", "half"), [("itself", 1.0), ("the rest", 1.0), ("", None)])
def test_saturation_of_constant_gates(keeps: str, half: float | None) -> None:
    values = np.full((1, 10, 3), 0.5)
    values[..., 1] = 0.05 if keeps == "the rest" else 0.95
    values[..., 2] = 0.95 if keeps == "the rest" else 0.05
    found = saturation(Signal("f", "", "gate", keeps, values), np.ones((1, 10), bool))
    assert (found.shut, found.open) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert found.units[0] == (0, 0)
    assert found.half_life == (None if half is None else pytest.approx(half))
    if half:
        assert found.longest == pytest.approx(np.log(0.5) / np.log(0.95))


def test_saturation_counts_no_padding() -> None:
    values = np.array([[[0.99], [0.0]]])
    found = saturation(Signal("f", "", "gate", "", values), np.array([[True, False]]))
    assert (found.mean, found.shut, found.open) == (pytest.approx(0.99), 0, 1)
