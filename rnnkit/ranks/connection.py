"""A connection between two processes that send each other messages: lines of JSON."""

from __future__ import annotations

import contextlib
import json
import math
import os
import socket
import time

MOST_BYTES = 4_000_000  # of a message
RECEIVED_BYTES = 1 << 16


class Connection:
    """A connection to another process. A wait for a message has one deadline, however slowly its
    bytes arrive.

    Args:
        connected: The socket.
        most_bytes: The largest size of a message from the other process.
    """

    def __init__(self, connected: socket.socket, most_bytes: int = MOST_BYTES):
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket, self._most_bytes = connected, most_bytes
        self._buffer, self._is_closed = bytearray(), False

    def fileno(self) -> int:
        """The descriptor of the socket, for a selector."""
        return self._socket.fileno()

    def send(self, message: object, seconds: float | None = None) -> None:
        """Sends a message.

        Args:
            message: Anything that JSON represents.
            seconds: The time within which all of it must be accepted; None for no limit.

        Raises:
            OSError: If the other process is gone, or does not accept it in time.
        """
        self._socket.settimeout(seconds)
        self._socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, seconds: float | None = None) -> object:
        """The next message; None if it is not JSON.

        Args:
            seconds: The time within which all of it must arrive; None for no limit.

        Raises:
            TimeoutError: If it does not.
            ConnectionError: If the other process closes the connection without a message.
        """
        until = math.inf if seconds is None else time.monotonic() + seconds
        while not self.has_message():
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(None if until == math.inf else left)
            self._read()
        line, _, rest = self._buffer.partition(b"\n")
        if self._is_closed and not line:
            raise ConnectionResetError
        self._buffer = rest
        try:
            message: object = json.loads(line)
        except (ValueError, RecursionError):
            return None
        return message

    def read_available(self) -> None:
        """Reads the bytes that have arrived, without waiting."""
        self._socket.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            self._read()

    def has_message(self) -> bool:
        """Whether `receive` returns at once: a message has arrived, is too long, or will never be
        complete.
        """
        is_complete = b"\n" in self._buffer or len(self._buffer) > self._most_bytes
        return is_complete or self._is_closed

    def is_closed(self) -> bool:
        """Whether the other process has closed the connection; messages before that are dropped."""
        self.read_available()
        self._buffer.clear()
        return self._is_closed

    def is_closed_by_peer(self) -> bool:
        """Whether the other process has closed the connection and no message is left. It reads
        nothing, so that another thread may wait in `receive`.
        """
        try:
            with socket.socket(fileno=os.dup(self._socket.fileno())) as same:
                return not same.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except ConnectionError:
            return True
        except OSError:  # nothing has arrived, or this process has closed it
            return False

    def close(self) -> None:
        """Closes the connection."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _read(self) -> None:
        try:
            content = self._socket.recv(RECEIVED_BYTES)
        except (BlockingIOError, TimeoutError):
            raise
        except OSError:
            content = b""
        self._buffer += content
        self._is_closed = not content
