"""Where a training stands and what is left of it, counted in epochs and their steps: an epoch may
have another number of steps than those before it (`train.batch_size`).
"""

from __future__ import annotations

from dataclasses import dataclass

from rnnkit.training.options import Train
from rnnkit.training.progress import Progress


@dataclass(frozen=True)
class Course:
    """The course of a training.

    Args:
        options: The `train:` section.
        steps: Steps of an epoch from here on.
    """

    options: Train
    steps: int

    def left(self, progress: Progress) -> int:
        """Steps left to do."""
        left = (self.options.epochs - progress.epoch) * self.steps - progress.batch
        if self.options.max_steps is not None:
            left = min(left, self.options.max_steps - progress.step)
        return max(0, left)

    def total(self, progress: Progress) -> int:
        """Steps at the end."""
        return progress.step + self.left(progress)

    def epochs(self, progress: Progress) -> int:
        """Epochs at the end, the last one whole or not."""
        return progress.epoch + -(-(progress.batch + self.left(progress)) // self.steps)

    def is_over(self, progress: Progress) -> bool:
        """Whether no step is left to do, nor the end of an epoch whose steps are done."""
        if progress.epoch >= self.options.epochs:
            return True
        return not progress.batch and not self.left(progress)

    def differs(self, other: Course, progress: Progress) -> bool:
        """Whether the schedule has other learning rates on another course, from here on."""
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
            progress: Where the training stands.
            ahead: How many steps of this epoch after that.
        """
        # A schedule knows epochs, so its steps are counted as if every epoch had as many as this
        # one; a warm-up is of so many steps as were taken.
        position = progress.epoch * self.steps + progress.batch
        return self.options.rate_of_step(
            position + ahead,
            self.steps,
            position + self.left(progress),
            progress.reductions,
            progress.step + ahead,
        )
