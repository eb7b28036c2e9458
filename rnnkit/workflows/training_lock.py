"""One training at a time per process, as random generators and log belong to the process."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from rnnkit.errors import RnnkitError
from rnnkit.progress import log

_TRAINING = threading.Lock()
_trainer: int | None = None  # the thread that trains


@contextlib.contextmanager
def training_lock() -> Iterator[None]:
    """Waits until no other thread of this process trains, so that each training has the same result
    as if it were alone.

    Raises:
        RnnkitError: If this thread is training already, and calls from a callback.
    """
    global _trainer
    if _trainer == threading.get_ident():
        got = "a training inside another one, from its callback"
        expected = "Expected one training at a time in a process: they would share their seed"
        raise RnnkitError("train", got, expected, "Train it afterwards, or in another process")
    if not _TRAINING.acquire(blocking=False):
        log.info("another training of this process is under way; this one starts after it")
        _TRAINING.acquire()
    _trainer = threading.get_ident()
    try:
        yield
    finally:
        _trainer = None
        _TRAINING.release()
