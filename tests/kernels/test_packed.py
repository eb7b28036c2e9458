"""Weights that are packed once give the very numbers of a call that packs them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnnkit import kernels
from rnnkit.kernels import CELLS
from rnnkit.registry import lookup

pytestmark = pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())

FEATURES, UNITS = 5, 11


def weights(cell: str) -> list[np.ndarray]:
    generator = np.random.default_rng(1)
    shapes = lookup("layer", cell)(units=UNITS).cell.shapes(FEATURES, UNITS)
    return [generator.normal(0, 0.5, shape).astype(np.float32) for shape in shapes.values()]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("folds", [False, True])
def test_pack_of_a_table(cell: str, folds: bool) -> None:
    generator, own = np.random.default_rng(0), weights(cell)
    table = generator.normal(0, 1, (9, FEATURES)).astype(np.float32)
    ids, lengths = generator.integers(0, 9, (7, 6)), generator.integers(1, 7, 7)
    one = kernels.Pass(cell, table, own, ids=ids, lengths=lengths, reverse=True)
    packed = kernels.pack(cell, own, table if folds else None)
    assert (packed.folded is not None) == folds
    (expected,), (answer,) = kernels.forward([one]), kernels.forward([replace(one, packed=packed)])
    np.testing.assert_array_equal(answer.outputs, expected.outputs)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("batch", [1, 3, 8])
def test_one_step(cell: str, batch: int) -> None:
    generator, own = np.random.default_rng(0), weights(cell)
    x = generator.normal(0, 1, (batch, 1, FEATURES)).astype(np.float32)
    states = lookup("layer", cell)(units=UNITS).cell.states
    state = tuple(generator.normal(0, 1, (batch, UNITS)).astype(np.float32) for _ in range(states))
    step = kernels.OneStep(cell, own, kernels.pack(cell, own), batch)
    after = step(x, state)
    step(x * 2, state)  # what was answered before stays
    (expected,) = kernels.forward([kernels.Pass(cell, x, own, state=state)])
    for one, other in zip(after, expected.state, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)
