"""Linear chains by every instruction set, against all paths counted one by one in double
precision.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from rnnkit import kernels
from rnnkit.engine import crf
from rnnkit.kernels import library
from tests.kernels import SETS

pytestmark = pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())

Array = np.ndarray


def drawn(rows: int, steps: int, labels: int, scale: float = 3) -> tuple[Array, Array, Array]:
    """Potentials, targets, lengths; a row without steps among them."""
    generator = np.random.default_rng(rows + labels)
    potentials = generator.normal(0, scale, (rows, steps, labels, labels)).astype(np.float32)
    lengths = generator.integers(0, steps + 1, rows)
    lengths[-1] = 0
    return potentials, generator.integers(0, labels, (rows, steps)), lengths


def places(path: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """The potentials of a path: step, label before, label."""
    return [(step, path[step - 1] if step else 0, label) for step, label in enumerate(path)]


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("labels", [1, 2, 4])
def test_chain_counts_every_path(labels: int, instruction_set: str) -> None:
    library.use(instruction_set)
    potentials, targets, lengths = drawn(6, 4, labels)
    nats, hits, summed, log_z = kernels.chain(potentials, targets, lengths)
    of_nats = np.linspace(-1, 2, 6)
    gradient = kernels.chain_gradient(potentials, targets, lengths, summed, log_z, of_nats)
    for row, length in enumerate(lengths):
        exact, target = potentials[row].astype(np.float64), tuple(targets[row, :length])
        paths = list(itertools.product(range(labels), repeat=length))
        scores = np.array([sum(exact[place] for place in places(path)) for path in paths])
        whole = np.logaddexp.reduce(scores)
        of_target = sum(exact[place] for place in places(target))
        assert nats[row] == pytest.approx(whole - of_target, abs=1e-5)
        best = paths[int(scores.argmax())]
        assert hits[row, :length].tolist() == [x == y for x, y in zip(best, target, strict=True)]
        assert not hits[row, length:].any()
        expected = np.zeros_like(exact)
        for path, weight in [*zip(paths, np.exp(scores - whole), strict=True), (target, -1.0)]:
            for place in places(path):
                expected[place] += weight * of_nats[row]
        np.testing.assert_allclose(gradient[row], expected, atol=1e-5)


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("labels", [17, 33])
def test_chain_of_many_labels_is_numpys(labels: int, instruction_set: str) -> None:
    library.use(instruction_set)
    potentials, targets, lengths = drawn(9, 30, labels)
    potentials[:, :, :, 3] = -1e30  # as good as forbidden
    lengths[:-1] += lengths[:-1] == 0
    targets[targets == 3] = 0
    _, hits, *kept = kernels.chain(potentials, targets, lengths)
    rows = lengths > 0
    decoded = crf.decode(potentials[rows], lengths[rows])
    shares = crf.log_marginals(potentials[rows], lengths[rows])
    for row, (best, _) in enumerate(decoded):
        assert hits[row, : len(best)].tolist() == (best == targets[row, : len(best)]).tolist()
        assert np.isfinite(shares[row, : len(best), 0]).all()
    gradient = kernels.chain_gradient(potentials, targets, lengths, *kept, np.ones(9))
    for row, length in enumerate(lengths[rows]):
        of_labels = gradient[row, :length].sum(axis=1, dtype=np.float64)
        of_labels[np.arange(length), targets[row, :length]] += 1
        np.testing.assert_allclose(of_labels, np.exp(shares[row, :length]), atol=2e-4)


def test_chain_of_what_is_no_number_is_no_number() -> None:
    potentials, targets, lengths = drawn(2, 3, 2)
    lengths[:] = 3
    potentials[0, 1, 1, 0] = np.nan
    nats, *_ = kernels.chain(potentials, targets, lengths)
    assert np.isnan(nats[0])
    assert np.isfinite(nats[1])


def test_chain_refuses_what_is_out_of_range() -> None:
    potentials, targets, lengths = drawn(2, 3, 2)
    for wrong in ((targets + 2, lengths), (targets, lengths + 4), (targets[:1], lengths)):
        with pytest.raises(ValueError, match=r"from 0 to|expected"):
            kernels.chain(potentials, *wrong)


@pytest.mark.parametrize("threads", ["1", "2", "5"])
def test_chain_does_not_depend_on_threads(threads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    potentials, targets, lengths = drawn(40, 30, 17)
    expected = kernels.chain(potentials, targets, lengths)
    monkeypatch.setenv("RNNKIT_THREADS", threads)
    for array, same in zip(expected, kernels.chain(potentials, targets, lengths), strict=True):
        np.testing.assert_array_equal(array[:-1], same[:-1])
