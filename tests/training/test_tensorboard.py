"""What TensorBoard shows of a whole training: curves, histograms of every weight, and what the
model says.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rnnkit import api
from rnnkit.data.datasets.fable import FABLE
from rnnkit.run import RunFolder

pytestmark = pytest.mark.backend

EPOCHS = 12


def silent(line: str) -> None:
    pass


def events(run: RunFolder) -> EventAccumulator:
    accumulator = EventAccumulator(
        str(run.tensorboard), size_guidance={"scalars": 0, "histograms": 0, "tensors": 0}
    )
    accumulator.Reload()
    return accumulator


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A training of twelve epochs with validation."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(tmp_path_factory.mktemp("runs")))
        overrides = [
            f"train.epochs={EPOCHS}",
            "data.split=0.2",
            "model.layers.0.simple_rnn.units=6",
            "model.embedding=5",
        ]
        return api.train("fable_simple_rnn", *overrides, say=silent).folder


def test_a_curve_for_every_column_of_the_history(run: RunFolder) -> None:
    with open(run.history, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    shown = events(run)
    assert set(shown.Tags()["scalars"]) == {f"epoch/{name}" for name in rows[0] if name != "epoch"}
    assert {
        "epoch/loss",
        "epoch/val_loss",
        "epoch/accuracy",
        "epoch/val_accuracy",
        "epoch/learning_rate",
    } <= set(shown.Tags()["scalars"])
    for name in rows[0].keys() - {"epoch"}:
        points = shown.Scalars(f"epoch/{name}")
        assert [point.step for point in points] == list(range(1, EPOCHS + 1))
        assert [point.value for point in points] == pytest.approx(
            [float(row[name]) for row in rows], rel=1e-5
        )
    times = [point.wall_time for point in shown.Scalars("epoch/loss")]
    assert times == sorted(times)


def test_a_histogram_for_every_weight_that_the_run_keeps(run: RunFolder) -> None:
    shown = events(run)
    arrays = json.loads(run.manifest.read_text())["arrays"]
    assert set(shown.Tags()["histograms"]) == {f"weights/{name}" for name in arrays}
    assert "weights/simple_rnn/recurrent_kernel" in shown.Tags()["histograms"]
    for name, array in arrays.items():
        histograms = shown.Histograms(f"weights/{name}")
        for histogram in histograms:
            value = histogram.histogram_value
            assert value.num == np.prod(array["shape"]) == sum(value.bucket)
            assert value.min <= value.sum / value.num <= value.max
            assert len(value.bucket) == len(value.bucket_limit)
        # at most ten looks
        assert [histogram.step for histogram in histograms] == [2, 4, 6, 8, 10, 12]


def test_the_last_histogram_is_of_the_last_weights(run: RunFolder) -> None:
    best = json.loads(run.manifest.read_text())["best"]["epoch"]
    histograms = {
        event.step: event.histogram_value
        for event in events(run).Histograms("weights/logits/kernel")
    }
    with np.load(run.weights) as arrays:
        kept = arrays["logits/kernel"]
    if best in histograms:
        assert (histograms[best].min, histograms[best].max) == pytest.approx(
            (kept.min(), kept.max()), rel=1e-6
        )
    assert histograms[2].sum_squares != histograms[12].sum_squares  # they moved


def test_samples_of_text(run: RunFolder) -> None:
    shown = events(run)
    assert "sample" in shown.Tags()["tensors"]
    samples = shown.Tensors("sample")
    assert [sample.step for sample in samples] == [2, 4, 6, 8, 10, 12]
    for sample in samples:
        (text,) = (value.decode() for value in sample.tensor_proto.string_val)
        assert text.startswith(FABLE[: len("long ago, the")].removesuffix(" the"))
        assert len(text) > 30
    assert shown.SummaryMetadata("sample").plugin_data.plugin_name == "text"


def test_a_resumed_training_goes_on_with_its_curves(tmp_path: Path, runs: Path) -> None:
    from rnnkit.workflows.train import resume

    first = api.train("fable_simple_rnn", "train.epochs=3", say=silent).folder
    resume(str(first), ["train.epochs=5"], say=silent)
    points = events(first).Scalars("epoch/loss")
    assert [point.step for point in points] == [1, 2, 3, 4, 5]
    assert len(list(first.tensorboard.glob("events.*"))) == 2


def test_a_forecaster_shows_what_it_forecasts(runs: Path) -> None:
    run = api.train("toy_two_steps", "train.epochs=2", say=silent).folder
    (text,) = (
        value.decode() for value in events(run).Tensors("sample")[-1].tensor_proto.string_val
    )
    assert re.fullmatch(r"after 0\.1 0\.2: -?[\d.e-]+", text)
    assert set(events(run).Tags()["histograms"]) == {
        f"weights/{name}"
        for name in (
            "simple_rnn/kernel",
            "simple_rnn/recurrent_kernel",
            "simple_rnn/bias",
            "forecast/kernel",
            "forecast/bias",
        )
    }
