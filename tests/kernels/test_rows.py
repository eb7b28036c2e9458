"""Cross-entropy and sums of rows against NumPy in double precision, by every instruction set."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit import kernels
from rnnkit.kernels import library
from tests.kernels import SETS

pytestmark = pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())

Array = np.ndarray


def by_hand(logits: Array, targets: Array, of_nats: Array) -> tuple[Array, Array]:
    exact, rows = logits.astype(np.float64), np.arange(len(logits))
    shares = np.exp(exact - exact.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    nats = -np.log(shares[rows, targets])
    shares[rows, targets] -= 1
    return nats, shares * of_nats[:, None]


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (7, 16), (300, 1001)])
def test_cross_entropy_is_numpys(shape: tuple[int, int], instruction_set: str) -> None:
    library.use(instruction_set)
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 4, shape).astype(np.float32)
    targets, of_nats = generator.integers(0, shape[1], shape[0]), generator.normal(0, 1, shape[0])
    of_nats[0] = 0  # padding
    nats, hits, *kept = kernels.cross_entropy(logits, targets)
    expected, of_logits = by_hand(logits, targets, of_nats)
    np.testing.assert_allclose(nats, expected, rtol=2e-6, atol=2e-6)
    np.testing.assert_array_equal(hits, logits.argmax(axis=1) == targets)
    gradient = kernels.cross_entropy_gradient(logits, targets, *kept, of_nats)
    np.testing.assert_allclose(gradient, of_logits, rtol=1e-5, atol=1e-6)


def test_cross_entropy_extremes() -> None:
    """A sure answer, a tie whose first counts, a large difference, and what is not a number."""
    logits = np.array(
        [[1000, 0, -1000], [2, 2, 2], [0, 300, 0], [np.nan, 0, 0], [np.inf, 0, 0]], np.float32
    )
    nats, hits, largest, sums = kernels.cross_entropy(logits, np.array([0, 1, 0, 1, 1]))
    np.testing.assert_allclose(nats[:3], [0, np.log(3), 300], atol=1e-6)
    assert np.isnan(nats[3:]).all()
    assert hits.tolist()[:3] == [1, 0, 0]
    gradient = kernels.cross_entropy_gradient(
        logits, np.array([0, 1, 0, 1, 1]), largest, sums, np.ones(5, np.float32)
    )
    np.testing.assert_allclose(
        gradient[:3], [[0, 0, 0], [1 / 3, -2 / 3, 1 / 3], [-1, 1, 0]], atol=1e-6
    )
    with pytest.raises(ValueError, match="0 to 2"):
        kernels.cross_entropy(logits, np.array([0, 1, 3, 0, 0]))


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("width", [1, 8, 21])
def test_sum_rows_is_numpys_whatever_the_threads(
    width: int, instruction_set: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.use(instruction_set)
    generator = np.random.default_rng(0)
    vectors = generator.normal(0, 1, (12_000, width)).astype(np.float32)
    ids = generator.integers(0, 50, len(vectors))
    expected = np.zeros((60, width))
    np.add.at(expected, ids, vectors)
    answers = []
    for threads in ("1", "2"):
        monkeypatch.setenv("RNNKIT_THREADS", threads)
        answers.append(kernels.sum_rows(vectors, ids, 60))
    np.testing.assert_allclose(answers[0], expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(*answers)


def test_sum_rows_of_nothing() -> None:
    table = kernels.sum_rows(np.zeros((0, 3), np.float32), np.zeros(0, np.int64), 4)
    np.testing.assert_array_equal(table, np.zeros((4, 3)))
