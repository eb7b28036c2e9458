"""Downloads a file over https, with limits on size and time; it is written completely or not at
all.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from rnnkit.environment import require
from rnnkit.errors import RUN_FAILED, TRY_AGAIN, RnnkitError
from rnnkit.platform.disk import cure, exit_code
from rnnkit.platform.files import replace, sync_file, sync_folder

TIMEOUT_SECONDS = 30
"""How long a server may be silent."""

LONGEST_SECONDS = 1800
"""How long a whole download may take."""

MOST_BYTES = 1 << 30
MOST_REDIRECTS = 5
AT_ONCE = 1 << 16
ABANDONED_SECONDS = 3600  # after which a partial file is no longer being written
LOOPBACK = ("127.0.0.1", "localhost", "::1")
REDIRECTS = (301, 302, 303, 307, 308)
LATER = (408, 425, 429, 500, 502, 503, 504)
"""Statuses after which trying again is worthwhile."""


class NotThere(RnnkitError):
    """The server has no such file."""


def require_safe(url: str, first: str = "") -> None:
    """Checks that an address cannot be tampered with in transit.

    Args:
        url: The address.
        first: The address that redirected to it; "" for none.

    Raises:
        RnnkitError: If it is neither https nor on this machine; an address on another machine must
            not redirect to this one.
    """
    address, origin = urlsplit(url), urlsplit(first or url)
    is_local = address.hostname in LOOPBACK and origin.hostname in LOOPBACK
    if address.scheme != "https" and not (is_local and address.scheme == "http"):
        raise RnnkitError(first or url, f"the scheme {address.scheme!r}", "Expected https")


def fetch(url: str, path: Path, sha256: str) -> None:
    """Downloads a file to a temporary name, verifies its checksum, and renames it.

    Args:
        url: The address.
        path: The destination; an existing file is replaced only by a complete one.
        sha256: The expected checksum.

    Raises:
        NotThere: If the server does not have the file.
        RnnkitError: If it cannot be downloaded or written, or has another checksum.
    """
    require("pooch")  # which brings requests
    with _writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        file = open(part, "xb")  # noqa: SIM115 (closed before it is renamed)
    try:
        checksum = hashlib.sha256()
        with file:
            for piece in _pieces(url):
                checksum.update(piece)
                with _writing(path.parent):
                    file.write(piece)
            with _writing(path.parent):
                sync_file(file)
        if checksum.hexdigest() != sha256:
            got = f"the downloaded bytes have another sha256 ({checksum.hexdigest()})"
            raise RnnkitError(url, got, f"Expected {sha256}", exit_code=RUN_FAILED)
        with _writing(path.parent):
            replace(part, path)
            sync_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _pieces(url: str) -> Iterator[bytes]:
    """Downloads the content of an address in pieces."""
    import requests
    import urllib3

    deadline = time.monotonic() + LONGEST_SECONDS
    try:
        with requests.Session() as session:
            response = _answer(session, url)
            with response:
                yield from _bounded(url, response, deadline)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        got = f"cannot be downloaded ({type(error).__name__})"
        raise RnnkitError(url, got, exit_code=TRY_AGAIN) from None


def _answer(session: Any, url: str) -> Any:
    """The response at an address, after redirects."""
    address = url
    for _ in range(MOST_REDIRECTS + 1):
        require_safe(address, url)
        response = session.get(
            address,
            timeout=TIMEOUT_SECONDS,
            stream=True,
            allow_redirects=False,
            headers={"Accept-Encoding": "identity"},
        )
        status: int = response.status_code
        if status == 200:
            return response
        response.close()
        if status not in REDIRECTS or "Location" not in response.headers:
            kind = NotThere if status in (404, 410) else RnnkitError
            code = TRY_AGAIN if status in LATER else RUN_FAILED
            got = f"cannot be downloaded (the server answers {status})"
            raise kind(url, got, exit_code=code)
        address = urljoin(address, response.headers["Location"])
    raise RnnkitError(url, f"more than {MOST_REDIRECTS} redirects", exit_code=RUN_FAILED)


def _bounded(url: str, response: Any, deadline: float) -> Iterator[bytes]:
    """The pieces of a response, with limits on size and time, and its length checked."""
    length = response.headers.get("Content-Length", "")
    expected = int(length) if length.isascii() and length.isdigit() else None
    size = 0
    # `read` would wait until a piece is full, however slowly a server sends
    read = getattr(response.raw, "read1", response.raw.read)
    while max(size, expected or 0) <= MOST_BYTES:
        piece = read(AT_ONCE, decode_content=False)
        if not piece:
            break
        size += len(piece)
        yield piece
        if time.monotonic() > deadline:
            got = f"not downloaded within {LONGEST_SECONDS} seconds"
            raise RnnkitError(url, got, exit_code=TRY_AGAIN)
    else:
        got = f"more than {MOST_BYTES:,} bytes"
        raise RnnkitError(url, got, "Expected a smaller file", exit_code=RUN_FAILED)
    if expected is not None and size != expected:
        got = f"cannot be downloaded (it ended after {size:,} of {expected:,} bytes)"
        raise RnnkitError(url, got, exit_code=TRY_AGAIN)


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        got = f"cannot be written ({error.strerror or error})"
        expected, code = "Expected a folder for downloads", exit_code(error)
        hint = cure(error, instead_of="Set RNNKIT_CACHE")
        raise RnnkitError(str(folder), got, expected, hint, exit_code=code) from None


def _remove_abandoned(path: Path) -> None:
    """Removes partial files of killed processes."""
    for part in path.parent.glob(f".{path.name}.*.part"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > ABANDONED_SECONDS:
                part.unlink()
