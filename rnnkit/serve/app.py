"""The application: its routes, and what holds for every request."""

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
from rnnkit.serve.events import event
from rnnkit.serve.failures import Failure, answered, described, failure, of_error
from rnnkit.serve.guard import require_host, require_key
from rnnkit.serve.limits import Exceeded
from rnnkit.serve.openapi import description
from rnnkit.serve.routes import ROUTES
from rnnkit.serve.served import Models
from rnnkit.serve.state import Settings, State

SECURE = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]
LEFT = 499  # what nginx counts a client as that left
ENDING_SECONDS = 1.0  # for the last words to a client that may not read them


class App:
    """The ASGI application.

    Args:
        models: The runs.
        settings: How they are served.
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
            if not exchange.has_left:
                raise  # the server stops
            exchange.status = LEFT
            _uncancelled()
            return
        if failed is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_say(scope, exchange, failed), ENDING_SECONDS)

    async def _failed(self, scope: Scope, exchange: _Exchange) -> Failure | None:
        """Answers a request; why that failed, if it did."""
        seconds = self.state.limits.seconds
        try:
            async with asyncio.timeout(seconds):
                request = Request(scope, exchange.receive, exchange.send)
                require_host(request, self.state.settings)
                require_key(request, self.state.settings)
                await self._router(scope, exchange.receive, exchange.send)
        except TimeoutError:
            got = f"not done after {seconds:g} seconds"
            return of_error(Exceeded("seconds", "", got, "Expected a smaller request"))
        except Failure as failed:
            return failed
        except RnnkitError as error:
            return of_error(error)
        except HTTPException as error:
            return _of_http(error, scope)
        except ClientDisconnect:
            exchange.status = LEFT
        except Exception as error:
            traceback.print_exception(error)
            return failure(500, "an internal error", hint="The server's log says more")
        finally:
            exchange.end()
        return None


class _Exchange:
    """What is received and sent in one request; who answers is stopped where the client leaves.

    Args:
        receive: The server's.
        send: The server's.
    """

    def __init__(self, receive: Receive, send: Send):
        self.status, self.is_begun, self.is_whole, self.has_left = LEFT, False, False, False
        self._receive, self._send = receive, send
        self._task = asyncio.current_task()
        self._watch: asyncio.Task[None] | None = None
        self.media = b""

    async def receive(self) -> Message:
        """The next part of the body; after the last one the client is watched."""
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            self._watch = asyncio.create_task(self._until_left())
        return message

    async def send(self, message: Message) -> None:
        """A part of the response."""
        if message["type"] == "http.response.start":
            self.is_begun, self.status = True, message["status"]
            self.media = dict(message["headers"]).get(b"content-type", b"")
            message = {**message, "headers": [*message["headers"], *SECURE]}
        elif not message.get("more_body"):
            self.is_whole = True
        await self._send(message)

    def end(self) -> None:
        """The client is not watched any more."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None  # it knows this exchange: two that know each other outlive a request

    async def _until_left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self.is_whole:
            self.has_left = True
            if self._task is not None:
                self._task.cancel()


async def _say(scope: Scope, exchange: _Exchange, failed: Failure) -> None:
    """Tells the client why its request failed; one that reads events by an event."""
    if not exchange.is_begun:
        response = answered(failed, scope["path"])
        await response(scope, exchange.receive, exchange.send)
    elif exchange.media.startswith(b"text/event-stream") and not exchange.is_whole:
        body = event({"error": described(failed)})
        await exchange.send({"type": "http.response.body", "body": body, "more_body": False})


def _of_http(error: HTTPException, scope: MutableMapping[str, Any]) -> Failure:
    path = scope["path"][:100]
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        got = f"{scope['method'][:20]} {path}"
        words = RnnkitError("", got, f"Expected {allowed}")
        return Failure(405, words, error.headers)
    if error.status_code == 404:
        hint = "GET /docs lists what there is"
        return Failure(404, RnnkitError("", f"no such path: {path}", hint=hint))
    return failure(error.status_code, str(error.detail))


def _uncancelled() -> None:
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
