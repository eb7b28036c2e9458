"""A connection between two processes that say lines of JSON to each other."""

from __future__ import annotations

import contextlib
import json
import math
import os
import socket
import time

LONGEST_LINE = 4_000_000  # bytes
RECEIVED_BYTES = 1 << 16


class Line:
    """A connection. Each wait for the other end has one deadline in all, whatever it sends
    meanwhile.

    Args:
        connection: Its socket.
        longest: Bytes of a line that the other end may say.
    """

    def __init__(self, connection: socket.socket, longest: int = LONGEST_LINE):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection, self._longest = connection, longest
        self._received, self._is_over = bytearray(), False

    def fileno(self) -> int:
        """What a selector waits for."""
        return self._connection.fileno()

    def say(self, what: object, seconds: float | None = None) -> None:
        """Sends it.

        Args:
            what: Anything that JSON holds.
            seconds: Until all of it has to be taken; None for ever.

        Raises:
            OSError: If the other end is gone, or does not take it in time.
        """
        self._connection.settimeout(seconds)
        self._connection.sendall(json.dumps(what).encode() + b"\n")

    def hear(self, seconds: float | None = None) -> object:
        """What the other end says; None if that is no line of JSON.

        Args:
            seconds: Until all of it has to be said; None for ever.

        Raises:
            TimeoutError: If it is not.
            ConnectionError: If the other end hangs up without a word.
        """
        until = math.inf if seconds is None else time.monotonic() + seconds
        while not self.has_said():
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._connection.settimeout(None if until == math.inf else left)
            self._receive()
        line, _, rest = self._received.partition(b"\n")
        if self._is_over and not line:
            raise ConnectionResetError
        self._received = rest
        try:
            heard: object = json.loads(line)
        except (ValueError, RecursionError):
            return None
        return heard

    def receive(self) -> None:
        """Takes what the other end has sent so far, without waiting."""
        self._connection.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            self._receive()

    def has_said(self) -> bool:
        """Whether `hear` has not to wait: a line is there, or no more of it will come."""
        whole = b"\n" in self._received or len(self._received) > self._longest
        return whole or self._is_over

    def is_over(self) -> bool:
        """Whether the other end has hung up; what it said before is lost."""
        self.receive()
        self._received.clear()
        return self._is_over

    def has_hung_up(self) -> bool:
        """Whether the other end has, and all is taken that it said before; nothing is taken, so
        another thread may wait for it meanwhile.
        """
        try:
            with socket.socket(fileno=os.dup(self._connection.fileno())) as same:
                return not same.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except ConnectionError:
            return True
        except OSError:  # it says nothing, or it is this end that has hung up
            return False

    def close(self) -> None:
        """Hangs up."""
        with contextlib.suppress(OSError):
            self._connection.close()

    def _receive(self) -> None:
        try:
            received = self._connection.recv(RECEIVED_BYTES)
        except (BlockingIOError, TimeoutError):
            raise
        except OSError:
            received = b""
        self._received += received
        self._is_over = not received
