"""Everybody does the same work, in processes of their own."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from rnnkit.bench import compare
from rnnkit.bench.peers.keras_jax import KerasOnJax
from rnnkit.bench.peers.torch import Torch
from rnnkit.bench.work import Verb
from rnnkit.errors import RnnkitError
from tests.cli.invoke import done, invoke
from tests.helpers.compared import SMALL, STREAM


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


def test_compare_names_the_layer_that_a_peer_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Torch, "requires", {})
    with pytest.raises(RnnkitError, match="--against torch: gru: activation relu") as caught:
        options = compare.Options(against=["torch"], steps=1)
        compare.compare(
            "predict", "fable", ["model.layers=[gru: {units: 2, activation: relu}]"], options
        )
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("verb", ["train", "predict", "generate"])
def test_compare_names_the_peer_that_carries_no_state(
    verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KerasOnJax, "requires", {})
    with pytest.raises(RnnkitError, match=r"--against keras-jax: .* carry no state") as caught:
        options = compare.Options(against=["keras-jax"], steps=1)
        compare.compare(verb, "fable", [*SMALL, *STREAM, "model.layers=[lstm: 3]"], options)
    assert caught.value.exit_code == 2


def test_compare_reads_the_first_rows_of_large_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnkit.bench.peer.MAX_CHECKED", 1000)
    options = compare.Options(against=[], repeats=1, steps=2)
    comparison = compare.compare("predict", "fable", SMALL, options)
    assert [one.differs for one in comparison.contenders] == [0.0]
