"""Ctrl-C and SIGTERM: finish the step, save, stop. A second signal stops at once."""

from __future__ import annotations

import os
import signal
import socket
import threading
from types import FrameType, TracebackType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """While the block runs, the first SIGINT or SIGTERM only sets `signal`; the second ends the
    process.
    """

    def __init__(self) -> None:
        self.signal: int | None = None
        self._previous: dict[int, object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            # Python's handlers wait until a step of the framework returns, however long it takes; a
            # thread hears each signal at once. A socket, because Windows has no such pipe.
            reader, self._writer = socket.socketpair()
            self._writer.setblocking(False)
            self._previous_writer = signal.set_wakeup_fd(
                self._writer.fileno(), warn_on_full_buffer=False
            )
            threading.Thread(target=_end_at_the_second, args=(reader,), daemon=True).start()
            for number in SIGNALS:
                self._previous[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        if self._previous:
            signal.set_wakeup_fd(self._previous_writer)
            self._writer.close()

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.signal = self.signal or number


def _end_at_the_second(reader: socket.socket) -> None:
    """Reads a byte for each signal, its number, until the other end is closed."""
    heard = 0
    with reader:
        while byte := reader.recv(1):
            heard += byte[0] in SIGNALS
            if heard == 2:
                os._exit(128 + byte[0])
