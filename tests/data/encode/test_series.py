"""A series in a network's numbers and back: names, categories, scales, changes, and what a run
keeps of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.raw.series import Series
from rnnkit.data.times.step import Step
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder


def series(**options: Any) -> Series:
    columns = {
        "dust": np.array([1.0, 3.0, 5.0, 7.0, 100.0]),
        "rain": np.array([10.0, 10.0, 20.0, 20.0, 20.0]),
        "wind": np.array(["N", "S", "N", "S", "W"]),
    }
    times = pd.date_range("2024-01-01", periods=5, freq="6h", unit="us")
    return Series(
        **{
            "targets": ("dust",),
            "columns": columns,
            "times": times,
            "step": Step.parse("6h"),
            "filled": np.zeros(5, bool),
            **options,
        }
    )


def fitted(
    found: Series, steps: int = 4, *, standard: bool = True, transform: Any = "none"
) -> SeriesCodec:
    return SeriesCodec.fit(
        found, steps, standard=standard, transform=transform, lag=int(transform != "none")
    )


def test_fit_names_features_and_marks_known_ones() -> None:
    codec = fitted(series(known=("wind",), cycles=("day",)))
    assert codec.names == ("dust", "rain", "wind=N", "wind=S", "day sine", "day cosine")
    assert codec.is_known.tolist() == [False, False, True, True, True, True]
    assert (codec.outputs, codec.is_plain, codec.choices) == (1, False, None)


def test_encoded_is_scaled_by_the_training_part() -> None:
    """1, 3, 5, 7 have the mean 4 and the deviation sqrt(5); the 100 after them is not known."""
    codec = fitted(series(cycles=("day",)))
    encoded = codec.encoded(series(cycles=("day",)))
    assert encoded[:, 0] == pytest.approx(np.array([-3, -1, 1, 3, 96]) / 5**0.5, rel=1e-6)
    assert encoded[:, 2:4].tolist() == [[1, 0], [0, 1], [1, 0], [0, 1], [0, 0]]
    assert encoded[:, 4] == pytest.approx([0, 1, 0, -1, 0], abs=1e-6)
    assert codec.decoded(encoded[:, :1])[:, 0] == pytest.approx([1, 3, 5, 7, 100], rel=1e-6)


def test_encoded_counts_unseen_categories_and_refuses_unseen_targets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fitted(series()).encoded(series())
    assert caplog.messages == [
        "wind: 'W', which the training set does not have, read as none of its categories at 1"
        " step: 2024-01-02"
    ]
    found = series(targets=("wind",), columns={"wind": series().columns["wind"]})
    codec = fitted(found)
    assert (codec.choices, codec.outputs) == (("N", "S"), 2)
    with pytest.raises(
        RnnkitError,
        match=(
            r"2024-01-02: wind is 'W', which the training set does not have. Expected one of: N, S"
        ),
    ):
        codec.encoded(found)


def test_fit_scales_changes_to_a_mean_square_of_one() -> None:
    """1, 3, 5, 7 change by 2; the other columns are scaled as ever."""
    codec = fitted(series(), transform="difference")
    assert codec.scaler.scale.tolist() == pytest.approx([2, 5, 1, 1])


def test_encoded_returns_are_differences_of_logarithms() -> None:
    codec = fitted(series(), transform="return")
    encoded = codec.encoded(series())
    logarithms = np.log([1, 3, 5, 7, 100])
    size = np.sqrt((np.diff(logarithms[:4]) ** 2).mean())
    assert np.diff(encoded[:, 0]) == pytest.approx(np.diff(logarithms) / size, rel=1e-5)
    assert codec.decoded(encoded[:, :1])[:, 0] == pytest.approx([1, 3, 5, 7, 100], rel=1e-5)


@pytest.mark.parametrize("value", [0.0, -2.0])
def test_fit_names_a_value_without_logarithm(value: float) -> None:
    columns = {"dust": np.array([1.0, 3.0, value])}
    found = series(columns=columns, times=None, filled=np.zeros(3, bool))
    with pytest.raises(
        RnnkitError,
        match=(
            rf"data\.transform: return, but dust is {value:g} at step 3. Expected numbers above 0"
        ),
    ):
        fitted(found, 3, transform="return")


def test_encoded_future_has_a_calendar_but_no_numbers() -> None:
    longer = series(known=("wind",), cycles=("day",)).extended(2)
    assert (len(longer), longer.rows, longer.future) == (5, 7, 2)
    assert longer.times is not None
    assert str(longer.times[-1]) == "2024-01-02 12:00:00"
    encoded = fitted(series(known=("wind",), cycles=("day",))).encoded(longer)
    assert np.isnan(encoded[5:, :2]).all()
    assert np.isfinite(encoded[:, 4:]).all()
    assert longer.extended(1) is longer


def test_encoded_refuses_another_step_than_that_of_the_training() -> None:
    codec = fitted(series())
    assert len(codec.encoded(series(step=None))) == 5
    with pytest.raises(RnnkitError, match=r"1W.*6h"):
        codec.encoded(series(step=Step.parse("1W")))


def test_load_reads_a_run_that_did_not_keep_its_step(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    fitted(series()).save(run)
    assert str(SeriesCodec.load(run).step) == "6h"
    content = json.loads(run.scaler.read_text())
    del content["step"]
    run.scaler.write_text(json.dumps(content))
    assert SeriesCodec.load(run).step is None


def test_load_keeps_the_clock_of_a_run_before_zones_were_kept(tmp_path: Path) -> None:
    """Its cycles followed UTC, and answers are what it was trained on."""
    utc = pd.date_range("2024-01-01", periods=5, freq="6h", unit="us")
    there = series(times=utc.tz_localize("UTC").tz_convert("Asia/Tokyo"), cycles=("day",))
    run = RunFolder(tmp_path)
    fitted(there).save(run)
    features = slice(-2, None)
    local = SeriesCodec.load(run).encoded(there)[:, features]
    assert not np.allclose(local, fitted(series(cycles=("day",))).encoded(series())[:, features])
    content = json.loads(run.scaler.read_text())
    del content["step"], content["clock"]
    run.scaler.write_text(json.dumps(content))
    old = SeriesCodec.load(run)
    expected = old.encoded(series(times=utc))[:, features]
    np.testing.assert_array_equal(old.encoded(there)[:, features], expected)
    old.save(run)  # a training that is resumed
    assert SeriesCodec.load(run).clock == "UTC"


def test_load_gives_back_what_was_saved(tmp_path: Path) -> None:
    codec = fitted(series(known=("wind",), cycles=("day", "year")), transform="return")
    codec.save(RunFolder(tmp_path))
    again = SeriesCodec.load(RunFolder(tmp_path))
    assert (again.names, again.targets, again.known, again.cycles) == (
        codec.names,
        codec.targets,
        codec.known,
        codec.cycles,
    )
    assert (again.transform, again.columns) == (codec.transform, codec.columns)
    assert again.scaler.mean.tolist() == codec.scaler.mean.tolist()
    assert again.scaler.scale.tolist() == codec.scaler.scale.tolist()


GOOD = {
    "targets": ["y"],
    "known": [],
    "cycles": [],
    "transform": "none",
    "columns": {"y": None},
    "mean": [0.0],
    "scale": [1.0],
}


@pytest.mark.parametrize(
    "change",
    [
        {"mean": None},
        {"mean": 0.0, "scale": 1.0},
        {"mean": [], "scale": []},
        {"scale": [1.0, 2.0]},
        {"mean": ["x"]},
        {"mean": [float("nan")]},
        {"scale": [0.0]},
        {"scale": [-1.0]},
        {"columns": []},
        {"columns": {"y": None, "z": None}},
        {"columns": {"z": None}},
        {"targets": []},
        {"known": ["z"]},
        {"cycles": ["day"]},
        {"targets": 3},
        {"clock": "sun"},
    ],
)
def test_load_names_a_damaged_file(change: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "scaler.json"
    path.write_text(json.dumps(GOOD))
    SeriesCodec.load(RunFolder(tmp_path))
    path.write_text(json.dumps(GOOD | change))
    with pytest.raises(RnnkitError, match=f"{path}: damaged"):
        SeriesCodec.load(RunFolder(tmp_path))


@pytest.mark.parametrize("content", ["", "{", "{}", "[]", '{"mean": [0.0], "sca'])
def test_load_names_a_truncated_file(content: str, tmp_path: Path) -> None:
    path = tmp_path / "scaler.json"
    path.write_text(content)
    with pytest.raises(RnnkitError, match=f"{path}: damaged"):
        SeriesCodec.load(RunFolder(tmp_path))


def test_load_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RnnkitError, match=r"scaler\.json: no such file"):
        SeriesCodec.load(RunFolder(tmp_path))
