"""Remarks and progress: one logger, `logging.getLogger("rnnkit")`, and one object that reports the
progress of a long computation.
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
from rnnkit.escapes import visible
from rnnkit.platform.files import without_links
from rnnkit.quantities import percent

log = logging.getLogger("rnnkit")
log.addHandler(logging.NullHandler())


class RowsLeftOut(str):
    """A remark on rows that are left out: it is logged as a warning."""


def tell(remarks: Iterable[str]) -> None:
    """Logs each remark, one on rows that are left out as a warning."""
    for remark in remarks:
        log.log(logging.WARNING if isinstance(remark, RowsLeftOut) else logging.INFO, remark)


SECONDS_BETWEEN_LINES = 5.0

_QUIET: ContextVar[bool] = ContextVar("only warnings are shown", default=False)


class _Line(logging.Formatter):
    """Formats a remark as one visible line, whatever names and labels it contains."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging calls it so)
        return visible(super().formatMessage(record))


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to the current sys.stderr, even if it was redirected after the start."""

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
def stderr_to(write: Callable[[str], None]) -> Iterator[None]:
    """Passes the lines for stderr to another writer, such as one that prints above a bar."""
    shown = [handler for handler in log.handlers if isinstance(handler, _Stderr)]
    for handler in shown:
        handler.write = write
    try:
        yield
    finally:
        for handler in shown:
            handler.write = None


@contextlib.contextmanager
def quiet_stderr(quiet: bool) -> Iterator[None]:
    """Limits stderr to warnings, and shows no bar, if `quiet`; log files get every line."""
    token = _QUIET.set(quiet)
    try:
        yield
    finally:
        _QUIET.reset(token)


def is_quiet() -> bool:
    """Whether only warnings are shown."""
    return _QUIET.get()


def _of_this_thread() -> Callable[[logging.LogRecord], bool]:
    """A filter that passes this thread's records: those of others belong to no run's log."""
    own = threading.get_ident()
    return lambda record: record.thread == own


class _File(logging.Handler):
    """Appends each line, with its time, to a file; a full disk loses the line, not the training."""

    def __init__(self, path: Callable[[], Path]):
        super().__init__()
        self._path = path
        self.setFormatter(_Line())
        self.addFilter(_of_this_thread())

    def emit(self, record: logging.LogRecord) -> None:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        with (
            contextlib.suppress(OSError, RnnkitError),  # a full disk, a removed folder
            open(self._path(), "a", -1, "utf-8", "backslashreplace", opener=without_links) as file,
        ):
            file.write(f"{stamp} {self.format(record)}\n")


@contextlib.contextmanager
def collected_log() -> Iterator[list[logging.LogRecord]]:
    """Collects what is logged before there is a file for it."""
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
def logged_to_file(
    path: Callable[[], Path], earlier: Sequence[logging.LogRecord] = ()
) -> Iterator[None]:
    """Writes every remark and progress line to a file, too.

    Args:
        path: Gives the file's current path, as its folder may be moved.
        earlier: Records that come first.
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
    """Reports the progress of a long computation and the time left, in a line every few seconds.

    Args:
        unit: What is counted, such as "sources decoded".
        total: How many there are; None if it is not known.
    """

    def __init__(self, unit: str, total: int | None = None):
        self.done = 0
        self._unit, self._total = unit, total
        self._started = self._reported = time.monotonic()

    def advance(self, count: int, share: float = 0.0) -> None:
        """Counts finished work.

        Args:
            count: How many units were finished.
            share: The share of a file that has been read, where no total is known.
        """
        self.done += count
        now = time.monotonic()
        if now - self._reported < SECONDS_BETWEEN_LINES:
            return
        self._reported = now
        share = self.done / self._total if self._total else share
        of = f" of {self._total:,}" if self._total else ""
        known = f", {percent(share)} of the file" if share and not self._total else ""
        left = f", {(now - self._started) * (1 / share - 1):,.0f} s left" if share else ""
        log.info(f"{self.done:,}{of} {self._unit}{known}{left}")
