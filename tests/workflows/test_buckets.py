"""`train.num_buckets`: decided where a training begins, and kept by its run on whatever device."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.config import dump_config, load_config
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import Task, load_task
from rnnkit.training.batches import Bucketed
from rnnkit.workflows.buckets import MAX_COMPILED_BUCKETS
from rnnkit.workflows.buckets import _resolve_auto as resolve_auto
from rnnkit.workflows.train import resume, train
from tests.conftest import REPO

STARTERS = sorted((REPO / "rnnkit" / "tasks" / "starters").glob("*.yaml"))
LENGTHS = [*range(1, 60), 120]
TEXTS = {
    label: [" ".join([word] * length) for length in LENGTHS]
    for label, word in (("glad", "lovely"), ("sad", "awful"))
}


def config(**train: Any) -> dict[str, Any]:
    """A classifier of texts of many lengths."""
    data = {"dataset": {"labelled": {"texts": TEXTS}}, "split": {"validation": 0.2, "test": 0}}
    model = {"embedding": 3, "layers": [{"dropout": 0.1}, {"pool": "mean"}]}
    settings = {"epochs": 2, "batch_size": 8, **train}
    return {"task": "classification", "data": data, "model": model, "train": settings}


def weights(run: RunFolder) -> dict[str, np.ndarray]:
    with np.load(run.weights) as file:
        return {name: file[name] for name in file.files}


def same(one: RunFolder, other: RunFolder) -> bool:
    ours, theirs = weights(one), weights(other)
    assert ours.keys() == theirs.keys()
    return all(np.array_equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.backend
def test_run_resumes_with_the_widths_that_it_began_with(runs: Path) -> None:
    whole = train(config(num_buckets=2)).run
    begun = train(config(num_buckets=2, max_steps=9)).run
    with pytest.raises(RnnkitError, match=r"num_buckets=auto: auto, in a resumed run.*=2"):
        resume(str(begun), ["train.num_buckets=auto"])
    with pytest.raises(RnnkitError, match="cannot be changed within an epoch"):
        resume(str(begun), ["train.num_buckets=3"])
    assert same(resume(str(begun), ["train.max_steps=null"]).run, whole)


def test_auto_of_a_cpu_is_the_usual_number_which_the_config_names(runs: Path) -> None:
    auto = train(config(epochs=1)).run
    task = load_config(auto.config, environment=False)
    assert task.train.num_buckets == 8
    assert auto.config.read_text() == dump_config(load_task(config(epochs=1, num_buckets=8)))


@pytest.mark.parametrize("starter", STARTERS, ids=lambda path: path.stem)
@pytest.mark.parametrize("compiles", [False, True])
def test_auto_of_every_task(starter: Path, compiles: bool) -> None:
    task = load_task(starter)
    before = task.prepare(Source())
    chosen, data = resolve_auto(task, before, compiles=compiles)
    if not isinstance(before.train, Bucketed):  # windows and streams have one width
        assert (chosen, data) == (task, before)
        assert "num_buckets" not in dump_config(chosen)
        return
    usual = before.train.num_buckets or 0
    assert chosen.train.num_buckets == (MAX_COMPILED_BUCKETS if compiles else usual)
    assert isinstance(data.train, Bucketed)
    assert data.train.num_buckets == chosen.train.num_buckets
    again = chosen.prepare(Source())  # as a resumed training prepares them
    assert again.num_buckets == chosen.train.num_buckets
    for part in ("train", "validation"):
        ours, theirs = getattr(data, part), getattr(again, part)
        assert ours.shapes == theirs.shapes
        assert len(ours.shapes) <= chosen.train.num_buckets
        rows = [batches.shuffled(1, 2, 0)[0] for batches in (ours, theirs)]
        assert np.array_equal(np.ravel(rows[0][0]), np.ravel(rows[1][0]))


def of_number(number: int) -> Task:
    return load_task(config(num_buckets=number))


def test_fewer_widths_leave_more_padding_and_the_audit_says_so() -> None:
    padding, said = [], []
    for number in (1, 3, 8):
        task = of_number(number)
        data = task.prepare(Source())
        assert isinstance(data.train, Bucketed)
        assert len(data.train.shapes) <= number
        padding.append(data.train.padding)
        said.append(task.audit(data, 100).facts["train"]["padding"])
    assert padding == sorted(padding, reverse=True)
    assert padding[0] > 2 * padding[2]
    assert said == pytest.approx(padding, abs=1e-4)


def test_number_where_no_batch_is_padded_changes_nothing_and_that_is_said(
    runs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = train("fable_simple_rnn", ["train.epochs=1", "train.num_buckets=3"], smoke=True).run
    (warning,) = [one for one in caplog.records if "num_buckets" in one.message]
    assert warning.levelname == "WARNING" and "has no effect" in warning.message
    assert load_config(run.config, environment=False).train.num_buckets == 3


@pytest.mark.parametrize("value", [0, -1, 257, True, 2.5, "many", None])
def test_number_is_a_whole_one_within_its_bounds(value: object) -> None:
    with pytest.raises(RnnkitError, match=r"train.num_buckets: found.*auto"):
        load_task(config(num_buckets=value))
