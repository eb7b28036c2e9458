"""A connection between two processes that say lines of JSON to each other."""

from __future__ import annotations

import contextlib
import json
import socket

LONGEST_LINE = 4_000_000  # bytes


class Line:
    """A connection.

    Args:
        connection: Its socket.
        seconds: How long it waits for the other end; None for ever.
    """

    def __init__(self, connection: socket.socket, seconds: float | None):
        connection.settimeout(seconds)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection, self._reader = connection, connection.makefile("rb")

    def wait_for_ever(self) -> None:
        """From now on."""
        self._connection.settimeout(None)

    def say(self, what: object) -> None:
        """Sends it.

        Raises:
            OSError: If the other end is gone.
        """
        self._connection.sendall(json.dumps(what).encode() + b"\n")

    def hear(self) -> object:
        """What the other end says; None where it is gone, or says no JSON.

        Raises:
            TimeoutError: If it says nothing in time.
        """
        try:
            heard: object = json.loads(self._reader.readline(LONGEST_LINE))
        except TimeoutError:
            raise
        except (OSError, ValueError):
            return None
        return heard

    def is_over(self) -> bool:
        """Whether the other end has hung up; what it said before is lost."""
        self._connection.settimeout(0)
        try:
            while self._connection.recv(LONGEST_LINE):
                pass
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True

    def close(self) -> None:
        """Hangs up."""
        with contextlib.suppress(OSError):
            self._reader.close()
            self._connection.close()
