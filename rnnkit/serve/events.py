"""Server-sent events."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rnnkit.errors import RnnkitError
from rnnkit.serve.failures import Failure, error_fields, failure, failure_of

DONE = b"data: [DONE]\n\n"


def event(content: object) -> bytes:
    """An event with JSON as its data."""
    return b"data: " + to_json(content) + b"\n\n"


class Events(Response):
    """A response of events; an error ends it as the last event.

    Args:
        first: The first event.
        others: The later events; closed when the client disconnects.
    """

    media_type = "text/event-stream"

    def __init__(self, first: bytes, others: AsyncGenerator[bytes, None]):
        super().__init__(None, 200, {"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._first, self._others = first, others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        try:
            await send(start)
            await _send(send, self._first)
            try:
                async for piece in self._others:
                    await _send(send, piece)
            except RnnkitError as error:
                await _send(send, event({"error": error_fields(failure_of(error))}))
            except Failure as failed:
                await _send(send, event({"error": error_fields(failed)}))
            except Exception:
                await _send(send, event({"error": error_fields(failure(500, "an internal error"))}))
                raise
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await self._others.aclose()


async def _send(send: Send, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})
