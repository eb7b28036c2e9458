"""One training at a time per process, as a process has one random generator and one log."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from rnnkit.errors import RnnkitError
from rnnkit.progress import log

_LOCK = threading.Lock()
_training_thread: int | None = None  # its identifier


@contextlib.contextmanager
def training_lock() -> Iterator[None]:
    """Waits until no other thread of this process trains, so that trainings do not affect each
    other's results.

    Raises:
        RnnkitError: If this thread is training already, and a callback starts another training.
    """
    global _training_thread
    if _training_thread == threading.get_ident():
        got = "a training inside another one, from its callback"
        expected = "Expected one training at a time in a process: they would share their seed"
        raise RnnkitError("train", got, expected, "Train it afterwards, or in another process")
    if not _LOCK.acquire(blocking=False):
        log.info("another training of this process is under way; this one starts after it")
        _LOCK.acquire()
    _training_thread = threading.get_ident()
    try:
        yield
    finally:
        _training_thread = None
        _LOCK.release()
