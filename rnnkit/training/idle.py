"""Keys of the `train:` section that do nothing in a training as long as this one: a value that is
meant for a longer one is no mistake, but is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from rnnkit.config.unused import Unused
from rnnkit.quantities import counted
from rnnkit.training.course import Course
from rnnkit.training.options import Train
from rnnkit.training.progress import Progress
from rnnkit.training.schedules import Exponential, OnPlateau


def idle(options: Train, steps: int) -> list[Unused]:
    """Each of them, and why.

    Args:
        options: The `train:` section.
        steps: Steps of an epoch.
    """
    course, start = Course(options, steps), Progress()
    epochs, total = course.epochs(start), course.total(start)
    length = f"the training has {counted(epochs, 'epoch')} of {counted(steps, 'step')}"
    if total < epochs * steps:
        length = f"the training has {counted(total, 'step')}"
    found = [
        Unused(f"train.{key}", length, None, str(value))
        for key, value in _idle(options, epochs, total, steps)
    ]
    if options.warmup_steps >= total > 1:
        does, warmup = "leads to a rate that no step has", str(options.warmup_steps)
        found.append(Unused("train.warmup_steps", length, None, warmup, does))
    return found


def _idle(options: Train, epochs: int, total: int, steps: int) -> Iterator[tuple[str, int]]:
    stopping, schedule = options.early_stopping, options.schedule
    # The first epoch is no wait, and after the last there is nothing to stop.
    if stopping and stopping.patience is not None and stopping.patience >= epochs - 1 > 0:
        yield "early_stopping.patience", stopping.patience
    if isinstance(schedule, OnPlateau) and schedule.patience >= epochs - 1 > 0:
        yield "schedule.on_plateau.patience", schedule.patience
    if isinstance(schedule, Exponential) and schedule.start_epoch >= epochs > 1:
        yield "schedule.exponential.start_epoch", schedule.start_epoch
    if options.max_steps is not None and options.max_steps > options.epochs * steps:
        yield "max_steps", options.max_steps
    every = options.checkpoint.every_steps
    if every is not None and every > total:
        yield "checkpoint.every_steps", every
