"""Learning rates over time, as pure functions of the step, so that a resumed run
continues exactly.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from rnnkit.config.on_resume import FROM_HERE, OnResume
from rnnkit.config.spec import Spec
from rnnkit.config.unused import Unused


class ScheduleSpec(Spec):
    """The base of every schedule: a factor on `train.learning_rate`."""

    on_resume: ClassVar[OnResume | None] = FROM_HERE

    @abstractmethod
    def factor(self, step: int, steps_per_epoch: int, total_steps: int) -> float:
        """The factor at step `step` (from 0) of a training of `total_steps` steps."""


class Constant(ScheduleSpec):
    """The same learning rate throughout."""

    def factor(self, step: int, steps_per_epoch: int, total_steps: int) -> float:
        return 1.0


class Exponential(ScheduleSpec):
    """Multiplied by `rate` once an epoch, from epoch `start_epoch` on (Zaremba et al. 2014 halve
    after the fourth).
    """

    short: ClassVar[str | None] = "rate"
    rate: float = Field(gt=0, le=1, description="the factor of one epoch")
    start_epoch: int = Field(0, ge=0, description="how many epochs keep the full learning rate")

    def unused(self) -> Iterator[Unused]:
        if self.rate == 1:
            yield Unused("start_epoch", "rate is 1", "rate: 0.5")

    def factor(self, step: int, steps_per_epoch: int, total_steps: int) -> float:
        epoch = step // steps_per_epoch
        return (
            self.rate ** max(0, epoch + 1 - self.start_epoch)
            if self.start_epoch
            else self.rate**epoch
        )


class Cosine(ScheduleSpec):
    """Half a cosine from the full learning rate down to `final` times it (Loshchilov and Hutter
    2017).
    """

    short: ClassVar[str | None] = "final"
    final: float = Field(
        0.0, ge=0, le=1, description="fraction of the learning rate that is left at the end"
    )

    def factor(self, step: int, steps_per_epoch: int, total_steps: int) -> float:
        done = min(1.0, step / max(1, total_steps))
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * done)) / 2


class OnPlateau(ScheduleSpec):
    """Multiplied by `rate` whenever `train.monitor` has not improved for `patience` epochs."""

    short: ClassVar[str | None] = "rate"
    rate: float = Field(0.5, gt=0, lt=1, description="the factor of one reduction")
    patience: int = Field(3, ge=1, description="epochs without improvement")
    minimum: float = Field(0.0, ge=0, le=1, description="the smallest factor")

    def unused(self) -> Iterator[Unused]:
        if self.minimum == 1:
            for key in ("rate", "patience"):
                yield Unused(key, "minimum is 1, all of the learning rate", "minimum: 0")

    def factor(self, step: int, steps_per_epoch: int, total_steps: int) -> float:
        return 1.0  # how often it was reduced is part of the training's state: see training.monitor

    def reduced(self, reductions: int) -> float:
        """The factor after `reductions` reductions."""
        return max(self.minimum, self.rate**reductions)
