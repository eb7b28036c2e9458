"""The interface of a peer, and the loop of its process."""

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

MAX_CHECKED = 1 << 22
"""The largest number of values of a result that are compared."""


Unit = Callable[[], Any]
"""A unit of work, which returns the mean loss of the first pass, logits or numbers
(rows, ..., classes), or token ids.
"""


def checked(result: Any) -> np.ndarray:
    """The values of a result that are compared: the first rows, if it is large."""
    array = np.asarray(result)
    if array.size <= MAX_CHECKED:
        return array
    return array[: max(1, MAX_CHECKED * len(array) // array.size)]


class Peer(Protocol):
    """A library that rnnkit is compared with."""

    requires: ClassVar[Mapping[str, str]]
    """The modules that it imports, with their names for `pip install`."""
    verbs: ClassVar[tuple[str, ...]]
    """The verbs that it supports."""
    environment: ClassVar[Mapping[str, str]] = {}
    """Environment variables of its process."""

    @abstractmethod
    def prepare(self, work: Work) -> Unit:
        """Imports the framework, and builds the model with the weights of the work."""

    def why_not(self, work: Work) -> str:
        """Why the peer cannot do this work, whatever the layers; "" if it can."""
        return ""

    def lacks(self, layer: PeerLayer) -> str:
        """The setting of a layer that the peer does not support; "" if it supports the layer."""
        return ""

    def missing(self) -> list[str]:
        """The packages to install first, by their names for `pip install`."""
        return [name for module, name in self.requires.items() if not is_installed(module)]


def serve(peer: Peer, folder: Path) -> None:
    """Does a unit of work for each line of standard input, and prints its duration as a line of
    JSON; the first result is written to a file in the folder.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # frameworks print to standard error instead
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
