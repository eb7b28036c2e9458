"""How far a training has come: its whole state apart from the variables."""

from __future__ import annotations

from dataclasses import dataclass, field

from rnnkit.errors import RUN_FAILED, RnnkitError

CURE = "Lower train.learning_rate, or set train.clip_norm: 1.0"
AT_FIRST = "No step was taken yet: scale down the numbers that the model reads or forecasts"


class DivergedError(RnnkitError):
    """A training in which a number is not finite, or which ends far worse than it began."""


@dataclass
class Progress:
    """The state of a training that every checkpoint saves in addition to the variables."""

    epoch: int = 0  # completed epochs
    batch: int = 0  # steps done in the current epoch
    step: int = 0  # steps done in all
    seconds: float = 0.0  # in all
    epoch_seconds: float = 0.0  # of the current epoch
    sums: dict[str, float] = field(default_factory=dict)  # of the current epoch
    # ints stay ints, so that a resumed training writes history.csv identically to the last byte
    history: list[dict[str, int | float]] = field(default_factory=list)
    best_epoch: int = 0
    best_value: float | None = None  # the monitored score, negated if higher is better
    best_loss: float = 0.0  # the loss of that epoch
    waited_from: float | None = None  # the score to improve on by early stopping's min_delta
    waited: int = 0  # epochs without such an improvement
    reductions: int = 0  # of the learning rate, on a plateau
    reduced_at: int = 0
    finished: bool = False
    first_loss: float | None = None  # the loss of the first step, so of the initial weights

    def count_step(self, sums: dict[str, float]) -> None:
        """Adds the sums of a step's batch to those of its epoch."""
        for name, value in sums.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        self.batch += 1
        self.step += 1

    def end_epoch(self, row: dict[str, int | float]) -> None:
        """Records an epoch's row of history.csv and starts the next epoch."""
        self.history.append(row)
        self.seconds += row["seconds"]
        self.epoch, self.batch, self.sums, self.epoch_seconds = self.epoch + 1, 0, {}, 0.0

    def diverged(self, got: str, *, in_step: bool = False) -> DivergedError:
        """The error for a number that is not finite.

        Args:
            got: Which number it is, and its value.
            in_step: Whether it occurred in the step after the completed ones.
        """
        epoch, batch, step = self.epoch + 1, self.batch + in_step, self.step + in_step
        return DivergedError(
            f"epoch {epoch}, step {batch} (step {step} in all)",
            got,
            "Expected a number",
            CURE if self.step else AT_FIRST,
            exit_code=RUN_FAILED,
        )
