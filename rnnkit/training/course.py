"""How many steps of a training are left, and the learning rate of each. Epochs may differ in their
number of steps, since a resumed training may change `train.batch_size`.
"""

from __future__ import annotations

from dataclasses import dataclass

from rnnkit.training.options import Train
from rnnkit.training.progress import Progress


@dataclass(frozen=True)
class Course:
    """The steps of a training and their learning rates.

    Args:
        options: The `train:` section.
        steps: Steps per epoch from now on.
    """

    options: Train
    steps: int

    def left(self, progress: Progress) -> int:
        """The number of steps left."""
        left = (self.options.epochs - progress.epoch) * self.steps - progress.batch
        if self.options.max_steps is not None:
            left = min(left, self.options.max_steps - progress.step)
        return max(0, left)

    def total(self, progress: Progress) -> int:
        """The number of steps in all, those done included."""
        return progress.step + self.left(progress)

    def epochs(self, progress: Progress) -> int:
        """The number of epochs in all, the last one perhaps incomplete."""
        return progress.epoch + -(-(progress.batch + self.left(progress)) // self.steps)

    def is_over(self, progress: Progress) -> bool:
        """Whether no step is left, and no epoch waits for its end."""
        if progress.epoch >= self.options.epochs:
            return True
        return not progress.batch and not self.left(progress)

    def differs(self, other: Course, progress: Progress) -> bool:
        """Whether the remaining learning rates differ from those of another course."""
        position = progress.epoch * self.steps + progress.batch
        ends = [position + course.left(progress) for course in (self, other)]
        schedule = self.options.schedule
        return any(
            schedule.factor(step, self.steps, ends[0]) != schedule.factor(step, self.steps, ends[1])
            for step in (position, (position + ends[1]) // 2)
        )

    def rate(self, progress: Progress, ahead: int = 0) -> float:
        """The learning rate of a step.

        Args:
            progress: How far the training has come.
            ahead: The step's distance from there, within this epoch.
        """
        # A schedule counts in epochs, so its position is computed as if every epoch had as many
        # steps as this one; a warm-up counts the steps actually taken.
        position = progress.epoch * self.steps + progress.batch
        return self.options.rate_of_step(
            position + ahead,
            self.steps,
            position + self.left(progress),
            progress.reductions,
            progress.step + ahead,
        )
