"""Logs the progress of several trainings and the estimated time left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rnnkit.progress import is_quiet, log, quiet_stderr

if TYPE_CHECKING:
    import keras

SECONDS_BETWEEN_LINES = 10.0
MIN_FRACTION = 0.2  # of the first training, before which the time left is not estimated


class Clock:
    """Logs the progress of several trainings.

    Args:
        trainings: The number of trainings.
    """

    def __init__(self, trainings: int):
        self._trainings, self._done = trainings, 0
        self._started = self._logged = time.monotonic()
        self._name, self._is_quiet = "", is_quiet()

    def begin(self, name: str, done: int | None = None) -> None:
        """Marks the beginning of a training.

        Args:
            name: The name of the training.
            done: The number of trainings that have ended; None for those that ended by `end`.
        """
        self._name = name
        self._done = self._done if done is None else done
        self._log(0.0)

    def end(self) -> None:
        """Marks the end of a training."""
        self._done += 1

    def callback(self, epochs: int) -> keras.callbacks.Callback:
        """A callback that logs the progress at intervals."""
        from keras.callbacks import Callback

        clock = self

        class LogProgress(Callback):
            def on_epoch_end(self, epoch: int, logs: object = None) -> None:
                if time.monotonic() - clock._logged >= SECONDS_BETWEEN_LINES:
                    clock._log(min(1.0, (epoch + 1) / epochs))

        return LogProgress()

    def _log(self, fraction: float) -> None:
        self._logged = time.monotonic()
        # the first epochs of the first training are mostly compilation
        is_known = self._done or fraction >= MIN_FRACTION
        share = (self._done + fraction) / self._trainings if is_known else 0.0
        left = (self._logged - self._started) * (1 / share - 1) if share else 0.0
        rest = f", about {left:,.0f} s left" if share else ""
        with quiet_stderr(self._is_quiet):
            log.info(f"training {self._done + 1} of {self._trainings}: {self._name}{rest}")
