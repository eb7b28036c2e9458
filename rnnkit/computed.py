"""Computations that take long and depend on nothing but their inputs: taken from the cache, from a
process that began earlier, or done now.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import pickle
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

import rnnkit
from rnnkit.background import BackgroundCall
from rnnkit.cache import Cache
from rnnkit.environment import library_version
from rnnkit.progress import log
from rnnkit.stages import stage

LIBRARIES = ("numpy", "scipy", "scikit-learn", "tokenizers")
SMALL_BYTES = 100_000  # of inputs; what they give is computed sooner than it is found
LARGE_BYTES = 2_000_000  # of inputs; what they give takes longer than to start a process
WORTH_SECONDS = 0.5  # what is computed sooner than that is not kept

Arrays = dict[str, np.ndarray]


class Described(Protocol):
    """What says in a few bytes all that results depend on."""

    @property
    def fingerprint(self) -> str:
        """Differs where a result may differ."""


Input = np.ndarray | Sequence[str] | Described | int | float | str | None


@dataclass(frozen=True)
class Computation:
    """A function of rnnkit and its keyword arguments.

    Args:
        function: From inputs to arrays, always the same ones.
        inputs: By name.
    """

    function: Callable[..., Arrays]
    inputs: Mapping[str, Input]

    @cached_property
    def key(self) -> str:
        """All that its result depends on, as one name: inputs, code and libraries."""
        checksum, name = hashlib.sha256(code_checksum().encode()), self.function.__qualname__
        checksum.update(f"{self.function.__module__}.{name}".encode())
        for key, value in sorted(self.inputs.items()):
            about, content = _identity(value)
            checksum.update(f"\n{key} {about} {len(content)}\n".encode())
            checksum.update(content)
        return f"{name.strip('_')}-{checksum.hexdigest()}"

    @property
    def size(self) -> int:
        """Bytes of arrays and characters of texts that it has to read."""
        return sum(_size(value) for value in self.inputs.values())

    def __call__(self) -> Arrays:
        return self.function(**self.inputs)


def _identity(value: Input) -> tuple[str, bytes | memoryview]:
    """What an input is and what is in it, different for all that is different."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype.str} {value.shape}", np.ascontiguousarray(value).data.cast("B")
    if isinstance(value, str | int | float | None):
        return type(value).__name__, repr(value).encode("utf-8", "backslashreplace")
    if isinstance(value, Sequence):
        lengths = hashlib.sha256(np.array([len(text) for text in value], np.int64).tobytes())
        return f"texts {lengths.hexdigest()}", "".join(value).encode("utf-8", "surrogatepass")
    return type(value).__qualname__, value.fingerprint.encode()


def checksum_of(*values: Input) -> str:
    """Different for all that is different."""
    checksum = hashlib.sha256()
    for value in values:
        about, content = _identity(value)
        checksum.update(f"{about} {len(content)}\n".encode())
        checksum.update(content)
    return checksum.hexdigest()


def _size(value: Input) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    return sum(map(len, value)) if isinstance(value, Sequence) else 0


@functools.cache
def code_checksum() -> str:
    """A checksum of rnnkit's sources, and the versions that it runs on: whatever changes in them,
    nothing computed before is taken for what would be computed now.
    """
    versions = [f"{library} {library_version(library)}" for library in LIBRARIES]
    checksum = hashlib.sha256("\n".join([rnnkit.__version__, *versions]).encode())
    package = Path(rnnkit.__file__).parent
    for source in sorted(package.rglob("*.py")):
        checksum.update(f"\n{source.relative_to(package)}\n".encode() + source.read_bytes())
    return checksum.hexdigest()


@dataclass
class Computed:
    """Results of computations.

    Args:
        cache: Where they are kept.
        worth_seconds: What took longer than that is kept.
    """

    cache: Cache = field(default_factory=Cache.of_environment)
    worth_seconds: float = WORTH_SECONDS
    _running: dict[str, BackgroundCall] = field(default_factory=dict, init=False, repr=False)

    def start(self, computations: Iterable[Computation]) -> None:
        """Begins those that are large and not kept, each in a process of its own."""
        if (os.cpu_count() or 1) < 2 or getattr(sys, "frozen", False):
            return
        for computation in computations:
            if computation.size >= LARGE_BYTES and not self.cache.holds(computation.key):
                # where no process can be started, or cannot be given this, it is computed later
                with contextlib.suppress(OSError, pickle.PicklingError, AttributeError, TypeError):
                    running = BackgroundCall(computation.function, computation.inputs)
                    self._running[computation.key] = running

    def close(self) -> None:
        """Ends what still runs."""
        while self._running:
            self._running.popitem()[1].close()

    @stage("baselines")
    def result(self, computation: Computation) -> Arrays:
        """The arrays of a computation."""
        if computation.size < SMALL_BYTES:
            return computation()
        if running := self._running.pop(computation.key, None):
            arrays = running.result()
            if arrays is not None:
                self.cache.put(computation.key, arrays)
                return arrays
            log.info("the background process is gone: its result is computed here")
        kept = self.cache.get(computation.key)
        if kept is not None:
            return kept
        started = time.monotonic()
        arrays = computation()
        if time.monotonic() - started >= self.worth_seconds:
            self.cache.put(computation.key, arrays)
        return arrays
