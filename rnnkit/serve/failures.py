"""Error responses: a status, and the same message as on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic_core import to_json
from starlette.responses import Response

from rnnkit.errors import RnnkitError
from rnnkit.escapes import visible
from rnnkit.serve.limits import Exceeded

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    429: "rate_limit_error",
    500: "server_error",
    503: "server_error",
    504: "timeout_error",
}
"""The error type of OpenAI's API by status; other statuses have the type of 400."""

STATUS = {"queue": 429, "sessions": 429, "body_bytes": 413, "seconds": 504, "receive_seconds": 408}
"""The status by limit; 400 for the others."""


@dataclass(eq=False)  # hashable, as exceptions must be
class Failure(Exception):
    """A request that is error_response with an error.

    Args:
        status: The status of the response.
        error: The message.
        headers: Further headers of the response.
        code: A short name of the error, for programs.
    """

    status: int
    error: RnnkitError
    headers: Mapping[str, str] | None = None
    code: str | None = None


def failure(status: int, got: str, expected: str = "", hint: str = "", where: str = "") -> Failure:
    """A failure with a message in parts."""
    return Failure(status, RnnkitError(where, got, expected, hint))


def failure_of(error: RnnkitError) -> Failure:
    """The failure for an error in a request, or of the predictor."""
    if not isinstance(error, Exceeded):
        return Failure(400, error)
    status = STATUS.get(error.limit, 400)
    headers = {"Retry-After": "1"} if status == 429 else {}
    if status in (408, 413):  # the rest of the body is not waited for
        headers["Connection"] = "close"
    return Failure(status, error, headers, f"{error.limit}_limit")


def error_fields(failed: Failure) -> dict[str, object]:
    """The fields of an error in OpenAI's format, with the parts of the message."""
    error = failed.error
    first = error.errors[0]
    return {
        "message": str(error),
        "type": TYPES.get(failed.status, TYPES[400]),
        "param": visible(first.where) or None,
        "code": failed.code,
        "place": visible(first.where),
        "found": visible(first.got),
        "expected": visible(first.expected),
        "hint": visible(first.hint),
    }


def error_response(failed: Failure, path: str) -> Response:
    """The response for a failure; in the Open Inference Protocol its error is a text."""
    error: object = error_fields(failed)
    if path == "/v2" or path.startswith("/v2/"):
        error = str(failed.error)
    return Response(
        to_json({"error": error}),
        failed.status,
        dict(failed.headers or {}),
        media_type="application/json",
    )
