from __future__ import annotations

from rnnkit.config import shipped_configs
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from rnnkit.workflows.lazy import lazy_advice, lazy_gain


def lines(*overrides: str) -> tuple[list[str], list[str]]:
    """What is said of a training, and where nothing is known of its batches."""
    small = ["model.embedding=60000", "train.batch_size=2", *overrides]
    task = load_task(shipped_configs()["fable"], small)
    data = task.prepare(Source())
    network = task.network(data.codec)
    architecture = network.architecture
    return lazy_gain(network, data, task.train), lazy_advice(architecture, task.train)


def test_lazy_gain_of_a_batch_that_reads_few_rows() -> None:
    (line,), (advice,) = lines()
    assert "embedding" in line and "at most 6" in line and "adam.lazy=true" in line
    assert "embedding" in advice and "adam.lazy=true" in advice
    for other in ("train.optimizer.adam.lazy=true", "train.optimizer=sgd"):
        assert lines(other) == ([], [])
    assert lines("train.batch_size=200") == ([], [advice])
