"""A run with random weights: a test whose answers need not be right trains nothing."""

from __future__ import annotations

from typing import Any

from rnnkit.config import dump_config, parse_config
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import Task
from tests.helpers.random_models import random_weights


def untrained_run(
    name: str,
    tree: dict[str, Any] | str,
    seed: int = 1,
    *,
    sample: bool = False,
    sizes: tuple[float, float] = (0.3, 1.0),
) -> RunFolder:
    """A run of this name in the runs folder, as if its config had been trained.

    Args:
        name: The run's.
        tree: Its config.
        seed: Of the weights.
        sample: Whether its codec is that of the data set's small sample.
        sizes: Between which the weights are; those of a large model must be small.
    """
    task = parse_config(tree)
    assert isinstance(task, Task)
    codec = task.prepare(Source(sample=sample)).codec
    run = RunFolder.create(name, dump_config(task))
    codec.save(run)
    weights = random_weights(task.network(codec).architecture, seed, *sizes)
    run.save_weights(weights, {"task": task.kind()})
    return run
