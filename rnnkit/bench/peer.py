"""A peer: what it needs, and the process that does its work when it is told to."""

from __future__ import annotations

import json
import os
import sys
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from rnnkit.bench.work import PeerLayer, Work
from rnnkit.environment import is_installed
from rnnkit.platform.memory import peak_memory

CHECKED = 1 << 22
"""At most so many numbers of a result are compared."""


Unit = Callable[[], Any]
"""A unit of work: the mean loss of a pass, logits or numbers (rows, ..., classes), or token ids."""


def checked(result: Any) -> np.ndarray:
    """What of a result is compared: the first rows, where it is large."""
    array = np.asarray(result)
    if array.size <= CHECKED:
        return array
    return array[: max(1, CHECKED * len(array) // array.size)]


class Peer(Protocol):
    """What rnnkit is compared with."""

    requires: ClassVar[Mapping[str, str]]
    """What is imported, and what `pip install` calls it."""
    verbs: ClassVar[tuple[str, ...]]
    environment: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def prepare(self, work: Work) -> Unit:
        """Builds the model with these weights; imports the framework."""

    def why_not(self, work: Work) -> str:
        """Why it cannot do this work, whatever the layers; "" where it can."""
        return ""

    def lacks(self, layer: PeerLayer) -> str:
        """What of a layer it does not have; "" where it has all."""
        return ""

    def missing(self) -> list[str]:
        """What has to be installed first, as `pip install` calls it."""
        return [name for module, name in self.requires.items() if not is_installed(module)]


def serve(peer: Peer, folder: Path) -> None:
    """Does a unit of work for each line of standard input, and says in a line of JSON how long it
    took; the first one's result, too.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a framework prints is no answer
    started = time.perf_counter()
    unit = peer.prepare(Work.load(folder))
    for number, _ in enumerate(sys.stdin):
        wall, cpu = time.perf_counter(), time.process_time()
        result = unit()
        answer: dict[str, Any] = {
            "seconds": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
            "peak": peak_memory(),
        }
        if not number:
            path = folder / f"{type(peer).__name__}.npy"
            np.save(path, checked(result))
            answer |= {"result": str(path), "start": wall - started}
        print(json.dumps(answer), file=answers, flush=True)
