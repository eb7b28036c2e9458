"""Server-sent events."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rnnkit.errors import RnnkitError
from rnnkit.serve.failures import Failure, described, failure, of_error

DONE = b"data: [DONE]\n\n"


def event(content: object) -> bytes:
    """An event that holds JSON."""
    return b"data: " + to_json(content) + b"\n\n"


class Events(Response):
    """A response of events; an error is the last one.

    Args:
        first: The first event.
        others: The later ones; closed when nobody reads them any more.
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
                await _send(send, event({"error": described(of_error(error))}))
            except Failure as failed:
                await _send(send, event({"error": described(failed)}))
            except Exception:
                await _send(send, event({"error": described(failure(500, "an internal error"))}))
                raise
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await self._others.aclose()


async def _send(send: Send, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})
