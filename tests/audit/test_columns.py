"""Columns that hold the target's future, or copy it."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.audit.columns import Column, beyond_range, leaking_column

STEPS = 400
GENERATOR = np.random.default_rng(0)
TARGET = np.cumsum(GENERATOR.normal(size=STEPS)) + 100
OTHER = np.cumsum(GENERATOR.normal(size=STEPS))


def kinds(values: np.ndarray, target: np.ndarray = TARGET, *, known: bool = False) -> list[str]:
    column = Column("c", values, known, "data.dataset.series.features")
    return [finding.kind for finding in leaking_column("t", target, column, 3)]


@pytest.mark.parametrize("ahead", [1, 3])
def test_leaking_column_finds_a_future_value(ahead: int) -> None:
    future = np.append(TARGET[ahead:], np.full(ahead, TARGET[-1]))
    assert kinds(2 * future + GENERATOR.normal(0, 0.01, STEPS)) == ["future_value"]


def test_leaking_column_finds_the_target_itself() -> None:
    assert kinds(TARGET * 1.8 + 32, known=True) == ["target_in_known"]
    assert kinds(TARGET * 1.8 + 32) == ["copy_of_target"]


def test_leaking_column_leaves_other_columns_alone() -> None:
    wave = np.sin(np.arange(STEPS) / 6)
    past = np.append(np.full(2, TARGET[0]), TARGET[:-2])
    for values in (OTHER, np.ones(STEPS), past, TARGET + 5 * OTHER, np.arange(STEPS)):
        assert kinds(values) == []
    assert kinds(np.roll(wave, -2), wave) == []  # whose future its own past tells


def test_beyond_range_finds_levels_that_training_lacks() -> None:
    (found,) = beyond_range("t", np.arange(10.0), np.arange(5.0, 20.0), "test", "cure")
    assert found.count == 10
    assert not [*beyond_range("t", np.arange(10.0), np.arange(5.0, 11.0), "test", "cure")]
