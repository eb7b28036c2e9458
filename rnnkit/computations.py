"""Long computations that depend on nothing but their inputs: their results come from the cache,
from a background process that started earlier, or are computed now.
"""

from __future__ import annotations

import contextlib
import pickle
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from rnnkit.background_call import BackgroundCall
from rnnkit.cache import Cache
from rnnkit.checksums import Input, checksum_of, code_checksum
from rnnkit.piped_process import can_run_in_parallel
from rnnkit.progress import log
from rnnkit.stage_times import stage

SMALL_BYTES = 100_000  # of inputs; below, computing is faster than looking up
LARGE_BYTES = 2_000_000  # of inputs; above, computing takes longer than starting a process
WORTH_SECONDS = 0.1  # results that take less time are not kept

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Work:
    """A piece of work, identified by everything that its result depends on.

    Args:
        name: What is computed.
        inputs: What it is computed from, by name.
    """

    name: str
    inputs: Mapping[str, Input]

    @cached_property
    def key(self) -> str:
        """The name of its result: a checksum of inputs, code and libraries."""
        inputs = [part for named in sorted(self.inputs.items()) for part in named]
        checksum = checksum_of(code_checksum(), self.name, *inputs)
        return f"{self.name.rpartition('.')[2].strip('_')}-{checksum}"

    @property
    def size(self) -> int:
        """How much it reads: bytes of arrays plus characters of texts."""
        return sum(_size(value) for value in self.inputs.values())


@dataclass(frozen=True)
class Computation:
    """A function of rnnkit with its keyword arguments, which another process can run.

    Args:
        function: A pure function from inputs to arrays.
        inputs: Its keyword arguments.
    """

    function: Callable[..., Arrays]
    inputs: Mapping[str, Input]

    @cached_property
    def work(self) -> Work:
        """The function and its inputs as work with a key."""
        return Work(f"{self.function.__module__}.{self.function.__qualname__}", self.inputs)

    @property
    def key(self) -> str:
        """The name of its result."""
        return self.work.key

    @property
    def size(self) -> int:
        """How much it reads, as in `Work`."""
        return self.work.size

    def __call__(self) -> Arrays:
        return self.function(**self.inputs)


@dataclass
class CachedResult:
    """The place of one result in a cache: a caller that finds nothing there does the work and puts
    the result there.

    Args:
        cache: Where results are kept.
        work: What is computed.
        worth_seconds: Results that took less time are not kept.
    """

    cache: Cache
    work: Work
    worth_seconds: float = WORTH_SECONDS
    _started: float = field(default=0.0, init=False, repr=False)

    def get(self) -> Arrays | None:
        """The result; None if it is not kept, or is computed faster than looked up."""
        arrays = self.cache.get(self.work.key) if self._is_worth_a_look else None
        self._started = time.monotonic()
        return arrays

    def put(self, arrays: Arrays) -> None:
        """Keeps the result if the work, since `get`, took long enough."""
        if self._is_worth_a_look and time.monotonic() - self._started >= self.worth_seconds:
            self.cache.put(self.work.key, arrays)

    @property
    def _is_worth_a_look(self) -> bool:
        return self.cache.folder is not None and self.work.size >= SMALL_BYTES


def _size(value: Input) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    return sum(map(len, value)) if isinstance(value, Sequence) else 0


@dataclass
class ComputedResults:
    """Results of computations, from the cache, a background process or computed now.

    Args:
        cache: Where they are kept.
        worth_seconds: Results that took less time are not kept.
    """

    cache: Cache = field(default_factory=Cache.of_environment)
    worth_seconds: float = WORTH_SECONDS
    _running: dict[str, BackgroundCall] = field(default_factory=dict, init=False, repr=False)

    def start(self, computations: Iterable[Computation]) -> None:
        """Starts those that are large and not cached, each in a background process."""
        if not can_run_in_parallel():
            return
        for computation in computations:
            if computation.size >= LARGE_BYTES and not self.cache.holds(computation.key):
                # if no process can be started, or the inputs cannot be pickled, it runs later
                with contextlib.suppress(OSError, pickle.PicklingError, AttributeError, TypeError):
                    running = BackgroundCall(computation.function, computation.inputs)
                    self._running[computation.key] = running

    def close(self) -> None:
        """Kills the processes that still run."""
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
        cached = self.cached(computation.work)
        if (arrays := cached.get()) is not None:
            return arrays
        arrays = computation()
        cached.put(arrays)
        return arrays

    def cached(self, work: Work) -> CachedResult:
        """The cache's place for a result that the caller computes if it is missing."""
        return CachedResult(self.cache, work, self.worth_seconds)
