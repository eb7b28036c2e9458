"""Weights that are packed once give the very numbers of a call that packs them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnnkit import kernels
from rnnkit.kernels import CELLS
from rnnkit.registry import lookup

pytestmark = pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())

FEATURES, UNITS = 5, 43  # of the last panel of each instruction set only a part


def weights(cell: str, seed: int = 1) -> list[np.ndarray]:
    generator = np.random.default_rng(seed)
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
@pytest.mark.parametrize("reads_ids", [False, True])
def test_repeated_whatever_was_asked_before(cell: str, reads_ids: bool) -> None:
    generator, both = np.random.default_rng(0), [weights(cell), weights(cell, 2)]
    table = generator.normal(0, 1, (9, FEATURES)).astype(np.float32) if reads_ids else None
    states = lookup("layer", cell)(units=UNITS).cell.states
    repeated = kernels.Repeated(cell, both, [kernels.pack(cell, own) for own in both], table)
    kept = []
    for batch, steps, has_state in [(2, 3, True), (1, 1, True), (1, 7, False), (5, 2, False)]:
        x = generator.normal(0, 1, (batch, steps, FEATURES)).astype(np.float32)
        ids = generator.integers(0, 9, (batch, steps)) if reads_ids else None
        lengths = generator.integers(0, steps + 1, batch)
        state = tuple(
            generator.normal(0, 1, (batch, UNITS)).astype(np.float32)
            for _ in range(states * has_state)
        )
        passes = [
            kernels.Pass(cell, x if table is None else table, own, ids, lengths, state, bool(index))
            for index, own in enumerate(both)
        ]
        answers = repeated(x if ids is None else ids, lengths, state)
        kept += zip(answers, kernels.forward(passes), strict=True)
    for answer, expected in kept:
        np.testing.assert_array_equal(answer.outputs, expected.outputs)
        np.testing.assert_array_equal(answer.state, expected.state)


def test_repeated_refuses_what_it_must_not_read() -> None:
    own, table = weights("lstm"), np.zeros((9, FEATURES), np.float32)
    repeated = kernels.Repeated("lstm", [own], [kernels.pack("lstm", own)], table)
    with pytest.raises(ValueError, match="ids"):
        repeated(np.array([[9]]))
    with pytest.raises(ValueError, match="lengths"):
        repeated(np.array([[1]]), np.array([2]))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("tokens", [3, 100])
def test_a_row_alone_has_the_numbers_that_it_has_among_others(cell: str, tokens: int) -> None:
    """One row's inputs are multiplied before its steps, those of many within them."""
    generator, own = np.random.default_rng(0), weights(cell)
    table = generator.normal(0, 1, (tokens, FEATURES)).astype(np.float32)
    ids, lengths = generator.integers(0, tokens, (40, 6)), generator.integers(1, 7, 40)
    one = kernels.Pass(cell, table, own, ids=ids, lengths=lengths)
    alone = replace(one, ids=ids[:1], lengths=lengths[:1])
    for many, few in [
        (one, alone),
        (
            replace(one, inputs=table[ids], ids=None),
            replace(alone, inputs=table[ids[:1]], ids=None),
        ),
    ]:
        (expected,), (answer,) = kernels.forward([many]), kernels.forward([few])
        np.testing.assert_array_equal(answer.outputs, expected.outputs[:1])
