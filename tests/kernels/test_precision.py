"""Kernels of bfloat16 and int8 against the same products with weights that NumPy rounds."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit import kernels
from rnnkit.kernels import CELLS, PRECISIONS, library
from rnnkit.registry import lookup
from tests.helpers.random_models import rounded
from tests.kernels import SETS

pytestmark = pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())

FEATURES, UNITS = 7, 21
ROUNDED = [name for name in PRECISIONS if name != "float32"]


@pytest.fixture(params=SETS)
def instruction_set(request: pytest.FixtureRequest) -> None:
    library.use(request.param)


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.5, shape).astype(np.float32)


def weights(cell: str, precision: kernels.Precision) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Weights of a cell, and the same with kernels rounded."""
    shapes = lookup("layer", cell)(units=UNITS).cell.shapes(FEATURES, UNITS)
    own = {name: normal(*shape, seed=index) for index, (name, shape) in enumerate(shapes.items())}
    return list(own.values()), [
        rounded(array, precision) if "kernel" in name else array for name, array in own.items()
    ]


@pytest.mark.usefixtures("instruction_set")
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("precision", ROUNDED)
def test_one_step_of_rounded_weights(cell: str, batch: int, precision: kernels.Precision) -> None:
    spec, (own, nearest) = lookup("layer", cell)(units=UNITS), weights(cell, precision)
    x = normal(batch, 1, FEATURES)
    state = tuple(normal(batch, UNITS, seed=8 + index) for index in range(spec.cell.states))
    (one_step,) = kernels.Repeated(cell, [own], [kernels.pack(cell, own, precision=precision)])(
        x, state=state
    )
    by_name = dict(zip(spec.cell.shapes(FEATURES, UNITS), nearest, strict=True))
    projected = spec.cell.project(np, x, by_name)
    _, expected = spec.cell.step(np, projected[:, 0], state, by_name, spec)
    for one, other in zip(one_step.state, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)


@pytest.mark.usefixtures("instruction_set")
@pytest.mark.parametrize("folds", [False, True])
@pytest.mark.parametrize("precision", ROUNDED)
def test_pack_of_rounded_weights_of_a_table(folds: bool, precision: kernels.Precision) -> None:
    own, nearest = weights("gru", precision)
    table, ids = normal(9, FEATURES), np.arange(12).reshape(2, 6) % 9
    packed = kernels.pack("gru", own, table if folds else None, precision=precision)
    (answer,) = kernels.forward([kernels.Pass("gru", table, own, ids=ids, packed=packed)])
    (expected,) = kernels.forward([kernels.Pass("gru", table, nearest, ids=ids)])
    np.testing.assert_allclose(answer.outputs, expected.outputs, rtol=0, atol=1e-5)


def test_pack_rounds_ties_to_even_and_keeps_what_is_not_finite() -> None:
    """min_gru's second gate is g(x) = x + 0.5 where x >= 0, its first is shut by its bias."""
    numbers = [1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-8 + 2**-20, np.inf, np.nan]
    kernel = np.array([[0] * len(numbers) + numbers], np.float32)
    own = [kernel, np.repeat([100, 0], len(numbers)).astype(np.float32)]
    packed = kernels.pack("min_gru", own, precision="bfloat16")
    (answer,) = kernels.forward([kernels.Pass("min_gru", np.ones((1, 1, 1)), own, packed=packed)])
    expected = [1, 1 + 2**-6, 1 + 2**-7, np.inf, np.nan]
    np.testing.assert_array_equal(answer.state[0][0] - 0.5, expected)


def test_pack_int8_of_a_column_of_zeros() -> None:
    own = [np.array([[0, 2], [0, -1]], np.float32), np.zeros(2, np.float32)]
    packed = kernels.pack("min_gru", own, precision="int8")
    inputs = np.ones((1, 1, 2), np.float32)
    (answer,) = kernels.forward([kernels.Pass("min_gru", inputs, own, packed=packed)])
    assert answer.state[0][0, 0] == pytest.approx(0.5 * (1 + 0.5), abs=0.01)


@pytest.mark.parametrize("precision", ROUNDED)
def test_rounded_weights_give_the_same_bits_for_any_threads(
    monkeypatch: pytest.MonkeyPatch, precision: kernels.Precision
) -> None:
    """Sizes that several threads share."""
    own = [normal(64, 512), normal(128, 512), normal(512)]
    packed, inputs = kernels.pack("lstm", own, precision=precision), normal(40, 3, 64)
    answers = []
    for count in ("1", "2", "5"):
        monkeypatch.setenv("RNNKIT_THREADS", count)
        (one,) = kernels.forward([kernels.Pass("lstm", inputs, own, packed=packed)])
        answers.append(one.outputs)
    for other in answers[1:]:
        np.testing.assert_array_equal(other, answers[0])
