from __future__ import annotations

from rnnkit.config import shipped_configs
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from rnnkit.workflows.lazy import lazy_gain


def lines(*overrides: str) -> list[str]:
    small = ["model.embedding=60000", "train.batch_size=2", *overrides]
    task = load_task(shipped_configs()["fable"], small)
    data = task.prepare(Source())
    return lazy_gain(task.network(data.codec), data, task.train)


def test_lazy_gain_of_a_batch_that_reads_few_rows() -> None:
    (line,) = lines()
    assert "embedding" in line and "at most 6" in line and "adam.lazy=true" in line
    for other in ("train.optimizer.adam.lazy=true", "train.optimizer=sgd", "train.batch_size=200"):
        assert not lines(other)
