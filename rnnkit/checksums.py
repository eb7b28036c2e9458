"""Checksums of texts, of arrays and of rnnkit itself: whatever differs has another one."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

import rnnkit
from rnnkit.environment import library_version

LIBRARIES = ("numpy", "scipy", "scikit-learn", "tokenizers")


class HasFingerprint(Protocol):
    """Whatever summarises in a few bytes all that results depend on."""

    @property
    def fingerprint(self) -> str:
        """Differs whenever a result may differ."""


Input = np.ndarray | Sequence[str] | HasFingerprint | int | float | str | None


def checksum_of(*values: Input) -> str:
    """A checksum of values and their types, in this order."""
    checksum = hashlib.sha256()
    for value in values:
        about, content = _identity(value)
        checksum.update(f"{about} {len(content)}\n".encode())
        checksum.update(content)
    return checksum.hexdigest()


def _identity(value: Input) -> tuple[str, bytes | memoryview]:
    """A value's type and shape, and its content."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype.str} {value.shape}", np.ascontiguousarray(value).data.cast("B")
    if isinstance(value, str | int | float | None):
        return type(value).__name__, repr(value).encode("utf-8", "backslashreplace")
    if isinstance(value, Sequence):
        lengths = hashlib.sha256(np.array([len(text) for text in value], np.int64).tobytes())
        # each text alone: a joined str would store every character as widely as the widest one
        content = b"".join([text.encode("utf-8", "surrogatepass") for text in value])
        return f"texts {lengths.hexdigest()}", content
    return type(value).__qualname__, value.fingerprint.encode()


@functools.cache
def code_checksum() -> str:
    """A checksum of rnnkit's sources and the versions of its libraries: a change in any of them
    invalidates every cached result.
    """
    versions = [f"{library} {library_version(library)}" for library in LIBRARIES]
    checksum = hashlib.sha256("\n".join([rnnkit.__version__, *versions]).encode())
    package = Path(rnnkit.__file__).parent
    for source in sorted(package.rglob("*.py")):
        checksum.update(f"\n{source.relative_to(package)}\n".encode() + source.read_bytes())
    return checksum.hexdigest()
