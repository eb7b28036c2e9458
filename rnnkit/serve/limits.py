"""The limits on the size and duration of requests."""

from __future__ import annotations

from pydantic import Field

from rnnkit.config.spec import Spec
from rnnkit.errors import RnnkitError


class Limits(Spec):
    """The limits of a server."""

    body_bytes: int = Field(4_194_304, ge=1_000, description="of a request's body")
    texts: int = Field(1_024, ge=1, description="texts, sentences or sequences in one request")
    characters: int = Field(100_000, ge=1, description="of one text")
    tokens: int = Field(4_096, ge=1, description="that one completion generates, or steps ahead")
    samples: int = Field(64, ge=1, description="completions in one request; beams count")
    sessions: int = Field(1_000, ge=0, description="sessions at the same time")
    session_seconds: float = Field(
        600.0, gt=0, description="until a session that nobody asks is forgotten"
    )
    queue: int = Field(256, ge=1, description="requests that wait or are computed")
    batch: int = Field(64, ge=1, description="texts that are computed at once")
    seconds: float = Field(60.0, gt=0, description="until a request is given up")
    receive_seconds: float = Field(
        10.0, gt=0, description="in which a request's head, and its body, must arrive"
    )
    connections: int = Field(512, ge=1, description="at the same time")
    grace_seconds: float = Field(
        5.0, ge=0, le=9, description="that requests in flight get when the server is stopped"
    )


class Exceeded(RnnkitError):
    """A request exceeds a limit.

    Args:
        limit: The name of the limit, a field of `Limits`.
        where: The field of the request.
        got: What was found.
        expected: What would be within it.
    """

    def __init__(self, limit: str, where: str, got: str, expected: str):
        hint = f"The server's limit {limit} is set when it is started"
        super().__init__(where, got, expected, hint)
        self.limit = limit


def require_at_most(limits: Limits, limit: str, where: str, count: int, unit: str) -> None:
    """Checks a count against a limit.

    Raises:
        Exceeded: If it is above the limit.
    """
    most = getattr(limits, limit)
    if count > most:
        raise Exceeded(limit, where, f"{count:,} {unit}", f"Expected at most {most:,}")
