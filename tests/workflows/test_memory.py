from __future__ import annotations

import re
from pathlib import Path

import pytest

from rnnkit.config import shipped_configs
from rnnkit.errors import RnnkitError
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from rnnkit.workflows.memory import (
    TrainingMemory,
    require_generating,
    require_memory,
    training_memory,
)
from tests.workflows.test_batch_size import STARTERS


def needed(config: str, *overrides: str) -> TrainingMemory:
    task = load_task(shipped_configs()[config], overrides)
    data = task.prepare(Source())
    return training_memory(task.network(data.codec), data, task.train)


def test_training_memory_counts_the_copies_of_each_weight() -> None:
    parameters = 3_346_097
    assert needed("fable").weights == 4 * 5 * parameters  # Adam keeps two numbers of each
    assert needed("fable", "train.optimizer=sgd").weights == 4 * 3 * parameters
    assert needed("fable", "train.average=0.9").weights == 4 * 6 * parameters


def test_training_memory_grows_with_rows_and_units() -> None:
    few, many = (needed("fable", f"train.batch_size={rows}").batch for rows in (50, 100))
    assert many == 2 * few
    assert needed("fable", "model.layers.0.lstm.units=1024").batch > needed("fable").batch
    assert needed("fable", "model.layers.0.lstm.bidirectional=true").batch > needed("fable").batch


@pytest.mark.parametrize("starter", STARTERS, ids=lambda path: path.stem)
def test_widest_is_that_of_the_batches_of_every_task(starter: Path) -> None:
    task = load_task(starter)
    data = task.prepare(Source())
    has_source = task.network(data.codec).architecture.encoder is not None
    widths = set[tuple[int, ...]]()
    for inputs, *_ in data.train.in_order():
        arrays = inputs if isinstance(inputs, tuple) else (inputs,)
        widths.add(tuple(array.shape[1] for array in arrays[: 1 + has_source]))
    assert data.train.widest == tuple(map(max, zip(*widths, strict=True)))


def test_require_memory_refuses_what_no_machine_has() -> None:
    task = load_task(shipped_configs()["fable"], ["model.layers.0.lstm.units=65536"])
    data = task.prepare(Source())
    with pytest.raises(RnnkitError, match=r"model: .* memory .*units"):
        require_memory(task.network(data.codec), data, task.train)


def test_require_generating_refuses_what_no_machine_has_and_warns_of_what_may_not_fit(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Texts that have an end may be shorter than their limit; the batch has its rows anyway."""
    task = load_task(shipped_configs()["fable"])
    architecture = task.network(task.prepare(Source()).codec).architecture
    beyond = r"10,000 continuations of (at most )?1,000,000,000 tokens take about 800 TB of memory"
    with caplog.at_level("WARNING", "rnnkit"):
        with pytest.raises(RnnkitError, match=f"^{beyond}.* all that this machine has"):
            require_generating(architecture, 10_000, 10**9, 1, ends=False)
        assert not caplog.messages
        require_generating(architecture, 10_000, 10**9, 1, ends=True)
        (warned,) = caplog.messages
        assert re.search(rf"^{beyond}.* are free now$", warned)
        with pytest.raises(RnnkitError, match="model's outputs"):
            require_generating(architecture, 10**9, 1, 1, ends=True)
        require_generating(architecture, 1, 1_000_000, 1, ends=False)
        assert caplog.messages == [warned]
