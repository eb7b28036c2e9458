"""How far several trainings have come, a line now and then."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rnnkit.progress import is_quiet, log, quiet_stderr

if TYPE_CHECKING:
    import keras

SECONDS_BETWEEN_LINES = 10.0
SOME = 0.2  # of a training


class Clock:
    """How far the trainings have come, and how long the rest may take.

    Args:
        trainings: How many there are.
    """

    def __init__(self, trainings: int):
        self._trainings, self._done = trainings, 0
        self._started = self._shown = time.monotonic()
        self._name, self._is_shown = "", not is_quiet()

    def begin(self, name: str, done: int | None = None) -> None:
        """A training begins.

        Args:
            name: What is trained.
            done: How many are over; None for those that this clock saw the end of.
        """
        self._name = name
        self._done = self._done if done is None else done
        self._say(0.0)

    def end(self) -> None:
        """It is over."""
        self._done += 1

    def callback(self, epochs: int) -> keras.callbacks.Callback:
        """What a training calls after each epoch."""
        from keras.callbacks import Callback

        clock = self

        class Shown(Callback):
            """Says it now and then."""

            def on_epoch_end(self, epoch: int, logs: object = None) -> None:
                if time.monotonic() - clock._shown >= SECONDS_BETWEEN_LINES:
                    clock._say(min(1.0, (epoch + 1) / epochs))

        return Shown()

    def _say(self, fraction: float) -> None:
        self._shown = time.monotonic()
        # an epoch or two of the first training say little: most of it was compilation
        is_known = self._done or fraction >= SOME
        share = (self._done + fraction) / self._trainings if is_known else 0.0
        left = (self._shown - self._started) * (1 / share - 1) if share else 0.0
        rest = f", about {left:,.0f} s left" if share else ""
        with quiet_stderr(not self._is_shown):
            log.info(f"training {self._done + 1} of {self._trainings}: {self._name}{rest}")
