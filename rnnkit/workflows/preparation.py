"""The preparation of a training: data, layers and initial weights."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np

from rnnkit import backend
from rnnkit.checksums import code_checksum
from rnnkit.ranks.group import group
from rnnkit.stage_times import stage
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Codec, Part, Prepared, Source
from rnnkit.tasks.task import Task
from rnnkit.workflows.batch_size import resolve_batch_size
from rnnkit.workflows.init_from import open_initial_run, transferred_weights
from rnnkit.workflows.memory import require_memory


def begin(backend_name: str | None, device: str) -> None:
    """Starts to import the framework in a thread, while the calling thread reads data.

    The source files that the cache's checksum covers are read first: a thousand small reads would
    wait for the importing thread.

    Args:
        backend_name: tensorflow or jax; None for the environment's.
        device: auto, cpu or gpu.
    """
    code_checksum()
    backend.begin(backend_name, device)


def prepare(
    task: Task, *, smoke: bool, init_from: str | None, backend_name: str | None, device: str
) -> tuple[Task, Prepared, Network[Codec, Part], dict[str, np.ndarray]]:
    """Returns the task with its batch size resolved, its data, its network, and the initial weights
    that are not random.

    Args:
        task: A checked config.
        smoke: Whether the small built-in sample is read.
        init_from: A run whose vocabulary, labels and weights the training starts from.
        backend_name: tensorflow or jax; None for the environment's.
        device: auto, cpu or gpu.

    Raises:
        RnnkitError: If config, data and initial run do not match, or this machine lacks memory.
    """
    initial_run = open_initial_run(init_from, task) if init_from else None
    source = Source(sample=smoke, refit=initial_run is not None)
    codec = initial_run.codec if initial_run else None
    with stage("data"), first_rank_first():
        task, data = resolve_batch_size(
            task, lambda candidate: candidate.prepare(source, codec), backend_name, device
        )
    network = task.network(data.codec)
    if initial_run:
        initial = transferred_weights(initial_run, task, data.codec, network.architecture)
    else:
        initial = network.initial_weights(data)
    require_memory(network, data, task.train)
    return task, data, network, initial


@contextlib.contextmanager
def first_rank_first() -> Iterator[None]:
    """Lets rank 0 run the block before the other processes of a group, which then find its
    downloads, and its encoded data in RNNKIT_CACHE.
    """
    if group().rank:
        group().exchange("")
    yield
    if not group().rank:
        group().exchange("")
