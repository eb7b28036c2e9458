"""`train.batch_size: auto`: a number, which the run's config names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.config import load_config
from rnnkit.errors import RnnkitError
from rnnkit.platform.memory import machine_memory
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import Task, load_task
from rnnkit.workflows.batch_size import (
    MEMORY_MARGIN,
    is_out_of_memory,
    resolve_batch_size,
    with_batch_size,
)
from rnnkit.workflows.batch_size import _by_estimate as by_estimate
from rnnkit.workflows.batch_size import _by_trial as by_trial
from rnnkit.workflows.memory import training_memory
from rnnkit.workflows.train import resume, train
from tests.conftest import REPO

TINY = [
    "model.embedding=4",
    "model.layers=[{dropout: 0.1}, {pool: mean}]",
    "train.epochs=2",
]
STARTERS = sorted((REPO / "rnnkit" / "tasks" / "starters").glob("*.yaml"))


def sequences(rows: int, steps: int, layers: list[Any]) -> Task:
    """A classifier of random sequences."""
    generator = np.random.default_rng(0)
    values = generator.normal(size=(rows, steps, 1)).astype(np.float32)
    np.savez("sequences.npz", x=values, y=generator.integers(0, 2, rows))
    return load_task(
        {
            "task": "classification",
            "data": {"dataset": {"arrays": "sequences.npz"}},
            "model": {"embedding": "none", "layers": layers},
            "train": {"batch_size": "auto"},
        }
    )


@pytest.mark.backend
def test_auto_trains_as_the_number_does_that_it_became(
    runs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    auto = train("fable_simple_rnn", [*TINY, "train.batch_size=auto"]).run
    said = [record for record in caplog.records if "auto takes" in record.message]
    assert "128" in said[0].message and "200 rows" in said[0].message
    (warning,) = [record for record in caplog.records if "trains differently" in record.message]
    assert warning.levelname == "WARNING"
    assert load_config(auto.config, environment=False).train.batch_size == 128
    number = train("fable_simple_rnn", [*TINY, "train.batch_size=128"]).run
    assert auto.config.read_bytes() == number.config.read_bytes()
    ours, theirs = (np.load(run.weights) for run in (auto, number))
    assert ours.files == theirs.files
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours.files)
    again = resume(str(auto), ["train.epochs=3"]).run  # exactly, with the number
    assert load_config(again.config, environment=False).train.batch_size == 128
    with pytest.raises(RnnkitError, match=r"batch_size=auto: auto, in a resumed run.*=128"):
        resume(str(auto), ["train.batch_size=auto", "train.epochs=4"])


@pytest.mark.parametrize("starter", STARTERS, ids=lambda path: path.stem)
def test_auto_of_every_task_is_at_most_the_rows_of_the_training_set(starter: Path) -> None:
    task = load_task(starter, ["train.batch_size=auto"])
    chosen, data = resolve_batch_size(task, lambda one: one.prepare(Source()), None, "cpu")
    rows = chosen.train.rows
    assert rows == chosen.train.batch_size == data.batch_size == data.train.batch_size
    assert rows & (rows - 1) == 0
    least = with_batch_size(task, 1).prepare(Source()).train.steps
    assert rows <= least < 2 * rows


def test_auto_leaves_a_number_as_it_is() -> None:
    task = load_task(STARTERS[0], ["train.batch_size=7"])
    assert resolve_batch_size(task, lambda one: one.prepare(Source()), None, "cpu")[0] is task


def test_auto_takes_what_fits_into_the_free_memory() -> None:
    task = with_batch_size(sequences(4096, 100, [{"lstm": 512}] * 40), 1)
    data = task.prepare(Source())
    network = task.network(data.codec)
    rows, reason = by_estimate(task, data, network, 4096)
    machine = machine_memory()
    assert machine is not None
    assert "GB" in reason and "free" in reason

    def needed(size: int) -> float:
        of_rows = with_batch_size(task, size)
        return MEMORY_MARGIN * training_memory(network, of_rows.prepare(Source()), task.train).total

    assert needed(rows) <= machine.total
    assert rows == 4096 or needed(4 * rows) > machine.available / 2  # of which others take some


@pytest.mark.soak
def test_trial_of_what_fits_takes_all_rows() -> None:
    task = with_batch_size(sequences(70, 3, [{"gru": 3}]), 1)
    data = task.prepare(Source())
    assert by_trial(task, data, task.network(data.codec), 64)[0] == 64
    assert by_trial(task, data, task.network(data.codec), 2)[0] == 2


def test_out_of_memory_by_any_name() -> None:
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 8 bytes"))
    assert not is_out_of_memory(ValueError("a shape that does not fit"))


LIMITED = """
import resource
from pathlib import Path
from rnnkit import backend
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from rnnkit.workflows.batch_size import _by_trial, _fits, with_batch_size
from tests.workflows.test_batch_size import sequences
backend.select()
task = with_batch_size(sequences(4096, 200, [{"lstm": 64}, {"lstm": 64}]), 1)
task = task.model_copy(update={"train": task.train.model_copy(update={"kernel": "keras"})})
data = task.prepare(Source())
network = task.network(data.codec)
assert _fits(task, data, network, 8)
status = Path("/proc/self/status").read_text().splitlines()
used = next(1024 * int(line.split()[1]) for line in status if line.startswith("VmData"))
resource.setrlimit(resource.RLIMIT_DATA, (used + 800_000_000,) * 2)
rows, reason = _by_trial(task, data, network, 4096)
assert 64 <= rows < 4096, rows
assert not _fits(task, data, network, 8 * rows)
"""


@pytest.mark.soak
@pytest.mark.backend
@pytest.mark.skipif(sys.platform != "linux", reason="the limit of a process is Linux's")
def test_trial_finds_what_fits_where_memory_runs_out(tmp_path: Path) -> None:
    """A limit on the memory of a process, which the framework really meets: as on a full GPU."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED],
        env=os.environ | {"PYTHONPATH": str(REPO)},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-2000:]
