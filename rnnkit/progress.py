"""Remarks and progress: one logger, `logging.getLogger("rnnkit")`, and one object that says how far
a long computation has come.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import TextIO

from rnnkit.errors import RnnkitError
from rnnkit.platform.files import without_links
from rnnkit.visible import visible

log = logging.getLogger("rnnkit")
log.addHandler(logging.NullHandler())


class Dropped(str):
    """A remark on rows that are left out, which is shown where only warnings are."""


def tell(remarks: Iterable[str]) -> None:
    """Logs each remark, one on rows that are left out as a warning."""
    for remark in remarks:
        log.log(logging.WARNING if isinstance(remark, Dropped) else logging.INFO, remark)


SECONDS_BETWEEN_LINES = 5.0

_QUIET: ContextVar[bool] = ContextVar("only warnings are shown", default=False)


class _Line(logging.Formatter):
    """A remark as one line, whatever names and labels in it hold."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging calls it so)
        return visible(super().formatMessage(record))


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to whatever sys.stderr is at the time, so that a redirected one is heeded."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(_Line())
        self.write: Callable[[str], None] | None = None  # in place of stderr

    def emit(self, record: logging.LogRecord) -> None:
        if _QUIET.get() and record.levelno < logging.WARNING:
            return
        if self.write is not None:
            self.write(self.format(record))
            return
        self.stream = sys.stderr
        if self.stream is not None:
            super().emit(record)


def to_stderr() -> None:
    """Shows remarks and progress as plain lines on stderr, unless the user has set up the logger
    "rnnkit" already.
    """
    silent = (logging.NullHandler, _File)
    if all(isinstance(handler, silent) for handler in log.handlers):
        log.addHandler(_Stderr())
        if log.level == logging.NOTSET:
            log.setLevel(logging.INFO)
        log.propagate = False


@contextlib.contextmanager
def written_by(write: Callable[[str], None]) -> Iterator[None]:
    """Writes the lines for stderr in another way, such as above a bar."""
    shown = [handler for handler in log.handlers if isinstance(handler, _Stderr)]
    for handler in shown:
        handler.write = write
    try:
        yield
    finally:
        for handler in shown:
            handler.write = None


@contextlib.contextmanager
def quietly(quiet: bool) -> Iterator[None]:
    """Shows warnings alone on stderr, and no bar, of what is done inside, where that is wanted;
    files get every line.
    """
    token = _QUIET.set(quiet)
    try:
        yield
    finally:
        _QUIET.reset(token)


def is_quiet() -> bool:
    """Whether only warnings are shown."""
    return _QUIET.get()


def _of_this_thread() -> Callable[[logging.LogRecord], bool]:
    """Passes what this thread says: what another one asks meanwhile is not a run's own story."""
    own = threading.get_ident()
    return lambda record: record.thread == own


class _File(logging.Handler):
    """Adds each line with its time to a file; a full disk loses the line, not the training."""

    def __init__(self, path: Callable[[], Path]):
        super().__init__()
        self._path = path
        self.setFormatter(_Line())
        self.addFilter(_of_this_thread())

    def emit(self, record: logging.LogRecord) -> None:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        with (
            contextlib.suppress(OSError, RnnkitError),  # a folder that was removed, likewise
            open(self._path(), "a", -1, "utf-8", "backslashreplace", opener=without_links) as file,
        ):
            file.write(f"{stamp} {self.format(record)}\n")


@contextlib.contextmanager
def remembered() -> Iterator[list[logging.LogRecord]]:
    """Remembers what is logged before there is a file to keep it in."""
    records: list[logging.LogRecord] = []
    handler, level = logging.Handler(), log.level
    handler.emit = records.append  # type: ignore[assignment,method-assign]
    handler.addFilter(_of_this_thread())
    log.addHandler(handler)
    if log.getEffectiveLevel() > logging.INFO:
        log.setLevel(logging.INFO)
    try:
        yield records
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


@contextlib.contextmanager
def kept_in(path: Callable[[], Path], earlier: Sequence[logging.LogRecord] = ()) -> Iterator[None]:
    """Keeps every remark and progress line in a file too, wherever it is now, after those of
    `earlier`.
    """
    handler = _File(path)
    for record in earlier:
        handler.emit(record)
    log.addHandler(handler)
    level = log.level
    if log.getEffectiveLevel() > logging.INFO:
        log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


class Progress:
    """How far a long computation has come and how long the rest may take, a line now and then.

    Args:
        unit: What is counted, such as "sources decoded".
        total: How many there are; None where it is not known.
    """

    def __init__(self, unit: str, total: int | None = None):
        self.done = 0
        self._unit, self._total = unit, total
        self._started = self._told = time.monotonic()

    def advance(self, count: int, share: float = 0.0) -> None:
        """Counts work that is done; of a file only the share that has been read may be known."""
        self.done += count
        now = time.monotonic()
        if now - self._told < SECONDS_BETWEEN_LINES:
            return
        self._told = now
        share = self.done / self._total if self._total else share
        of = f" of {self._total:,}" if self._total else ""
        known = f", {share:.0%} of the file" if share and not self._total else ""
        left = f", {(now - self._started) * (1 / share - 1):,.0f} s left" if share else ""
        log.info(f"{self.done:,}{of} {self._unit}{known}{left}")
