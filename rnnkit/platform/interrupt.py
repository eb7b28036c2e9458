"""Ctrl-C while no handler of rnnkit is there; imports nothing that takes time."""

from __future__ import annotations

import signal


def exit_silently_on_interrupt() -> None:
    """From now on Ctrl-C kills the process without a traceback, unless it is ignored or handled."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
