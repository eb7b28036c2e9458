"""Where the time of a training goes: the wall-clock seconds of each stage."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextvars import ContextVar

from rnnkit.progress import log

EPOCHS, FIRST_STEP, STEPS, VALIDATION = "epochs", "first step", "steps", "validation"
OF_EPOCHS = (EPOCHS, FIRST_STEP, STEPS, VALIDATION)
LEAST_SHOWN = 0.05  # seconds

_CURRENT: ContextVar[StageTimes | None] = ContextVar("stages", default=None)


class StageTimes:
    """Seconds per stage; time in a nested stage counts for the inner one alone."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._running: list[str] = []
        self._since = time.monotonic()

    def begin(self, name: str) -> None:
        """Enters a stage."""
        self._count()
        self._running.append(name)

    def end(self) -> None:
        """Leaves the innermost stage."""
        self._count()
        self._running.pop()

    def summary(self) -> str:
        """The seconds of each stage in one line, in the order of their first entry."""
        self._count()
        total = sum(self.seconds.values())
        outside = total - sum(self.seconds.get(name, 0.0) for name in OF_EPOCHS)
        parts = [
            f"{name} {seconds:.1f}"
            for name, seconds in self.seconds.items()
            if seconds >= LEAST_SHOWN
        ]
        return f"{total:.1f} seconds ({outside:.1f} outside the epochs): {', '.join(parts)}"

    def _count(self) -> None:
        """Adds the time since the last change to the innermost stage."""
        now = time.monotonic()
        name = self._running[-1] if self._running else "other"
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
        self._since = now


@contextlib.contextmanager
def stage(name: str) -> Iterator[None]:
    """Attributes the time spent inside to a stage, if stages are measured; also a decorator."""
    stages = _CURRENT.get()
    if stages is None:
        yield
        return
    stages.begin(name)
    try:
        yield
    finally:
        stages.end()


@contextlib.contextmanager
def measured_stages() -> Iterator[StageTimes]:
    """Measures the stages of this thread inside; a nested call continues the outer measurement."""
    if outer := _CURRENT.get():
        yield outer
        return
    token = _CURRENT.set(stages := StageTimes())
    try:
        yield stages
    finally:
        _CURRENT.reset(token)


def log_stages() -> None:
    """Logs where the time went, if it was measured."""
    if stages := _CURRENT.get():
        log.info(stages.summary())
