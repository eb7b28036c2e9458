"""Heartbeats of trials in a shared storage, for machines that cannot see each other's locks."""

from __future__ import annotations

import contextlib
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rnnkit.errors import RnnkitError

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

BEATS = "beats"
SECONDS_BETWEEN_BEATS = 30.0
SECONDS_UNTIL_LOST = 180.0


class Heartbeats(threading.Thread):
    """A context manager that writes the heartbeat of a trial to the storage.

    Args:
        storage: The storage of the study.
        trial_id: The id of the trial in the storage.
    """

    def __init__(self, storage: BaseStorage, trial_id: int):
        super().__init__(daemon=True)
        self._storage, self._trial_id = storage, trial_id
        self._is_over = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self.join()

    def run(self) -> None:
        from rnnkit.workflows.sweep.storages import using

        while not self._is_over.is_set():
            with contextlib.suppress(RnnkitError), using(None):  # the next beat may arrive
                # the time differs from that of a process that trained this trial before
                self._storage.set_trial_user_attr(self._trial_id, BEATS, time.time())
            self._is_over.wait(SECONDS_BETWEEN_BEATS)


class HeartbeatWatch:
    """Watches the heartbeats of other machines by the clock of this one, since clocks differ."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[object, float]] = {}

    def is_alive(self, number: int, beat: object) -> bool:
        """Whether a trial's heartbeat changed recently, or is not watched for long enough yet."""
        before, since = self._seen.get(number, (None, 0.0))
        now = time.monotonic()
        if number not in self._seen or beat != before:
            self._seen[number] = beat, now
            return True
        return now - since < SECONDS_UNTIL_LOST
