"""Access control: the host name of a request, and its key."""

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
    """Refuses a request whose Host is not this machine: by DNS rebinding, pages of other sites can
    send such requests.

    Raises:
        Failure: If the header is missing or names another host.
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
    key = _key(request.headers.get("authorization", ""))
    # in constant time
    if hmac.compare_digest(key, settings.api_key.encode()):
        return
    got = "a wrong key" if key else "no key"
    error = RnnkitError("Authorization", got, "Expected Bearer and the key")
    # Basic makes a browser ask for the key as a password
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
