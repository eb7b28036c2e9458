"""A comparison: everybody does the same unit of work in turn, and waits while another one does."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np

from rnnkit import backend
from rnnkit.bench import limits, ours
from rnnkit.bench.peer import Peer
from rnnkit.bench.plain import Plain, plain
from rnnkit.bench.process import PeerProcess
from rnnkit.bench.result import Comparison, Contender
from rnnkit.environment import peak_memory
from rnnkit.errors import RnnkitError
from rnnkit.names import find_config
from rnnkit.progress import log
from rnnkit.registry import PEERS, lookup
from rnnkit.tasks.task import load_task
from rnnkit.workflows.turn import turn

Verb = Literal["train", "generate", "predict"]
OVERRIDES = ("train.optimizer=adam", "train.schedule=constant", "train.warmup_steps=0")
UNINTERRUPTED = ("train.average=null", "train.checkpoint={every_seconds: null, every_steps: null}")
LEAST_STEPS = 20
"""Steps of a unit of work of training, however few rows there are."""


@dataclass(frozen=True)
class Options:
    """How a comparison is made.

    Args:
        against: The peers' names.
        repeats: Units of work of each that count.
        steps: Steps whose rows are read.
        tokens: How many are generated in a unit of work.
        backend_name: tensorflow or jax, for rnnkit's own training; None for the environment's.
    """

    against: Sequence[str] = ("keras",)
    repeats: int = 5
    steps: int = 20
    tokens: int = 32
    backend_name: str | None = None


@turn()
def compare(verb: Verb, config: str, overrides: Sequence[str], options: Options) -> Comparison:
    """Everybody does the same work, in turn.

    Args:
        verb: What is done.
        config: Whose model and data.
        overrides: Assignments such as "train.batch_size=128".
        options: With whom, and how often.

    Raises:
        RnnkitError: If a peer is unknown or fails, or the config has what peers do not.
    """
    peers = _peers(verb, options.against)
    skipped = {
        name: f"pip install {' '.join(missing)}"
        for name, peer in peers.items()
        if (missing := peer.missing())
    }
    taking_part = [name for name in peers if name not in skipped]
    if verb == "train":
        backend.available(options.backend_name)
    work = plain(
        load_task(find_config(config), [*OVERRIDES, *UNINTERRUPTED, *overrides]), options.steps
    )
    if verb == "train":
        backend.select(options.backend_name, "cpu")
    steps = -(-len(work.inputs) // min(work.task.train.batch_size, len(work.inputs)))
    passes = max(1, LEAST_STEPS // steps) if verb == "train" else 1
    with TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        work.write(Path(folder), verb, passes, options.tokens)
        units = dict(_own_units(verb, work, Path(folder), passes, options.tokens))
        for name in taking_part:
            process = PeerProcess(name, peers[name], Path(folder))
            stack.callback(process.end)
            units[name] = process
        contenders = _in_turn(verb, units, options.repeats)
    return Comparison(
        verb,
        _in_words(verb, work, passes, options.tokens),
        contenders,
        skipped,
        work.operations() * passes * (3 if verb == "train" else 1),
        4.0 * sum(map(np.size, work.weights.values())) * options.tokens
        if verb == "generate"
        else 0,
        limits.memory_bandwidth() if verb == "generate" else limits.matrix_product(),
    )


def _peers(verb: Verb, names: Sequence[str]) -> dict[str, Peer]:
    if not names:
        raise RnnkitError("--against", "names nobody", f"Expected some of: {', '.join(PEERS)}")
    peers: dict[str, Peer] = {name: lookup("peer", name, "--against")() for name in names}
    for name, peer in peers.items():
        if verb not in peer.verbs:
            expected = f"Expected {' or '.join(peer.verbs)}, all that it does"
            raise RnnkitError(f"--against {name}", f"found {verb}", expected)
    return peers


def _own_units(
    verb: Verb, work: Plain, folder: Path, passes: int, tokens: int
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """At full length, as the peers; and where texts are of unequal length, batched by it."""
    if verb == "generate":
        yield "rnnkit", ours.generating(work, tokens)
        return
    for name, buckets in (("rnnkit", False), ("rnnkit, buckets", True)):
        if buckets and work.texts is None:
            return
        if verb == "train":
            run = folder / ("buckets" if buckets else "full")
            run.mkdir()
            yield name, ours.Training(work, run, passes, buckets=buckets)
        else:
            yield name, ours.answering(work, buckets=buckets)


def _in_turn(verb: Verb, units: dict[str, Callable[[], Any]], repeats: int) -> list[Contender]:
    contenders = {name: Contender(name) for name in units}
    results: dict[str, Any] = {}
    for number in range(repeats + 1):
        for name, unit in units.items():
            wall, cpu = time.perf_counter(), time.process_time()
            result = unit()
            seconds, used = time.perf_counter() - wall, time.process_time() - cpu
            peak = peak_memory()
            if isinstance(unit, PeerProcess):
                seconds, used, peak = (unit.answer[key] for key in ("seconds", "cpu", "peak"))
            contender = contenders[name]
            contender.peak = peak
            if not number:
                contender.first, results[name] = seconds, result
                continue
            contender.seconds.append(seconds)
            contender.cpu.append(used)
        log.info(f"round {number} of {repeats}" if number else "compiled")
    for name, contender in contenders.items():
        if name != "rnnkit, buckets":
            contender.differs = _difference(verb, results[name], results["rnnkit"])
    return list(contenders.values())


def _difference(verb: Verb, result: Any, own: Any) -> float:
    """Of the first losses, relative; of probabilities; of tokens, how many."""
    if verb == "generate":
        return float((np.asarray(result) != np.asarray(own)).sum())
    if verb == "train":
        return float(abs(result - own) / abs(own))
    return float(abs(_probabilities(result) - _probabilities(own)).max())


def _probabilities(logits: np.ndarray) -> np.ndarray:
    wide = logits.astype(np.float64)
    if wide.shape[1] == 1:
        return 1 / (1 + np.exp(-wide))
    shares = np.exp(wide - wide.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def _in_words(verb: Verb, work: Plain, passes: int, tokens: int) -> str:
    layers = ", ".join(f"{layer.kind} {layer.outputs[-1]}" for layer in work.recurrent)
    rows, width = work.inputs.shape
    if verb == "generate":
        return f"{layers}: {tokens} tokens, each from a window of {width}"
    what = f"{layers}: {rows} rows of {width} timesteps"
    if verb == "predict":
        return what
    size = min(work.task.train.batch_size, rows)
    return (
        f"{what}, batches of {size}, {passes} epochs"
        if passes > 1
        else f"{what}, batches of {size}"
    )
