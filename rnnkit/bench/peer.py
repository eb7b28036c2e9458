"""A peer: what it needs, and the process that does its work when it is told to."""

from __future__ import annotations

import json
import os
import sys
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from rnnkit.environment import is_installed
from rnnkit.platform.memory import peak_memory

SEED = 3
"""Tokens of a stream that are continued."""
CHECKED = 1 << 22
"""At most so many numbers of a result are compared."""


@dataclass(frozen=True)
class Work:
    """What everybody does: read from a folder, where `rnnkit.bench.plain` writes it.

    Args:
        verb: train, generate or predict.
        layers: {"cell", "units", "bidirectional", "sequence"} of each recurrent layer.
        kind: One answer for each row ("last"), one at each step ("steps"), or that with states that
            are carried from batch to batch ("stream"), and are zeros before the first one.
        loss: cross_entropy, mse, mae or quantile.
        levels: The quantiles; numbers of the head in turn belong to them.
        classes: The outputs of the dense head; 1 for the logit of the second of two classes.
        batch_size: Rows of a step.
        passes: How often a unit of work reads all rows.
        learning_rate: Of Adam.
        clip_norm: The largest norm of all gradients together; None for no limit.
        tokens: How many tokens a unit of work generates.
        inputs: (rows, timesteps) token ids, or (rows, timesteps, features) numbers.
        targets: (rows,) classes, (rows, timesteps) of them, or (rows, numbers).
        weights: Of the embedding where tokens are read, of each layer and direction, and of the
            head, in Keras' order.
    """

    verb: str
    kind: str
    loss: str
    levels: list[float]
    layers: list[dict[str, Any]]
    classes: int
    batch_size: int
    passes: int
    learning_rate: float
    clip_norm: float | None
    tokens: int
    inputs: np.ndarray
    targets: np.ndarray
    weights: list[np.ndarray]

    @classmethod
    def load(cls, folder: Path) -> Work:
        settings = json.loads((folder / "work.json").read_text(encoding="utf-8"))
        with np.load(folder / "work.npz") as arrays:
            weights = [arrays[f"weight_{index}"] for index in range(len(arrays.files) - 2)]
            inputs, targets = arrays["inputs"], arrays["targets"]
        return cls(**settings, inputs=inputs, targets=targets, weights=weights)

    @property
    def reads_tokens(self) -> bool:
        return self.inputs.ndim == 2

    @property
    def features(self) -> int:
        """Numbers of a step that the first recurrent layer reads."""
        size: int = self.weights[0].shape[1] if self.reads_tokens else self.inputs.shape[2]
        return size

    @property
    def is_binary(self) -> bool:
        return self.loss == "cross_entropy" and self.classes == 1

    @property
    def seed(self) -> np.ndarray:
        """What is continued: a whole window, or the first tokens of a stream, (1, tokens)."""
        return self.inputs[:1, :SEED] if self.kind == "stream" else self.inputs[:1]

    @property
    def vocabulary(self) -> int:
        return len(self.weights[0])

    def recurrent_weights(self) -> list[list[np.ndarray]]:
        """Kernel, recurrent kernel and bias of each direction of each layer."""
        inner = self.weights[self.reads_tokens : -2]
        return [inner[start : start + 3] for start in range(0, len(inner), 3)]


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
    kinds: ClassVar[tuple[str, ...]] = ("last", "steps", "stream")
    environment: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def prepare(self, work: Work) -> Unit:
        """Builds the model with these weights; imports the framework."""

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
