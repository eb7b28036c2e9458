"""Breaks of a series, planted ones and none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.audit.finding import Finding
from rnnkit.audit.steps import (
    copied_stretches,
    filled_gaps,
    level_jumps,
    scale_jumps,
    standing_values,
    step_changes,
)

STEPS = 600
NONE = np.zeros(STEPS, bool)


def place(index: int) -> str:
    return f"row {index + 2}"


def wave(seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return 20 + 5 * np.sin(np.arange(STEPS) / 12) + generator.normal(0, 1, STEPS)


def of(values: np.ndarray, missing: np.ndarray = NONE) -> list[Finding]:
    return [
        *scale_jumps("v", values, place),
        *standing_values("v", values, missing, place),
        *filled_gaps("v", missing, 12, place, "cure"),
        *copied_stretches("v", values, place),
    ]


@pytest.mark.parametrize("factor", [1000, 0.001, 25.4])
def test_scale_jumps_names_where_units_change_and_change_back(factor: float) -> None:
    values = wave()
    values[200:300] *= factor
    (found,) = of(values)
    assert (found.kind, list(found.rows)) == ("scale_jump", ["row 202", "row 302"])


def test_scale_jumps_names_single_rows() -> None:
    values = wave()
    values[[50, 400]] *= 1000
    (found,) = of(values)
    assert (found.kind, list(found.rows)) == ("spikes", ["row 52", "row 402"])


def test_standing_values_names_a_stuck_sensor() -> None:
    values = wave()
    values[100:140] = values[100]
    (found,) = of(values)
    assert list(found.rows) == ["row 102 to row 141"]
    rain = np.where(np.arange(STEPS) % 100 < 60, 0.0, wave())  # naturally has many zeros
    assert not [*standing_values("rain", rain, NONE, place)]


def test_filled_gaps_names_them() -> None:
    missing = NONE.copy()
    missing[[4, 5, 6, 90]] = True
    (found,) = [finding for finding in of(wave(), missing) if finding.kind == "gaps"]
    assert (list(found.rows), found.severity) == (["row 6 to row 8", "row 92"], "low")


def test_copied_stretches_names_the_copy() -> None:
    values = wave()
    values[300:360] = values[40:100]
    (found,) = of(values)
    assert (found.kind, list(found.rows)) == ("copied_stretches", ["row 302"])


def test_step_changes_names_where_hours_become_days() -> None:
    seconds = np.array([3600.0] * 100 + [86400.0] * 50)
    (found,) = step_changes(seconds, place, "cure")
    assert list(found.rows) == ["row 102"]
    assert "1 hours before" in found.what
    weekdays = np.tile([86400.0] * 4 + [3 * 86400.0], 30)
    assert not [*step_changes(weekdays, place, "cure")]


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["noise", "wave", "walk", "growth", "heavy", "counts", "constant", "signed"]),
)
def test_clean_series_give_no_finding(seed: int, kind: str) -> None:
    generator = np.random.default_rng(seed)
    noise = generator.normal(0, 1, STEPS)
    values = {
        "noise": noise + 10,
        "wave": wave(seed),
        "walk": 1000 + np.cumsum(noise),
        "growth": np.exp(np.arange(STEPS) / 90 + 0.05 * noise),
        "heavy": np.exp(1.2 * noise),
        "counts": generator.poisson(3, STEPS).astype(float),
        "constant": np.ones(STEPS),
        "signed": noise,
    }[kind]
    assert not of(values)


def test_level_jumps_bears_missing_and_infinite_numbers() -> None:
    for values in (np.full(50, np.nan), np.zeros(50), np.full(50, np.inf), np.empty(0)):
        assert level_jumps(values) == []
        assert not [*scale_jumps("v", values, place)]
