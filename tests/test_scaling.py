"""The model of docs/scaling.md, against what it says in a closed form."""

from __future__ import annotations

import importlib.util
import math
import sys
from types import ModuleType

import numpy as np
import pytest

from rnnkit.config import shipped_configs
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from tests.conftest import REPO


@pytest.fixture(scope="module")
def scaling() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scaling", REPO / "scripts" / "scaling.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["scaling"] = module  # which dataclasses look up
    spec.loader.exec_module(module)
    return module


def test_slowest_is_the_mean_of_the_largest(scaling: ModuleType) -> None:
    assert scaling.slowest(1) == pytest.approx(0, abs=1e-6)
    assert scaling.slowest(2) == pytest.approx(1 / math.sqrt(math.pi), abs=1e-6)
    drawn = np.random.default_rng(0).normal(size=(20_000, 64)).max(axis=1).mean()
    assert scaling.slowest(64) == pytest.approx(drawn, abs=0.01)


def test_all_reduce_is_what_a_ring_takes_message_by_message(scaling: ModuleType) -> None:
    network = scaling.Network("", 1e-5, 1e9)
    for workers in (2, 4):  # of more, halving and doubling sends fewer messages
        seconds = 0.0
        for _ in range(2 * (workers - 1)):  # a share of the sum each, then the sums themselves
            seconds += network.latency + 8e6 / workers / network.bandwidth
        if workers == 2:
            assert network.all_reduce(workers, 8e6) == pytest.approx(seconds)
        else:
            assert network.all_reduce(workers, 8e6) == pytest.approx(seconds - 2 * 1e-5)
    assert network.all_reduce(1, 8e6) == 0


@pytest.mark.parametrize("workers", [1, 8, 1024])
def test_best_batch_is_where_a_training_is_shortest(scaling: ModuleType, workers: int) -> None:
    model = scaling.shipped("ptb_tied", 10_000)
    for network in scaling.NETWORKS:
        one = scaling.Scaling(model, network, scaling.Assumptions())
        batches = np.geomspace(workers, 1e6, 4001)
        times = [one.step(workers, batch).training for batch in batches]
        assert one.best_batch(workers) == pytest.approx(batches[np.argmin(times)], rel=0.02)


def test_shipped_has_the_parameters_of_the_config(scaling: ModuleType) -> None:
    task = load_task(shipped_configs()["fable"], environment=False)
    layers = task.network(task.prepare(Source()).codec).architecture.all_layers
    model = scaling.shipped("fable", 113)
    assert model.parameters == sum(layer.parameters or 0 for layer in layers) == 3_346_097
    # 10,000 x 200, two of 4 (400 x 200 + 200), 200 x 10,000 + 10,000 (Zaremba et al. 2014)
    assert scaling.shipped("ptb_small", 10_000).parameters == 4_651_600


def test_the_page_has_the_tables_of_the_script(scaling: ModuleType) -> None:
    page = (REPO / "docs" / "scaling.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in scaling.tables(scaling.Assumptions()) if line not in page] == []
