"""Parts of a series: windows, scales and notes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.tasks.prepared import Source
from tests.helpers.forecasters import (
    STORES,
    forecasting,
    numbers_config,
    prepared,
    series_config,
    write_series,
    write_stores,
)


def test_batches_are_windows_and_their_targets() -> None:
    data = prepared(numbers_config(range(7), timesteps=3, horizon=2))
    (batch,) = data.parts["train"].batches(4).in_order()
    assert batch.inputs[:, :, 0].tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
    assert batch.targets[:, :, 0].tolist() == [[3, 4], [4, 5], [5, 6]]
    assert batch.weights.tolist() == [1, 1, 1]
    assert batch.inputs.dtype == batch.targets.dtype == np.float32


def test_parts_are_chronological_and_share_no_target() -> None:
    """What is forecast lies within a part; what is seen may reach back into the part before, as it
    would on that day.
    """
    data = prepared(numbers_config(range(20), split="{validation: 0.25, test: 0.15}"))
    assert {name: part.steps for name, part in data.parts.items()} == {
        "train": 12,
        "validation": 5,
        "test": 3,
    }
    batches = {name: next(part.batches(64).in_order()) for name, part in data.parts.items()}
    targets = {name: batch.targets.ravel().tolist() for name, batch in batches.items()}
    assert targets == {
        "train": list(range(2, 12)),
        "validation": list(range(12, 17)),
        "test": [17, 18, 19],
    }
    first = [batch.inputs[0, :, 0].tolist() for batch in batches.values()]
    assert first == [[0, 1], [10, 11], [15, 16]]


def test_parts_without_validation() -> None:
    data = prepared(numbers_config(range(20)))
    assert list(data.parts) == ["train"]
    assert data.validation is None


def test_scaler_is_fitted_on_the_training_part_only() -> None:
    """The training set has -1 and 1; the 1000 after it must not affect the scale."""
    data = prepared(numbers_config([-1, 1] * 5 + [1000] * 10, scale="standard", split="0.5"))
    assert (data.codec.scaler.mean.tolist(), data.codec.scaler.scale.tolist()) == ([0], [1])
    assert data.parts["train"].values[:, 0].tolist() == [-1, 1] * 5 + [1000] * 10


def test_prepare_with_the_codec_of_a_run() -> None:
    """Other numbers with the same config are scaled as in training."""
    first = prepared(numbers_config([-1, 1] * 5, scale="standard"))
    other = forecasting(numbers_config([9, 11] * 5, scale="standard"))
    again = other.prepare(Source(), first.codec)
    assert again.parts["train"].values[:, 0].tolist() == [9, 11] * 5


def test_refit_takes_the_scale_of_the_new_training_part() -> None:
    """A series of another level; an evaluation of the run keeps its scale."""
    text = numbers_config([-1, 1] * 5, scale="standard")
    start = prepared(text).codec
    other = forecasting(numbers_config([9000, 11000] * 5, scale="standard"))
    data = other.prepare(Source(refit=True), start)
    assert data.parts["train"].values[:, 0].tolist() == [-1, 1] * 5
    (note,) = (note for note in data.notes if "the scale is that" in note)
    assert "10000 +- 1000, there 0 +- 1" in note
    assert other.prepare(Source(), start).codec == start


def test_refit_keeps_categories_and_refuses_another_input() -> None:
    write_series(60)
    columns = "target: y, categorical: [plan], time: t"
    text = series_config(columns=columns)
    codec = prepared(text).codec
    start = dataclasses.replace(codec, columns={"y": None, "plan": ("off", "on", "rest")})
    assert forecasting(text).prepare(Source(refit=True), start).codec.columns == start.columns
    for wrong, key in (
        (series_config(columns=columns, transform="difference"), "data.transform"),
        (series_config(columns=f"{columns}, cycles: [day]"), "cycles"),
        (series_config(columns=f"{columns}, known: [plan]"), "known"),
    ):
        with pytest.raises(RnnkitError, match=f"{key}.*run to start from") as caught:
            forecasting(wrong).prepare(Source(refit=True), start)
        assert caught.value.hint


def test_prepare_refuses_the_codec_of_other_columns() -> None:
    text = numbers_config(range(32))
    other = dataclasses.replace(prepared(text).codec, targets=("Temp",), columns={"Temp": None})
    with pytest.raises(RnnkitError, match=r"data\.dataset.*Temp.*same columns"):
        forecasting(text).prepare(Source(), other)


def test_fingerprint_changes_with_the_numbers() -> None:
    series: list[Any] = [range(10), range(10), [*range(9), 8]]
    assert len({prepared(numbers_config(numbers)).fingerprint for numbers in series}) == 2


@pytest.mark.parametrize(
    ("steps", "options", "key"),
    [
        (4, {"timesteps": 4}, "timesteps.*train part has 4"),
        (4, {"timesteps": 2, "horizon": 3}, "timesteps.*train part has 4"),
        (20, {"split": "0.1", "horizon": 3}, "horizon.*validation part has 2"),
        (20, {"split": "{validation: 0, test: 0.1}", "horizon": 3}, "horizon.*test part has 2"),
        (8, {"split": "0.05"}, "horizon.*validation part has 0"),
        (20, {"split": "0.95"}, "timesteps.*train part has 1"),
    ],
)
def test_divide_refuses_a_part_that_is_too_short(
    steps: int, options: dict[str, Any], key: str
) -> None:
    with pytest.raises(RnnkitError, match=rf"task\.forecasting\.{key}"):
        prepared(numbers_config(range(steps), **options))


def without_target(step: int) -> None:
    lines = Path("s.csv").read_text().splitlines()
    fields = lines[step + 1].split(",")
    lines[step + 1] = ",".join([fields[0], "", *fields[2:]])
    Path("s.csv").write_text("\n".join(lines) + "\n")


def test_windows_with_interpolated_targets_are_omitted() -> None:
    write_series()
    without_target(30)  # in the training set of 72
    data = prepared(series_config(columns="target: y, time: t, fill: previous"))
    assert set(range(4, 70)) - set(data.parts["train"].origins.tolist()) == {28, 29, 30}
    assert data.parts["validation"].origins.tolist() == list(range(72, 94))
    assert any("train: 3 windows" in note for note in data.notes)


def test_windows_all_interpolated_are_refused() -> None:
    write_series(12)
    for step in (5, 8, 10):
        without_target(step)
    text = series_config("timesteps: 3, horizon: 2", "target: y, time: t, fill: previous")
    with pytest.raises(RnnkitError, match=r"task\.forecasting\.timesteps.*no window"):
        prepared(text)


def test_prepare_reads_a_further_file() -> None:
    write_series(120)
    write_series(50, path="more.csv")
    data = forecasting(series_config()).prepare(Source(file="more.csv"))
    assert data.parts["data"].origins.tolist() == list(range(4, 48))
    assert data.fingerprint == prepared(series_config()).fingerprint
    with pytest.raises(RnnkitError, match=r"--data.*no\.csv"):
        forecasting(series_config()).prepare(Source(file="no.csv"))


def test_windows_never_cross_series() -> None:
    write_stores({"A": 50, "B": 100, "C": 4})
    data = prepared(series_config(columns=STORES))
    assert {name: len(part) for name, part in data.parts.items()} == {
        "train": 30 - 6 + 60 - 6,
        "validation": 10 - 2 + 20 - 2,
        "test": 10 - 2 + 20 - 2,
    }
    for part in data.parts.values():
        (batch,) = part.batches(500).in_order()
        spans = np.concatenate([batch.inputs, batch.targets], axis=1)[..., 0]
        levels = np.round(data.codec.decoded(spans[..., None])[..., 0], 3) // 100
        assert (levels == levels[:, :1]).all()
    assert data.parts["validation"].members.tolist() == [0] * 8 + [1] * 18
    assert "3 series: store A, store B, store C" in data.notes
    assert "train: no window in 1 of the series: store C" in data.notes


def test_codec_of_several_series_knows_their_training_parts_alone() -> None:
    write_stores({"A": 50, "B": 50})
    lines = Path("s.csv").read_text().splitlines()
    lines[35:51] = [line.rsplit(",", 1)[0] + ",9999" for line in lines[35:51]]
    Path("s.csv").write_text("\n".join(lines) + "\n")
    scaler = prepared(series_config(columns=STORES)).codec.scaler
    first = np.arange(30) % 7 + np.arange(30) / 10
    assert scaler.mean[0] == pytest.approx(np.concatenate([first, first + 100]).mean())
    changes = prepared(series_config(columns=STORES, transform="difference")).codec.scaler
    assert changes.scale[0] == pytest.approx(np.sqrt((np.diff(first) ** 2).mean()))


def test_notes_say_sizes_times_and_features() -> None:
    write_series(120, future=3)
    columns = "target: y, features: [x], categorical: [plan], known: [plan], time: t, cycles: [day]"
    assert prepared(series_config(columns=columns)).notes == [
        "train 72 steps in 66 windows of 4, validation 24 steps in 22 windows of 4, test 24 steps"
        " in 22 windows of 4",
        "from 2020-01-01 to 2020-01-05 23:00:00, a step of 1h",
        "6 features: y, x, plan=off, plan=on, day sine, day cosine",
        "known in advance: plan=off, plan=on, day sine, day cosine",
    ]


def test_notes_name_a_constant_column() -> None:
    write_series(60)
    lines = [
        line.rsplit(",", 2)[0] + ",7,on" for line in Path("s.csv").read_text().splitlines()[1:]
    ]
    Path("s.csv").write_text("\n".join(["t,y,x,plan", *lines]) + "\n")
    (note,) = prepared(series_config(columns="target: y, features: [x], time: t")).notes[-1:]
    assert note.startswith("x: 7.0 at each of the 36 steps")


@pytest.mark.parametrize("scale", ["none", "standard"])
def test_notes_name_numbers_beyond_the_digits_of_float32(scale: str) -> None:
    data = prepared(numbers_config([1e12 + step % 7 for step in range(30)], scale=scale))
    assert any("scale: standard" in note for note in data.notes) == (scale == "none")
