"""A file from an https address to the disk: of bearable size, in bearable time, whole or not at
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
"""How long a server may say nothing."""

LONGEST_SECONDS = 1800
"""How long a whole download may take, however it trickles."""

MOST_BYTES = 1 << 30
MOST_REDIRECTS = 5
AT_ONCE = 1 << 16
ABANDONED_SECONDS = 3600  # after which a part has no writer any more
LOOPBACK = ("127.0.0.1", "localhost", "::1")
REDIRECTS = (301, 302, 303, 307, 308)
LATER = (408, 425, 429, 500, 502, 503, 504)
"""What a server answers that is worth asking again."""


class NotThere(RnnkitError):
    """The server has no such file."""


def require_safe(url: str, first: str = "") -> None:
    """Refuses what anyone between could change.

    Args:
        url: An address.
        first: The one that led to it.

    Raises:
        RnnkitError: If it is neither https nor of this machine; an address elsewhere never leads to
            this machine.
    """
    address, origin = urlsplit(url), urlsplit(first or url)
    is_ours = address.hostname in LOOPBACK and origin.hostname in LOOPBACK
    if address.scheme != "https" and not (is_ours and address.scheme == "http"):
        raise RnnkitError(first or url, f"the scheme {address.scheme!r}", "Expected https")


def fetch(url: str, path: Path, sha256: str) -> None:
    """Downloads a file under a name of its own, checks its bytes, then renames it.

    Args:
        url: Its address.
        path: Where it is to be; what is there stays until the new one is whole.
        sha256: The checksum of its bytes.

    Raises:
        NotThere: If the server has none.
        RnnkitError: If it cannot be brought, is another one, or cannot be written.
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
    """The content at an address, piece by piece."""
    import requests
    import urllib3

    ends = time.monotonic() + LONGEST_SECONDS
    try:
        with requests.Session() as session:
            response = _answer(session, url)
            with response:
                yield from _bounded(url, response, ends)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        got = f"cannot be downloaded ({type(error).__name__})"
        raise RnnkitError(url, got, exit_code=TRY_AGAIN) from None


def _answer(session: Any, url: str) -> Any:
    """The response of the last of the addresses that lead to each other."""
    place = url
    for _ in range(MOST_REDIRECTS + 1):
        require_safe(place, url)
        response = session.get(
            place,
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
        place = urljoin(place, response.headers["Location"])
    raise RnnkitError(url, f"more than {MOST_REDIRECTS} redirects", exit_code=RUN_FAILED)


def _bounded(url: str, response: Any, ends: float) -> Iterator[bytes]:
    """The pieces of a response: as many bytes as it says, and neither too many nor too slowly."""
    said = response.headers.get("Content-Length", "")
    expected = int(said) if said.isascii() and said.isdigit() else None
    size = 0
    # what has come, not what would fill a piece: a server may trickle
    read = getattr(response.raw, "read1", response.raw.read)
    while max(size, expected or 0) <= MOST_BYTES:
        piece = read(AT_ONCE, decode_content=False)
        if not piece:
            break
        size += len(piece)
        yield piece
        if time.monotonic() > ends:
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
    """Removes parts that a killed process left."""
    for part in path.parent.glob(f".{path.name}.*.part"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > ABANDONED_SECONDS:
                part.unlink()
