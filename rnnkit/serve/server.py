"""The HTTP server: a socket, a limited number of connections with timeouts, and a stop that lets
requests in flight finish.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from rnnkit import process
from rnnkit.errors import TRY_AGAIN, RnnkitError
from rnnkit.platform import system
from rnnkit.serve.app import App
from rnnkit.serve.limits import Limits
from rnnkit.signals import GRACE_SECONDS, SignalHandler

BACKLOG = 1024
CLOSING_SECONDS = 5.0  # for a client to read the last of a response
SWITCH_SECONDS = 0.001  # so that a computing thread yields to the one that handles requests


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        RnnkitError: If the host is not one of this machine, or the port is in use.
    """
    try:
        (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        words = getattr(error, "strerror", None) or str(error)
        expected = "Expected a name or an address of this machine"
        raise RnnkitError("--host", f"{host!r}: {words}", expected) from None
    listener = socket.socket(family, kind, protocol)
    try:
        if not system.is_windows():  # there it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _cannot_listen(host, port, error) from None
    return listener


def _cannot_listen(host: str, port: int, error: OSError) -> RnnkitError:
    if error.errno == errno.EADDRINUSE:
        hint = "Name another port, or 0 for any that is free; or end what uses it"
        got = f"{port} is in use already"
        return RnnkitError("--port", got, "Expected a free port", hint, exit_code=TRY_AGAIN)
    if error.errno == errno.EACCES:
        expected = "Expected a port above 1023, which every user may use"
        return RnnkitError("--port", f"{port}: {error.strerror}", expected)
    expected = "Expected an address of this machine"
    return RnnkitError("--host", f"{host!r}: {error.strerror}", expected)


def url_of(listener: socket.socket) -> str:
    """The URL of the server."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: App, listener: socket.socket, ready: Callable[[], None]) -> int | None:
    """Serves until a signal arrives.

    Args:
        app: The application.
        listener: The socket.
        ready: Called when requests are answered.

    Returns:
        The signal; None if there was none.
    """
    limits = app.state.limits
    for name in ("uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).disabled = True  # clients get errors as responses
    server = _Server(app, limits, ready)
    received: list[int] = []

    def stop(number: int) -> None:
        received.append(number)
        server.should_exit = app.state.is_stopping = True

    process.set_up_server()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        with SignalHandler(stop, grace=GRACE_SECONDS):
            server.run([listener])
    finally:
        sys.setswitchinterval(interval)
        app.state.stop()
    return received[0] if received else None


class _Connection(H11Protocol):
    """A connection that knows how long it has been idle."""

    idle_since: float | None = None
    closing_since: float | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.idle_since = self.loop.time()
        if len(self.connections) > self.config.limit_concurrency_of_connections:  # type: ignore[attr-defined]
            transport.abort()

    def on_response_complete(self) -> None:
        self.idle_since = self.loop.time()
        super().on_response_complete()

    def is_stale(self, limits: Limits) -> bool:
        """Whether it has been idle, or closing, for too long."""
        now = self.loop.time()
        if self.transport.is_closing():
            self.closing_since = self.closing_since or now
            return now - self.closing_since > CLOSING_SECONDS
        is_idle = self.cycle is None or self.cycle.response_complete
        return is_idle and now - (self.idle_since or now) > limits.receive_seconds

    def abort(self) -> None:
        """Closes it at once."""
        self.transport.abort()


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handlers, but with timeouts of idle connections.

    Args:
        app: The application.
        limits: Its limits.
        ready: Called when requests are answered.
    """

    def __init__(self, app: App, limits: Limits, ready: Callable[[], None]):
        config = uvicorn.Config(
            app,
            http=_Connection,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=max(1, round(limits.grace_seconds)),
            h11_max_incomplete_event_size=32_768,
        )
        config.limit_concurrency_of_connections = limits.connections  # type: ignore[attr-defined]
        super().__init__(config)
        self._limits, self._ready = limits, ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        asyncio.get_running_loop().call_soon(self._ready)

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:
            for connection in list(self.server_state.connections):
                if isinstance(connection, _Connection) and connection.is_stale(self._limits):
                    connection.abort()
        return await super().on_tick(counter)
