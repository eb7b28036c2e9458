"""Computations that take long and depend on nothing but their inputs: taken from the cache, from a
process that began earlier, or done now.
"""

from __future__ import annotations

import contextlib
import pickle
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from rnnkit.background import BackgroundCall
from rnnkit.cache import Cache
from rnnkit.checksums import Input, checksum_of, code_checksum
from rnnkit.piped import runs_beside
from rnnkit.progress import log
from rnnkit.stages import stage

SMALL_BYTES = 100_000  # of inputs; what they give is computed sooner than it is found
LARGE_BYTES = 2_000_000  # of inputs; what they give takes longer than to start a process
WORTH_SECONDS = 0.1  # what is computed sooner than that is not kept

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Work:
    """Something that is computed, by all that its result depends on.

    Args:
        name: What is done.
        inputs: With what, by name.
    """

    name: str
    inputs: Mapping[str, Input]

    @cached_property
    def key(self) -> str:
        """All that its result depends on, as one name: inputs, code and libraries."""
        inputs = [part for named in sorted(self.inputs.items()) for part in named]
        checksum = checksum_of(code_checksum(), self.name, *inputs)
        return f"{self.name.rpartition('.')[2].strip('_')}-{checksum}"

    @property
    def size(self) -> int:
        """Bytes of arrays and characters of texts that it has to read."""
        return sum(_size(value) for value in self.inputs.values())


@dataclass(frozen=True)
class Computation:
    """A function of rnnkit and its keyword arguments, which another process can be given.

    Args:
        function: From inputs to arrays, always the same ones.
        inputs: By name.
    """

    function: Callable[..., Arrays]
    inputs: Mapping[str, Input]

    @cached_property
    def work(self) -> Work:
        """What is done, and with what."""
        return Work(f"{self.function.__module__}.{self.function.__qualname__}", self.inputs)

    @property
    def key(self) -> str:
        """That of its work."""
        return self.work.key

    @property
    def size(self) -> int:
        """That of its work."""
        return self.work.size

    def __call__(self) -> Arrays:
        return self.function(**self.inputs)


@dataclass
class Kept:
    """The place of a result in a cache: who finds nothing there does the work, and puts it there.

    Args:
        cache: Where results are kept.
        work: What is done.
        worth_seconds: What took longer than that is kept.
    """

    cache: Cache
    work: Work
    worth_seconds: float = WORTH_SECONDS
    _asked: float = field(default=0.0, init=False, repr=False)

    def get(self) -> Arrays | None:
        """The result; None where it is not kept, or is sooner computed than found."""
        arrays = self.cache.get(self.work.key) if self._is_worth_a_look else None
        self._asked = time.monotonic()
        return arrays

    def put(self, arrays: Arrays) -> None:
        """Keeps the result, where the work took long since it was asked for."""
        if self._is_worth_a_look and time.monotonic() - self._asked >= self.worth_seconds:
            self.cache.put(self.work.key, arrays)

    @property
    def _is_worth_a_look(self) -> bool:
        return self.cache.folder is not None and self.work.size >= SMALL_BYTES


def _size(value: Input) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    return sum(map(len, value)) if isinstance(value, Sequence) else 0


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
        if not runs_beside():
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
        kept = self.kept(computation.work)
        if (found := kept.get()) is not None:
            return found
        arrays = computation()
        kept.put(arrays)
        return arrays

    def kept(self, work: Work) -> Kept:
        """The place of a result that the caller computes where it is not there."""
        return Kept(self.cache, work, self.worth_seconds)
