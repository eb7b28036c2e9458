"""Signals that stop a command: the first asks, the second ends the process at once, and so does the
first where code that is not Python's hears nothing of it for a grace period.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

from rnnkit.platform.wakeup import wakeup_pipe

SIGNALS = tuple(
    number
    for name in ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
    if (number := getattr(signal, name, None))
)
GRACE_SECONDS = 10.0
ECHO_SECONDS = 5.0

_has_echoes = False
_is_asked = False  # by a signal, or because whoever started this process is gone


def expect_echoes() -> None:
    """Whoever started this process passes signals on to it. What signals every process of a job, as
    SLURM and systemd do, reaches it twice then: the same signal within ECHO_SECONDS is one.
    """
    global _has_echoes
    _has_echoes = True


def starter_is_gone() -> None:
    """Stops this process as after SIGTERM, where no signal has asked it to before: what signals
    every process of a job ends its starter, too.
    """
    if not _is_asked:
        signal.raise_signal(signal.SIGTERM)


def end_without_a_word() -> None:
    """From now on Ctrl-C does so: the work is done, and libraries tidy up."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


class Heard:
    """While the block runs in the main thread, each of SIGNALS calls `receive` between two of
    Python's instructions. Signals that whoever started the process has it ignore (nohup does) stay
    ignored.

    Args:
        receive: What to do; it may raise.
        grace: Seconds after a first signal until the process ends, where it was not received.
        ends: Whether the process ends after them although it was received, where the block has not
            ended by then.
    """

    def __init__(
        self,
        receive: Callable[[int], None],
        *,
        grace: float = GRACE_SECONDS,
        ends: bool = False,
    ):
        self._receive, self._grace, self._ends = receive, grace, ends
        self._received = threading.Event()
        self._over = threading.Event()
        self._previous: dict[int, object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            # Python's handlers wait until a step of the framework returns, however long it takes; a
            # thread hears each signal at once.
            reader, self._writer = wakeup_pipe()
            self._previous_writer = signal.set_wakeup_fd(
                self._writer.fileno(), warn_on_full_buffer=False
            )
            threading.Thread(target=self._listen, args=(reader,), daemon=True).start()
            for number in SIGNALS:
                if signal.getsignal(number) != signal.SIG_IGN:
                    self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        if hasattr(self, "_writer"):
            signal.set_wakeup_fd(self._previous_writer)
            self._writer.close()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if _has_echoes and self._received.is_set():
            return  # what is no echo ends the process
        self._received.set()
        self._receive(number)

    def _listen(self, reader: io.RawIOBase) -> None:
        """Reads a byte for each signal, its number, until the other end is closed."""
        global _is_asked
        first, since = 0, 0.0
        with reader:
            while byte := reader.read(1):
                number = byte[0]
                if number not in self._previous:
                    continue
                if first:
                    if _has_echoes and number == first and time.monotonic() - since < ECHO_SECONDS:
                        continue
                    _end(number)
                first, since, _is_asked = number, time.monotonic(), True
                threading.Thread(target=self._watch, args=(number,), daemon=True).start()

    def _watch(self, number: int) -> None:
        """Ends the process after the grace period, if it does not obey by itself."""
        done = self._over if self._ends else self._received
        if not done.wait(self._grace) and not self._over.is_set():
            _end(number)


def _end(number: int) -> None:
    """Ends the process at once; a terminal gets its cursor back, which a bar hides."""
    with contextlib.suppress(OSError):
        if os.isatty(2):
            os.write(2, b"\x1b[?25h")
    os._exit(128 + number)
