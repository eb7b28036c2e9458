"""Where the time of a training goes: seconds by the clock of each of its stages."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextvars import ContextVar

from rnnkit.progress import log

EPOCHS, FIRST_STEP, STEPS, VALIDATION = "epochs", "first step", "steps", "validation"
OF_EPOCHS = (EPOCHS, FIRST_STEP, STEPS, VALIDATION)
LEAST_SHOWN = 0.05  # seconds

_CURRENT: ContextVar[Stages | None] = ContextVar("stages", default=None)


class Stages:
    """Seconds of each stage; those of a stage within another one count for the inner one alone."""

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
        """All of them in words, in the order in which they were first entered."""
        self._count()
        total = sum(self.seconds.values())
        outside = total - sum(self.seconds.get(name, 0.0) for name in OF_EPOCHS)
        parts = [
            f"{name} {seconds:.1f}"
            for name, seconds in self.seconds.items()
            if seconds >= LEAST_SHOWN
        ]
        return f"{total:.1f} seconds, {outside:.1f} outside the epochs: {', '.join(parts)}"

    def _count(self) -> None:
        """Counts what has passed for the innermost stage."""
        now = time.monotonic()
        name = self._running[-1] if self._running else "other"
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
        self._since = now


@contextlib.contextmanager
def stage(name: str) -> Iterator[None]:
    """Counts what is done within for a stage, where stages are being measured; also a decorator."""
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
def measured() -> Iterator[Stages]:
    """Measures the stages of what is done within by this thread; those of an outer call where there
    is one.
    """
    if outer := _CURRENT.get():
        yield outer
        return
    token = _CURRENT.set(stages := Stages())
    try:
        yield stages
    finally:
        _CURRENT.reset(token)


def log_stages() -> None:
    """Says where the time went, as far as it is measured."""
    if stages := _CURRENT.get():
        log.info(stages.summary())
