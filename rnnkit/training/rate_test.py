"""The learning-rate range test: the rate rises exponentially, step by step, until the loss diverges
(Smith 2017, "Cyclical learning rates for training neural networks", section 3.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnkit.training.options import Train
from rnnkit.training.schedules import ScheduleSpec

LOWEST, HIGHEST = 1e-5, 10.0
STEPS = 200
"""The number of steps: 33 for each power of ten."""

HALF = 5
"""The steps on either side over which the loss is averaged, as it differs from batch to batch."""

GROWN = 3.0
"""The test ends once the smoothed loss exceeds its minimum by this many times the minimum, or by
this many times its fall so far; fastai's finder ends at 4 times the minimum."""

LEAST_FALL = 4.0
"""A fall counts if it is larger than this many standard errors of the smoothed loss."""

BEGUN = 0.25
"""The share of its total fall that the loss must have fallen before slopes count: earlier, a steep
slope is noise of the batches. With noise of 0.2 and 0.4 of the fall, 12 and 31 % of 1,000
suggestions were wrong by more than a power of ten without this rule, 0 and 0.2 % with it."""


class _Rising(ScheduleSpec):
    """Exponential growth from the learning rate to `ratio` times it."""

    ratio: float

    def factor(self, step: int, steps_per_epoch: int, total_steps: int) -> float:
        return float(self.ratio ** (step / max(1, total_steps - 1)))


def rising(options: Train, steps_per_epoch: int) -> Train:
    """The `train:` section of the test: the same optimizer and batches with rising rates.

    Args:
        options: The `train:` section of the training that the test is for.
        steps_per_epoch: Steps per epoch.
    """
    return options.model_copy(
        update={
            "learning_rate": LOWEST,
            "schedule": _Rising(ratio=HIGHEST / LOWEST),
            "warmup_steps": 0,
            "epochs": -(-STEPS // steps_per_epoch),
            "max_steps": STEPS,
            "early_stopping": None,
            "average": None,
            "monitor": "loss",
        }
    )


@dataclass(frozen=True)
class RateTest:
    """The measurements of a range test.

    Args:
        rates: (steps,) the learning rate of each step.
        losses: (steps,) the mean loss of its batch, before the step.
        smoothed: (steps,) the mean of the losses around each step.
        diverged: Whether the loss rose, or was no longer a number, before the highest rate.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    diverged: bool

    @property
    def lowest(self) -> int:
        """The step of the lowest smoothed loss, among those averaged over a full window."""
        inner = self.smoothed[HALF:-HALF]
        return HALF + int(inner.argmin()) if len(inner) else 0

    @property
    def steepest(self) -> int | None:
        """The step before the minimum at which the smoothed loss falls fastest in the logarithm of
        the rate; None if it falls by no more than the noise of its batches.
        """
        if self.lowest < HALF + 2:
            return None
        around = slice(max(0, self.lowest - 2 * HALF), self.lowest + 2 * HALF)
        spread = max(np.std(np.diff(self.losses[part])) for part in (slice(4 * HALF), around))
        noise = spread / np.sqrt(2 * (2 * HALF + 1))
        first, inner = self.smoothed[HALF], self.smoothed[HALF : self.lowest + 1]
        if (fall := first - inner[-1]) <= LEAST_FALL * noise:
            return None
        begun = HALF + int(np.flatnonzero(inner >= first - BEGUN * fall)[-1])
        slopes = np.gradient(self.smoothed, np.log(self.rates))
        return begun + int(slopes[begun : self.lowest + 1].argmin())

    @property
    def suggestion(self) -> float | None:
        """The rate at the steepest step, rounded to two digits; None if there is no such step."""
        return None if self.steepest is None else float(f"{self.rates[self.steepest]:.1e}")


def smoothed(losses: np.ndarray) -> np.ndarray:
    """The mean of the losses around each step, (steps,): HALF on either side, and at the ends
    fewer, but always equally many on both sides, so that a falling loss is not shifted.
    """
    sums, last = np.concatenate([[0.0], np.cumsum(losses)]), len(losses) - 1
    steps = np.arange(len(losses))
    half = np.minimum(HALF, np.minimum(steps, last - steps))
    means: np.ndarray = (sums[steps + half + 1] - sums[steps - half]) / (2 * half + 1)
    return means


def has_diverged(losses: np.ndarray) -> bool:
    """Whether the mean of the last losses is far above the lowest such mean so far."""
    size = 2 * HALF + 1
    if len(losses) < 2 * size:
        return False
    means = np.convolve(losses, np.full(size, 1 / size), "valid")
    lowest = means.min()
    return bool(means[-1] - lowest > GROWN * max(abs(lowest), means[0] - lowest))
