"""Reads the body of a request: JSON of limited size, within limited time."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from starlette.requests import Request

from rnnkit.config.spec import Spec
from rnnkit.serve.failures import failure
from rnnkit.serve.limits import Exceeded, Limits
from rnnkit.serve.requests import parsed

R = TypeVar("R", bound=Spec)


async def read(request: Request, kind: type[R], limits: Limits) -> R:
    """The body as a validated request.

    Raises:
        Failure: If its headers do not say JSON, or say that it is compressed.
        RnnkitError: If it is too large, arrives too slowly, or has a mistake.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        # pages of other sites may send other types without the server's consent (CORS)
        got, expected = f"found {media[:100]!r}", "Expected application/json"
        raise failure(415, got, expected, where="Content-Type")
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        got, expected = f"found {encoding[:100]!r}", "Expected a body that is not compressed"
        raise failure(415, got, expected, where="Content-Encoding")
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length[:20]) > limits.body_bytes:
        raise _too_large(limits)
    try:
        body = await asyncio.wait_for(_bytes(request, limits), limits.receive_seconds)
    except TimeoutError:
        got = f"incomplete after {limits.receive_seconds:g} seconds"
        raise Exceeded("receive_seconds", "body", got, "Expected all of it sooner") from None
    return parsed(body, kind)


async def _bytes(request: Request, limits: Limits) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limits.body_bytes:
            raise _too_large(limits)
    return bytes(body)


def _too_large(limits: Limits) -> Exceeded:
    got, expected = "too large", f"Expected at most {limits.body_bytes:,} bytes"
    return Exceeded("body_bytes", "body", got, expected)
