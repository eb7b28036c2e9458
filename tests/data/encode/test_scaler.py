"""The scale of a series: by hand, and there and back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.data.encode.scaler import Scaler
from rnnkit.errors import RnnkitError


def series(*columns: list[float]) -> np.ndarray:
    return np.array(columns, np.float32).T


def test_fit_takes_mean_and_deviation() -> None:
    """2, 4, 4, 4, 5, 5, 7, 9 have the mean 5 and the deviation 2."""
    values = series([2, 4, 4, 4, 5, 5, 7, 9], [-1, 1, -1, 1, -1, 1, -1, 1])
    scaler = Scaler.fit(values, standard=True)
    assert (scaler.mean.tolist(), scaler.scale.tolist()) == ([5, 0], [2, 1])
    assert scaler.scaled(values)[:, 0].tolist() == [-1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2]


def test_unscaled_uses_the_first_features() -> None:
    scaler = Scaler(np.array([5.0, 100.0, 0.0], np.float32), np.array([2.0, 10.0, 1.0], np.float32))
    assert scaler.unscaled(np.array([[-1.5], [0.0]])).tolist() == [[2], [5]]
    assert scaler.unscaled(np.array([[-1.5, 2.0], [0.0, 1.0]])).tolist() == [[2, 120], [5, 110]]


def test_fit_without_standard_changes_nothing() -> None:
    values = series([2, 4, 9], [0, 0, 0])
    scaler = Scaler.fit(values, standard=False)
    assert scaler.scaled(values).tolist() == values.tolist()
    assert scaler.unscaled(values[:, :1]).tolist() == [[2], [4], [9]]


@pytest.mark.parametrize("value", [0.0, 5.0, 0.1, 1 / 3, -1234.567, 1e30, 1e-30])
@pytest.mark.parametrize("steps", [1, 2, 37, 1000])
def test_fit_scales_a_constant_series_to_zeros(value: float, steps: int) -> None:
    """In float32 the mean of many equal numbers is not quite that number; their deviation must not
    be divided by.
    """
    values = np.full((steps, 1), value, np.float32)
    scaler = Scaler.fit(values, standard=True)
    assert scaler.scale.tolist() == [1]
    assert scaler.scaled(values).tolist() == [[0]] * steps
    assert scaler.unscaled(np.zeros(1, np.float32)) == pytest.approx(value, rel=1e-6)


def test_fit_ignores_a_deviation_too_small_for_float32() -> None:
    values = series([0.0, 1e-45, 0.0, 0.0])
    assert np.isfinite(Scaler.fit(values, standard=True).scaled(values)).all()


@pytest.mark.parametrize("level", [1e4, 98_765_432.0, 1e12])
def test_fit_sees_a_small_swing_far_from_zero(level: float) -> None:
    values = np.array([[level], [level + 1]] * 500)
    scaler = Scaler.fit(values, standard=True)
    assert (scaler.mean[0], scaler.scale[0]) == (level + 0.5, 0.5)
    assert scaler.unscaled(scaler.scaled(values)).tolist() == values.tolist()


@settings(deadline=None)
@given(st.lists(st.floats(-1000, 1000, width=32), min_size=2, max_size=30))
def test_unscaled_inverts_scaled(numbers: list[float]) -> None:
    values = series(numbers)
    scaler = Scaler.fit(values, standard=True)
    there = scaler.scaled(values)
    assert np.isfinite(there).all()
    assert scaler.unscaled(there) == pytest.approx(values, abs=1e-3)


def test_of_changes_scales_them_to_a_mean_square_of_one() -> None:
    """3, 7, 7, 2 changes by 4, 0 and -5: a mean square of 41 / 3. A column that stands still is not
    divided by zero.
    """
    scaler = Scaler.of_changes([series([3, 7, 7, 2], [5, 5, 5, 5])])
    assert scaler.scale.tolist() == pytest.approx([(41 / 3) ** 0.5, 1])
    assert scaler.mean.tolist() == [4.75, 5]
    two = Scaler.of_changes([series([3, 7, 7, 2]), series([1000, 1004])])
    assert two.scale.tolist() == pytest.approx([(57 / 4) ** 0.5])  # not that from 2 to 1000


def test_without_leaves_features_unchanged() -> None:
    scaler = Scaler(np.array([5.0, 100.0], np.float32), np.array([2.0, 10.0], np.float32)).without(
        np.array([False, True])
    )
    assert scaler.scaled(np.array([[7.0, 1.0]])).tolist() == [[1, 1]]


def test_load_gives_back_what_was_saved(tmp_path: Path) -> None:
    scaler = Scaler.fit(
        np.random.default_rng(0).normal(3, 7, (50, 3)).astype(np.float32), standard=True
    )
    scaler.save(tmp_path / "scaler.json")
    again = Scaler.load(tmp_path / "scaler.json")
    assert again.mean.tolist() == scaler.mean.tolist()
    assert again.scale.tolist() == scaler.scale.tolist()


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"mean": [0.0]},
        {"mean": 0.0, "scale": 1.0},
        {"mean": [], "scale": []},
        {"mean": [0.0], "scale": [1.0, 2.0]},
        {"mean": ["x"], "scale": [1.0]},
        {"mean": [None], "scale": [1.0]},
        {"mean": [float("nan")], "scale": [1.0]},
        {"mean": [0.0], "scale": [0.0]},
        {"mean": [0.0], "scale": [-1.0]},
        [],
    ],
)
def test_load_names_a_damaged_file(content: object, tmp_path: Path) -> None:
    path = tmp_path / "scaler.json"
    path.write_text(json.dumps(content))
    with pytest.raises(RnnkitError, match=f"{path}: damaged"):
        Scaler.load(path)


@pytest.mark.parametrize("content", ["", "{", '{"mean": [0.0], "sca'])
def test_load_names_a_truncated_file(content: str, tmp_path: Path) -> None:
    path = tmp_path / "scaler.json"
    path.write_text(content)
    with pytest.raises(RnnkitError, match=f"{path}: damaged"):
        Scaler.load(path)


def test_load_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RnnkitError, match=r"scaler\.json: no such file"):
        Scaler.load(tmp_path / "scaler.json")
