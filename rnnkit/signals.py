"""Signals that stop a command: the first one asks it to stop, a second one ends the process at
once. So does the first if native code keeps Python from handling it for a grace period.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Self

from rnnkit.platform.wakeup import wakeup_pipe
from rnnkit.progress import log

SIGNALS = tuple(
    number
    for name in ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
    if (number := getattr(signal, name, None))
)
GRACE_SECONDS = 10.0
ECHO_SECONDS = 5.0

_has_echoes = False
_is_stopping = False  # by a signal, or because whoever started this process is gone


def expect_echoes() -> None:
    """Expects the parent process to forward its signals. SLURM and systemd signal every process of
    a job, so each signal then arrives twice: a repetition within ECHO_SECONDS is ignored.
    """
    global _has_echoes
    _has_echoes = True


def stop_without_parent() -> None:
    """Raises SIGTERM in this process because its parent is gone, unless a signal has arrived
    already: one that was sent to the whole job ended the parent, too.
    """
    if not _is_stopping:
        signal.raise_signal(signal.SIGTERM)


@contextlib.contextmanager
def mentioned_if_stopped(cure: Callable[[], str]) -> Iterator[None]:
    """Logs how to continue what a signal ends inside, by an exception.

    Args:
        cure: Says it: "runs/fable: stopped; continue with `rnnkit train runs/fable --resume`".
    """
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as error:
        if isinstance(error, KeyboardInterrupt) or error.code in {128 + one for one in SIGNALS}:
            log.info(cure())
        raise


class SignalHandler:
    """Calls `receive` in the main thread for each of SIGNALS while the block runs. Signals that the
    parent process made this one ignore, as nohup does, stay ignored.

    Args:
        receive: The handler; it may raise.
        grace: Seconds after which the process ends if the handler could not run.
        ends: Whether it also ends if the handler ran, but the block has not finished by then.
    """

    def __init__(
        self,
        receive: Callable[[int], None],
        *,
        grace: float = GRACE_SECONDS,
        ends: bool = False,
    ):
        self._receive, self._grace, self._ends = receive, grace, ends
        self.number = 0
        """The first signal that arrived; 0 if none did."""
        self._received = threading.Event()
        self._over = threading.Event()
        self._previous: dict[int, object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            # A Python handler runs only after the framework's step returns, however long that
            # takes; a thread that reads the wakeup pipe learns of each signal at once.
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
            return  # the listening thread ends the process unless this is an echo
        self._received.set()
        self.number = self.number or number
        self._receive(number)

    def _listen(self, reader: io.RawIOBase) -> None:
        """Reads the number of each signal, one byte, until the other end is closed."""
        global _is_stopping
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
                first, since, _is_stopping = number, time.monotonic(), True
                threading.Thread(target=self._watch, args=(number,), daemon=True).start()

    def _watch(self, number: int) -> None:
        """Ends the process after the grace period, unless it has obeyed by then."""
        done = self._over if self._ends else self._received
        if not done.wait(self._grace) and not self._over.is_set():
            _end(number)


def _end(number: int) -> None:
    """Ends the process at once, after showing the cursor again, which a progress bar hides."""
    with contextlib.suppress(OSError):
        if os.isatty(2):
            os.write(2, b"\x1b[?25h")
    os._exit(128 + number)
