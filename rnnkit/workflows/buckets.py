"""`train.num_buckets: auto`: the number of widths of batches, decided when a training starts."""

from __future__ import annotations

from dataclasses import replace

from rnnkit import backend
from rnnkit.config.unused import unused_keys
from rnnkit.progress import log
from rnnkit.quantities import percent
from rnnkit.ranks.group import group
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.task import Task
from rnnkit.tasks.unused import ONE_WIDTH
from rnnkit.training.batches import Batches, Bucketed
from rnnkit.training.options import AUTO

WHERE_COMPILED = 4
"""The number of widths where a step is compiled for each: compiling more takes longer than the
padding of fewer widths costs."""


def bucketed(task: Task, data: Prepared) -> tuple[Task, Prepared]:
    """The task with its number of widths resolved, and its data in batches of these widths. A
    resumed training keeps the number on any device, and so has the same rows in each step.

    Args:
        task: A checked config; the backend is selected already.
        data: Its data, of which no batch has been read yet.
    """
    if task.train.num_buckets == AUTO:
        return _decided(task, data, compiles=backend.compiles_each_shape())
    unused = {setting.key for setting in unused_keys(task)}
    if _usual(data.train) is None and ONE_WIDTH.key not in unused:
        log.warning(str(replace(ONE_WIDTH, value=str(task.train.num_buckets))))
    return task, data


def _decided(task: Task, data: Prepared, *, compiles: bool) -> tuple[Task, Prepared]:
    """Resolves `auto`; `compiles` says whether a step is compiled for each width."""
    if (usual := _usual(data.train)) is None:
        return task, data
    (number,) = group().agree([min(usual, WHERE_COMPILED) if compiles else usual])
    train = task.train.model_copy(update={"num_buckets": number})
    task = task.model_copy(update={"train": train})
    if number == usual:
        return task, data
    data = replace(data, num_buckets=number)
    log.info(
        f"train.num_buckets: auto takes {number}, not {usual}, since a step of each width is"
        f" compiled here; {in_words(data.train)}"
    )
    return task, data


def _usual(batches: Batches) -> int | None:
    """The default number of widths of batches; None if their widths are fixed."""
    return batches.num_buckets if isinstance(batches, Bucketed) else None


def in_words(batches: Batches) -> str | None:
    """The widths of batches and their share of padding, in words; None if all have one width."""
    if not isinstance(batches, Bucketed):
        return None
    shapes = [
        str(shape) if isinstance(shape, int) else " x ".join(map(str, shape))
        for shape in batches.shapes
    ]
    padding = percent(batches.padding, 1)
    return f"widths {', '.join(shapes)}; {padding} of an epoch's batches is padding"
