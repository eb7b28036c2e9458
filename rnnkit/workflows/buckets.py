"""`train.num_buckets: auto`: the number of bucket widths, chosen when a training starts."""

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

MAX_COMPILED_BUCKETS = 4
"""The most buckets where the training step is compiled once per width: compiling more of them
takes longer than the padding of fewer buckets costs."""


def resolve_num_buckets(task: Task, data: Prepared) -> tuple[Task, Prepared]:
    """The task with `train.num_buckets` resolved, and its data in batches of these widths.

    A resumed training keeps the number on any device, so that each step has the same rows.

    Args:
        task: A checked config; the backend is selected already.
        data: Its data; no batch has been read yet.
    """
    if task.train.num_buckets == AUTO:
        return _resolve_auto(task, data, compiles=backend.compiles_each_shape())
    unused = {setting.key for setting in unused_keys(task)}
    if _default_buckets(data.train) is None and ONE_WIDTH.key not in unused:
        log.warning(str(replace(ONE_WIDTH, value=str(task.train.num_buckets))))
    return task, data


def _resolve_auto(task: Task, data: Prepared, *, compiles: bool) -> tuple[Task, Prepared]:
    """Resolves `auto`; `compiles` says whether the step is compiled once per width."""
    if (default := _default_buckets(data.train)) is None:
        return task, data
    (number,) = group().agree([min(default, MAX_COMPILED_BUCKETS) if compiles else default])
    train = task.train.model_copy(update={"num_buckets": number})
    task = task.model_copy(update={"train": train})
    if number == default:
        return task, data
    data = replace(data, num_buckets=number)
    log.info(
        f"train.num_buckets: auto takes {number}, not {default}, since a step of each width is"
        f" compiled here; {describe_widths(data.train)}"
    )
    return task, data


def _default_buckets(batches: Batches) -> int | None:
    """The default number of buckets; None if all batches have the same width."""
    return batches.num_buckets if isinstance(batches, Bucketed) else None


def describe_widths(batches: Batches) -> str | None:
    """The batch widths and the percentage of padding, as text; None if all batches have the same
    width.
    """
    if not isinstance(batches, Bucketed):
        return None
    shapes = [
        str(shape) if isinstance(shape, int) else " x ".join(map(str, shape))
        for shape in batches.shapes
    ]
    padding = percent(batches.padding, 1)
    return f"widths {', '.join(shapes)}; {padding} of an epoch's batches is padding"
