"""What a training needs before its model is built: data, the list of layers, first weights."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np

from rnnkit import backend
from rnnkit.checksums import code_checksum
from rnnkit.ranks.group import group
from rnnkit.stages import stage
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Codec, Part, Prepared, Source
from rnnkit.tasks.task import Task
from rnnkit.workflows.batch_size import sized
from rnnkit.workflows.memory import require_memory
from rnnkit.workflows.start import start_from, weights_from


def begin(backend_name: str | None, device: str) -> None:
    """Imports the framework while data are read. The sources whose checksum the cache asks for are
    read before: each of a thousand small files would wait for the thread that imports.

    Args:
        backend_name: tensorflow or jax; None for the environment's.
        device: auto, cpu or gpu.
    """
    code_checksum()
    backend.begin(backend_name, device)


def prepare(
    task: Task, *, smoke: bool, init_from: str | None, backend_name: str | None, device: str
) -> tuple[Task, Prepared, Network[Codec, Part], dict[str, np.ndarray]]:
    """The task with the number of its rows, data, network, and weights that do not start at random.

    Args:
        task: A checked config.
        smoke: Whether the small built-in sample is read.
        init_from: A run whose vocabulary, labels and weights the training starts from.
        backend_name: tensorflow or jax; None for the environment's.
        device: auto, cpu or gpu.

    Raises:
        RnnkitError: If something is wrong with them, or this machine has not enough memory.
    """
    start = start_from(init_from, task) if init_from else None
    source = Source(sample=smoke, refit=start is not None)
    codec = start.codec if start else None
    with stage("data"), first_of_all():
        task, data = sized(task, lambda one: one.prepare(source, codec), backend_name, device)
    network = task.network(data.codec)
    if start:
        initial = weights_from(start, task, data.codec, network.architecture)
    else:
        initial = network.initial_weights(data)
    require_memory(network, data, task.train)
    return task, data, network, initial


@contextlib.contextmanager
def first_of_all() -> Iterator[None]:
    """Of several processes the first does alone what is done inside, and then the others: they find
    what it downloaded, and what it encoded in RNNKIT_CACHE.
    """
    if group().rank:
        group().exchange("")
    yield
    if not group().rank:
        group().exchange("")
