"""Everybody computes the same model; a peer in this process is as good as one in its own."""

from __future__ import annotations

import json
import re
from pathlib import Path

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


def small(*overrides: str) -> Plain:
    keys = [*compare.OVERRIDES, *compare.UNINTERRUPTED, *SMALL, *overrides]
    return plain(load_task(shipped_configs()["fable_simple_rnn"], keys), steps=2)


def written(work: Plain, folder: Path, verb: str) -> Work:
    work.write(folder, verb, passes=2, tokens=4)
    return Work.load(folder)


def test_keras_and_rnnkit_compute_the_same(tmp_path: Path) -> None:
    work = small("train.batch_size=40")
    assert len(work.inputs) == 80
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


def test_plain_pads_texts_at_their_beginning_and_keeps_them_without() -> None:
    work = plain(load_task(TEXTS), steps=2)
    assert work.inputs.shape == (12, 6)
    assert work.texts is not None
    assert [list(row[row > 0]) for row in work.inputs] == [list(text) for text in work.texts]
    logits = ours.answering(work, buckets=True)()
    assert logits.shape == (12, 1)


def test_plain_refuses_what_peers_do_not_have() -> None:
    with pytest.raises(RnnkitError, match="min_gru"):
        small("model.layers=[min_gru: 3]")
    with pytest.raises(RnnkitError, match="kind none"):
        plain(load_task(shipped_configs()["toy_two_steps"]), steps=1)


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
