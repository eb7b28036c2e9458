"""Collects remarks while a request is answered: they go to the client, not to the server's log."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from contextvars import ContextVar

from rnnkit.escapes import visible
from rnnkit.progress import log
from rnnkit.python_messages import in_python, messages_in_python

MOST_REMARKS, MOST_CHARACTERS = 20, 1_000

_REMARKS: ContextVar[list[str] | None] = ContextVar("remarks on a request", default=None)


@contextlib.contextmanager
def request_remarks() -> Iterator[list[str]]:
    """Collects the warnings logged inside, in this thread; errors name fields of the request."""
    remarks: list[str] = []
    token = _REMARKS.set(remarks)
    try:
        with messages_in_python():
            yield remarks
    finally:
        _REMARKS.reset(token)


def _goes_to_log(record: logging.LogRecord) -> bool:
    remarks = _REMARKS.get()
    if remarks is None:
        return True
    is_new = record.levelno >= logging.WARNING and len(remarks) < MOST_REMARKS
    if is_new:
        remarks.append(visible(in_python(record.getMessage())[:MOST_CHARACTERS]))
    return False


log.addFilter(_goes_to_log)
