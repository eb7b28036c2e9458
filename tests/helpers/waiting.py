"""Waiting for what other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(is_so: Callable[[], object]) -> None:
    """Waits until something is so."""
    end = time.monotonic() + 900
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)
