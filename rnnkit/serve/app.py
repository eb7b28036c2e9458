"""The ASGI application: it routes requests, and turns errors into responses."""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections.abc import MutableMapping
from functools import cache
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Router
from starlette.types import Message, Receive, Scope, Send

from rnnkit.errors import RnnkitError
from rnnkit.serve.access import require_host, require_key
from rnnkit.serve.events import event
from rnnkit.serve.failures import Failure, error_fields, error_response, failure, failure_of
from rnnkit.serve.limits import Exceeded
from rnnkit.serve.openapi import description
from rnnkit.serve.routes import ROUTES
from rnnkit.serve.served_runs import Models
from rnnkit.serve.state import Settings, State

SECURE = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]
CLIENT_CLOSED = 499  # nginx's status for a client that closed the connection
ENDING_SECONDS = 1.0  # to send an error to a client that may not read it


class App:
    """The ASGI application.

    Args:
        models: The runs to serve.
        settings: The settings of the server.
    """

    def __init__(self, models: Models, settings: Settings):
        has_key = settings.api_key is not None
        self.state = State(models, settings, cache(lambda: description(ROUTES, has_key=has_key)))
        self._router = Router([route.mounted() for route in ROUTES], redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        scope["app"] = self
        exchange = _Exchange(receive, send)
        metrics, begun = self.state.metrics, time.perf_counter()
        metrics.in_flight += 1
        try:
            await self._answer(scope, exchange)
        finally:
            metrics.in_flight -= 1
            path, seconds = scope.get("rnnkit.path", "other"), time.perf_counter() - begun
            method = scope["method"] if scope["method"] in ("GET", "POST", "DELETE") else "other"
            metrics.done(path, method, exchange.status, seconds)

    async def _answer(self, scope: Scope, exchange: _Exchange) -> None:
        try:
            failed = await self._failed(scope, exchange)
        except asyncio.CancelledError:
            if not exchange.is_disconnected:
                raise  # the server stops
            exchange.status = CLIENT_CLOSED
            _uncancelled()
            return
        if failed is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_send_failure(scope, exchange, failed), ENDING_SECONDS)

    async def _failed(self, scope: Scope, exchange: _Exchange) -> Failure | None:
        """Answers a request; returns the failure if there is one."""
        seconds = self.state.limits.seconds
        try:
            async with asyncio.timeout(seconds):
                request = Request(scope, exchange.receive, exchange.send)
                require_host(request, self.state.settings)
                require_key(request, self.state.settings)
                await self._router(scope, exchange.receive, exchange.send)
        except TimeoutError:
            got = f"not done after {seconds:g} seconds"
            return failure_of(Exceeded("seconds", "", got, "Expected a smaller request"))
        except Failure as failed:
            return failed
        except RnnkitError as error:
            return failure_of(error)
        except HTTPException as error:
            return _http_failure(error, scope)
        except ClientDisconnect:
            exchange.status = CLIENT_CLOSED
        except Exception as error:
            traceback.print_exception(error)
            return failure(500, "an internal error", hint="The server's log says more")
        finally:
            exchange.end()
        return None


class _Exchange:
    """The messages of one request; the task that answers is cancelled if the client disconnects.

    Args:
        receive: ASGI's callable that receives a message.
        send: ASGI's callable that sends a message.
    """

    def __init__(self, receive: Receive, send: Send):
        self.status, self.is_started, self.is_complete, self.is_disconnected = (
            CLIENT_CLOSED,
            False,
            False,
            False,
        )
        self._receive, self._send = receive, send
        self._task = asyncio.current_task()
        self._watch: asyncio.Task[None] | None = None
        self.media = b""

    async def receive(self) -> Message:
        """Receives the next part of the body; after the last one, watches for a disconnect."""
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            self._watch = asyncio.create_task(self._watch_client())
        return message

    async def send(self, message: Message) -> None:
        """Sends a part of the response."""
        if message["type"] == "http.response.start":
            self.is_started, self.status = True, message["status"]
            self.media = dict(message["headers"]).get(b"content-type", b"")
            message = {**message, "headers": [*message["headers"], *SECURE]}
        elif not message.get("more_body"):
            self.is_complete = True
        await self._send(message)

    def end(self) -> None:
        """Stops watching the client."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None  # else a reference cycle would outlive the request

    async def _watch_client(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self.is_complete:
            self.is_disconnected = True
            if self._task is not None:
                self._task.cancel()


async def _send_failure(scope: Scope, exchange: _Exchange, failed: Failure) -> None:
    """Sends the error as the response, or as an event if the client reads events."""
    if not exchange.is_started:
        response = error_response(failed, scope["path"])
        await response(scope, exchange.receive, exchange.send)
    elif exchange.media.startswith(b"text/event-stream") and not exchange.is_complete:
        body = event({"error": error_fields(failed)})
        await exchange.send({"type": "http.response.body", "body": body, "more_body": False})


def _http_failure(error: HTTPException, scope: MutableMapping[str, Any]) -> Failure:
    path = scope["path"][:100]
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        got = f"{scope['method'][:20]} {path}"
        mistake = RnnkitError("", got, f"Expected {allowed}")
        return Failure(405, mistake, error.headers)
    if error.status_code == 404:
        hint = "GET /docs lists the paths"
        return Failure(404, RnnkitError("", f"no such path: {path}", hint=hint))
    return failure(error.status_code, str(error.detail))


def _uncancelled() -> None:
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
