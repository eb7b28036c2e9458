"""Who may ask: by the name of this machine, and by a key."""

from __future__ import annotations

import base64
import binascii
import hmac

from starlette.requests import Request

from rnnkit.errors import RnnkitError
from rnnkit.serve.failures import Failure, failure
from rnnkit.serve.state import Settings

OPEN = ("/health", "/v2/health/live", "/v2/health/ready")
"""Paths that need no key."""


def require_host(request: Request, settings: Settings) -> None:
    """Refuses a request to another name than this machine's: a page of another site whose name was
    bound to this address afterwards.

    Raises:
        Failure: If there is such a one.
    """
    if settings.hosts is None:
        return
    hosts = request.headers.getlist("host")
    if len(hosts) != 1 or _name(hosts[0]) not in settings.hosts:
        found = hosts[0][:100] if hosts else "nothing"
        expected = f"Expected one of: {', '.join(settings.hosts)}"
        raise failure(400, f"found {found}", expected, where="Host")


def _name(host: str) -> str:
    """The name of a Host header, without its port."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower().removesuffix(".")


def require_key(request: Request, settings: Settings) -> None:
    """Refuses a request without the key.

    Raises:
        Failure: If it has none, or a wrong one.
    """
    if settings.api_key is None or request.url.path in OPEN:
        return
    given = _key(request.headers.get("authorization", ""))
    # compared in a time that does not depend on where they differ
    if hmac.compare_digest(given, settings.api_key.encode()):
        return
    got = "a wrong key" if given else "no key"
    error = RnnkitError("Authorization", got, "Expected Bearer and the key")
    # a browser asks for the key of a page, as a password
    headers = {"WWW-Authenticate": 'Bearer realm="rnnkit", Basic realm="rnnkit"'}
    raise Failure(401, error, headers, "invalid_api_key")


def _key(header: str) -> bytes:
    kind, _, value = header.partition(" ")
    if kind.lower() == "bearer":
        return value.strip().encode("latin-1")
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return b""
    return b""
