"""The recurrent cells, against their equations written once more with plain numbers, and against
cases worked by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log, tanh

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.engine.cells import CELLS, initial_state, project, run
from rnnkit.models.layers.gru import GRU
from rnnkit.models.layers.lstm import LSTM
from rnnkit.models.layers.recurrent import RecurrentSpec
from rnnkit.models.layers.simple_rnn import SimpleRNN
from tests.random_models import known

Row = list[float]
Matrix = list[Row]
SPECS: dict[str, type[RecurrentSpec]] = {"simple_rnn": SimpleRNN, "lstm": LSTM, "gru": GRU}


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))


def times(row: Row, matrix: Matrix, column: int) -> float:
    """One number of row times matrix."""
    return sum(value * matrix[index][column] for index, value in enumerate(row))


def simple_rnn(steps: Matrix, kernel: Matrix, recurrent: Matrix, bias: Row) -> Matrix:
    """h_t = tanh(x_t W + h_{t-1} U + b), one sequence, every step's h."""
    units = len(recurrent)
    h, outputs = [0.0] * units, []
    for x in steps:
        h = [
            tanh(times(x, kernel, unit) + times(h, recurrent, unit) + bias[unit])
            for unit in range(units)
        ]
        outputs.append(h)
    return outputs


def lstm(steps: Matrix, kernel: Matrix, recurrent: Matrix, bias: Row) -> Matrix:
    """i, f, o = sigmoid(x_t W + h_{t-1} U + b); g = tanh(...); c_t = f c_{t-1} + i g; h_t = o
    tanh(c_t); columns in the order i, f, g, o.
    """
    units = len(recurrent)
    h, c, outputs = [0.0] * units, [0.0] * units, []
    for x in steps:
        inner = [
            times(x, kernel, column) + times(h, recurrent, column) + bias[column]
            for column in range(4 * units)
        ]
        new_h, new_c = [], []
        for unit in range(units):
            i, f, o = (
                sigmoid(inner[unit]),
                sigmoid(inner[units + unit]),
                sigmoid(inner[3 * units + unit]),
            )
            new_c.append(f * c[unit] + i * tanh(inner[2 * units + unit]))
            new_h.append(o * tanh(new_c[unit]))
        h, c = new_h, new_c
        outputs.append(h)
    return outputs


def gru(steps: Matrix, kernel: Matrix, recurrent: Matrix, bias: Matrix) -> Matrix:
    """z, r = sigmoid(x W + b + h U + b'); hh = tanh(x W + b + r (h U + b')); h_t = z h_{t-1} + (1 -
    z) hh; columns in the order z, r, hh.
    """
    units = len(recurrent)
    h, outputs = [0.0] * units, []
    for x in steps:
        of_x = [times(x, kernel, column) + bias[0][column] for column in range(3 * units)]
        of_h = [times(h, recurrent, column) + bias[1][column] for column in range(3 * units)]
        new_h = []
        for unit in range(units):
            z, r = (
                sigmoid(of_x[unit] + of_h[unit]),
                sigmoid(of_x[units + unit] + of_h[units + unit]),
            )
            candidate = tanh(of_x[2 * units + unit] + r * of_h[2 * units + unit])
            new_h.append(z * h[unit] + (1 - z) * candidate)
        h = new_h
        outputs.append(h)
    return outputs


PLAIN: dict[str, Callable[..., Matrix]] = {"simple_rnn": simple_rnn, "lstm": lstm, "gru": gru}


def random_weights(
    kind: str, features: int, units: int, generator: np.random.Generator
) -> dict[str, np.ndarray]:
    shapes = SPECS[kind](units=units).cell_shapes(features)
    return {
        name: generator.normal(0, 1, known(shape)).astype(np.float32)
        for name, shape in shapes.items()
    }


def test_there_is_an_equation_for_every_cell() -> None:
    assert sorted(CELLS) == sorted(PLAIN) == sorted(SPECS)


@pytest.mark.parametrize("kind", PLAIN)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    batch=st.integers(1, 3),
    timesteps=st.integers(1, 6),
    features=st.integers(1, 4),
    units=st.integers(1, 4),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_equations_one_number_at_a_time(
    kind: str, batch: int, timesteps: int, features: int, units: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    weights = random_weights(kind, features, units, generator)
    x = generator.normal(0, 1, (batch, timesteps, features)).astype(np.float32)
    found = run(kind, x, weights, SPECS[kind](units=units))
    expected = [
        PLAIN[kind](
            row, *(weights[name].tolist() for name in ("kernel", "recurrent_kernel", "bias"))
        )
        for row in x.tolist()
    ]
    assert found.shape == (batch, timesteps, units)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.array(expected), rtol=0, atol=5e-6)


def test_a_simple_rnn_by_hand() -> None:
    weights = {
        "kernel": np.array([[1, 2], [3, 4]], np.float32),
        "recurrent_kernel": np.array([[1, 0], [-1, 2]], np.float32),
        "bias": np.array([1, -1], np.float32),
    }
    x = np.array([[[1, 2], [0, 1]]], np.float32)
    # h_1 = [1 + 6 + 1, 2 + 8 - 1] = [8, 9]
    # h_2 = [3 + (8 - 9) + 1, 4 + 18 - 1] = [3, 21]
    assert run("simple_rnn", x, weights, SimpleRNN(units=2, activation="linear")).tolist() == [
        [[8, 9], [3, 21]]
    ]
    # With relu and the signs of the input turned: h_1 = relu([-7 + 1, -10 - 1]) = 0; h_2 = relu([-3
    # + 1, -4 - 1]) = 0.
    assert run("simple_rnn", -x, weights, SimpleRNN(units=2, activation="relu")).tolist() == [
        [[0, 0], [0, 0]]
    ]


def test_an_lstm_by_hand() -> None:
    weights = {
        "kernel": np.array([[1, 2, 3, 4]], np.float32),
        "recurrent_kernel": np.array([[2, -1, 1, 3]], np.float32),
        "bias": np.array([1, 0, -1, 2], np.float32),
    }
    x = np.array([[[1], [-1]]], np.float32)
    # x = 1:  i = 2, f = 2, g = 2, o = 6; c = 2 * 2 = 4; h = 6 * 4 = 24
    # x = -1: i = -1 + 48 + 1 = 48, f = -2 - 24 = -26, g = -3 + 24 - 1 = 20, o = -4 + 72 + 2 = 70
    #         c = -26 * 4 + 48 * 20 = 856; h = 70 * 856 = 59920
    assert run(
        "lstm", x, weights, LSTM(units=1, activation="linear", recurrent_activation="linear")
    ).tolist() == [[[24], [59920]]]


def test_a_gru_by_hand() -> None:
    weights = {
        "kernel": np.array([[1, 2, 3]], np.float32),
        "recurrent_kernel": np.array([[2, 1, -1]], np.float32),
        "bias": np.array([[1, 0, 2], [0, 1, 1]], np.float32),
    }
    x = np.array([[[1], [-1]]], np.float32)
    # x = 1:  z = 1 + 1 = 2, r = 2 + 1 = 3, hh = 3 + 2 + 3 * 1 = 8; h = (1 - 2) * 8 = -8
    # x = -1: z = -1 + 1 - 16 = -16, r = -2 - 8 + 1 = -9, hh = -3 + 2 - 9 * (8 + 1) = -82
    #         h = -16 * -8 + (1 + 16) * -82 = 128 - 1394 = -1266
    assert run(
        "gru", x, weights, GRU(units=1, activation="linear", recurrent_activation="linear")
    ).tolist() == [[[-8], [-1266]]]


def test_the_gates_by_hand() -> None:
    """Biases alone: sigmoid(ln 3) = 3/4, sigmoid(0) = 1/2, sigmoid(ln 4) = 4/5, tanh(ln 2) =
    3/5."""
    x = np.zeros((1, 2, 1), np.float32)
    weights = {
        "kernel": np.zeros((1, 4), np.float32),
        "recurrent_kernel": np.zeros((1, 4), np.float32),
        "bias": np.array([log(3), 0, log(2), log(4)], np.float32),
    }
    # c_1 = 0.75 * 0.6 = 0.45; c_2 = 0.5 * 0.45 + 0.45 = 0.675
    np.testing.assert_allclose(
        run("lstm", x, weights, LSTM(units=1))[0, :, 0],
        [0.8 * tanh(0.45), 0.8 * tanh(0.675)],
        atol=1e-6,
    )
    weights = {
        "kernel": np.zeros((1, 3), np.float32),
        "recurrent_kernel": np.zeros((1, 3), np.float32),
        "bias": np.array([[0, log(4), log(2)], [log(3), 0, 0]], np.float32),
    }
    # z = 0.75, hh = 0.6 (r multiplies a zero): h_1 = 0.25 * 0.6 = 0.15; h_2 = 0.75 * 0.15 + 0.15 =
    # 0.2625
    np.testing.assert_allclose(
        run("gru", x, weights, GRU(units=1))[0, :, 0], [0.15, 0.2625], atol=1e-6
    )


@pytest.mark.parametrize("kind", PLAIN)
def test_a_run_is_one_cell_after_the_other_from_zeros(kind: str) -> None:
    generator = np.random.default_rng(1)
    weights, spec = random_weights(kind, 3, 4, generator), SPECS[kind](units=4)
    x = generator.normal(0, 1, (2, 5, 3)).astype(np.float32)
    cell, arrays = CELLS[kind]
    state = initial_state(kind, 2, 4)
    assert [array.tolist() for array in state] == [np.zeros((2, 4)).tolist()] * arrays
    projected = project(x, weights)
    for step, expected in enumerate(run(kind, x, weights, spec).swapaxes(0, 1)):
        output, state = cell(projected[:, step], state, weights, spec)
        np.testing.assert_array_equal(output, expected)
        np.testing.assert_array_equal(state[0], output)


@pytest.mark.parametrize("kind", PLAIN)
def test_later_steps_and_other_rows_have_no_say(kind: str) -> None:
    generator = np.random.default_rng(2)
    weights, spec = random_weights(kind, 3, 4, generator), SPECS[kind](units=4)
    x = generator.normal(0, 1, (3, 6, 3)).astype(np.float32)
    whole = run(kind, x, weights, spec)
    changed = x.copy()
    changed[:, 4:] += 1
    changed[0] += 1
    found = run(kind, changed, weights, spec)
    np.testing.assert_allclose(found[1:, :4], whole[1:, :4], atol=1e-6)
    assert (np.abs(found[1:, 4:] - whole[1:, 4:]).max(axis=-1) > 1e-3).all()
    assert (np.abs(found[0] - whole[0]).max(axis=-1) > 1e-3).all()
