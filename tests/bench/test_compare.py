"""Everybody computes the same model; a peer in this process is as good as one in its own."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from rnnkit.bench import compare, ours
from rnnkit.bench.peer import Work
from rnnkit.bench.peers.keras import Keras
from rnnkit.bench.plain import Plain, plain
from rnnkit.bench.result import TOLERANCE
from rnnkit.config import shipped_configs
from rnnkit.errors import RnnkitError
from rnnkit.tasks.task import load_task
from tests.cli.invoke import done, invoke
from tests.helpers.tagged import SMALL as SMALL_TAGGER
from tests.helpers.tagged import SPANS, write_rows

SMALL = [
    "model.embedding=4",
    "model.layers=[gru: 3, dropout: 0.5, lstm: {units: 3, bidirectional: true, dropout: 0.1}]",
]
LABELLED = {"x": ["a b c", "f a b c d e"] * 8, "y": ["d e", "e f g"] * 8}
TEXTS = {
    "task": "classification",
    "data": {"dataset": {"labelled": {"texts": LABELLED}}, "split": 0},
    "model": {"embedding": 4, "layers": [{"lstm": 3}]},
    "train": {"batch_size": 6},
}

STREAM = ("task.language_model={stream: true, window: null, bptt: 5}", "train.batch_size=4")
TAGGED = "model.layers=[lstm: {units: 3, bidirectional: true}]"
FORECAST = ("task.forecasting.loss=quantile", "model.layers=[gru: 3]", "train.batch_size=4")


def small(*overrides: str) -> Plain:
    keys = [*compare.OVERRIDES, *compare.UNINTERRUPTED, *SMALL, *overrides]
    return plain(load_task(shipped_configs()["fable_simple_rnn"], keys), steps=2)


def written(work: Plain, folder: Path, verb: str) -> Work:
    work.write(folder, verb, passes=2, tokens=4)
    return Work.load(folder)


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param("[lstm: {units: 3, dropout: 0.1}]", id="one"),
        pytest.param(SMALL[1].partition("=")[2], marks=pytest.mark.soak, id="two"),
    ],
)
def test_keras_and_rnnkit_compute_the_same(tmp_path: Path, layers: str) -> None:
    work = small("train.batch_size=40", f"model.layers={layers}")
    assert len(work.reading.inputs) == 80
    logits = ours.answering(work, buckets=False)()
    theirs = Keras().prepare(written(work, tmp_path, "predict"))()
    assert compare._difference("predict", theirs, logits) <= TOLERANCE["predict"]
    tokens = ours.generating(work, 4)()
    assert Keras().prepare(written(work, tmp_path, "generate"))() == tokens
    (tmp_path / "run").mkdir()
    training = ours.Training(work, tmp_path / "run", 2, buckets=False)
    script = Keras().prepare(written(work, tmp_path, "train"))
    for _ in range(2):  # the second unit starts where the first one ended
        assert compare._difference("train", script(), training()) <= TOLERANCE["train"]


@pytest.mark.soak
def test_keras_and_rnnkit_compute_the_same_stream(tmp_path: Path) -> None:
    work = small(*STREAM, "model.layers=[lstm: 3]")
    assert work.reading.kind == "stream"
    assert work.reading.inputs.shape == (8, 5)
    assert_same(work, tmp_path, ("train", "predict", "generate"))


@pytest.mark.soak
def test_keras_and_rnnkit_compute_the_same_at_every_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_rows(SPANS * 3)
    (tmp_path / "t.yaml").write_text(SMALL_TAGGER, encoding="utf-8")
    overrides = [*compare.OVERRIDES, *compare.UNINTERRUPTED, TAGGED]
    work = plain(load_task(tmp_path / "t.yaml", overrides), steps=2)
    assert work.reading.targets.shape == work.reading.inputs.shape == (8, 3)
    assert_same(work, tmp_path, ("train",))
    assert len(ours.answering(work, buckets=True)()) == 8


@pytest.mark.soak
def test_keras_and_rnnkit_compute_the_same_forecast(tmp_path: Path) -> None:
    overrides = [*compare.OVERRIDES, *compare.UNINTERRUPTED, *FORECAST]
    work = plain(load_task(shipped_configs()["toy_two_steps"], overrides), steps=1)
    assert_same(work, tmp_path, ("train",))


def assert_same(work: Plain, folder: Path, verbs: Sequence[str]) -> None:
    for verb in verbs:
        theirs = Keras().prepare(written(work, folder, verb))()
        if verb == "train":
            (folder / "run").mkdir()
            own: Any = ours.Training(work, folder / "run", 2, buckets=False)()
        elif verb == "predict":
            own = ours.answering(work, buckets=False)()
        else:
            own = ours.generating(work, 4)()
        assert compare._difference(cast("compare.Verb", verb), theirs, own) <= TOLERANCE[verb]


def test_plain_pads_texts_at_their_beginning_and_keeps_them_without() -> None:
    work = plain(load_task(TEXTS), steps=2)
    texts = work.reading.texts
    assert work.reading.inputs.shape == (12, 6)
    assert texts is not None
    assert [list(row[row > 0]) for row in work.reading.inputs] == [list(text) for text in texts]
    logits = ours.answering(work, buckets=True)()
    assert logits.shape == (12, 1)


def test_plain_refuses_what_peers_do_not_have() -> None:
    with pytest.raises(RnnkitError, match="min_gru"):
        small("model.layers=[min_gru: 3]")
    with pytest.raises(RnnkitError, match="data: pairs"):
        plain(load_task(shipped_configs()["reverse_digits"]), steps=1)


def test_operations_are_those_of_the_products() -> None:
    work = plain(load_task(TEXTS), steps=2)
    assert work.operations() == 12 * (6 * 2 * (4 * 12 + 3 * 12) + 2 * 3)


def test_bench_names_the_command_that_installs_a_peer() -> None:
    missing = compare.lookup("peer", "torch")().missing()
    if not missing:
        pytest.skip("torch is installed")
    result = done(
        *("bench", "generate", "fable_simple_rnn", *SMALL),
        *("--against", "torch", "--repeats", "1", "--json"),
    )
    comparison = json.loads(result.stdout)
    assert comparison["skipped"] == {"torch": "pip install torch"}
    assert [one["name"] for one in comparison["contenders"]] == ["rnnkit"]


def test_bench_names_what_it_cannot_compare() -> None:
    failed = invoke("bench", "generate", "imdb_lstm")
    assert failed.exit_code == 2
    assert re.search("generate.*classification", failed.stderr)
    failed = invoke(*("bench", "predict", "fable_simple_rnn", *STREAM), "--against", "onnx")
    skipped = compare.lookup("peer", "onnx")().missing()
    assert skipped or re.search("--against onnx.*stream", failed.stderr)


def test_bench_names_an_unknown_peer() -> None:
    result = invoke("bench", "--against", "kears")
    assert result.exit_code == 2
    assert "'keras'" in result.stderr


@pytest.mark.soak
def test_bench_runs_peers_in_processes_of_their_own() -> None:
    result = done(
        *("bench", "predict", "fable_simple_rnn", *SMALL),
        *("--against", "keras,keras-jax", "--repeats", "1", "--json"),
    )
    contenders = json.loads(result.stdout)["contenders"]
    assert [one["name"] for one in contenders] == ["rnnkit", "keras", "keras-jax"]
    assert all(one["agrees"] for one in contenders)
    assert np.all([one["median"] > 0 for one in contenders])


@pytest.mark.parametrize(
    ("against", "named"), [("onnx", "onnx.*train.*predict"), (" , ", "--against.*keras-jax")]
)
def test_bench_names_whom_it_cannot_compare_with(against: str, named: str) -> None:
    failed = invoke("bench", "train", "fable", "--against", against)
    assert failed.exit_code == 2
    assert re.search(named, failed.stderr)


def test_compare_leaves_out_what_would_end_a_training() -> None:
    config = {**TEXTS, "train": {"batch_size": 6, "early_stopping": 1, "average": 0.9}}
    work = plain(load_task(config, [*compare.OVERRIDES, *compare.UNINTERRUPTED]), steps=2)
    assert (work.task.train.early_stopping, work.task.train.average) == (None, None)
