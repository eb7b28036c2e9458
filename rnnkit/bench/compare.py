"""Compares contenders, which do the same unit of work in turn."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from rnnkit import backend
from rnnkit.architecture import Layer
from rnnkit.bench import limits, ours
from rnnkit.bench.answers import answer_all, generating
from rnnkit.bench.operations import moved
from rnnkit.bench.peer import Peer, checked
from rnnkit.bench.plain import Plain, plain
from rnnkit.bench.process import PeerProcess
from rnnkit.bench.result import Comparison, Contender
from rnnkit.bench.work import Verb, Work
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError
from rnnkit.names import find_config
from rnnkit.platform.memory import peak_memory
from rnnkit.progress import Progress
from rnnkit.quantities import counted
from rnnkit.registry import lookup
from rnnkit.tasks.capabilities import Generates
from rnnkit.tasks.task import load_task
from rnnkit.workflows.training_lock import training_lock

BUCKETS = "rnnkit, buckets"
OVERRIDES = (
    *("train.optimizer=adam", "train.learning_rate=0.001"),
    *("train.schedule=constant", "train.warmup_steps=0"),
)
UNINTERRUPTED = (
    *("train.average=null", "train.early_stopping=null"),
    "train.checkpoint={every_seconds: null, every_steps: null}",
)


@dataclass(frozen=True)
class Options:
    """The options of a comparison.

    Args:
        against: The names of the peers.
        repeats: The number of measured units of work of each contender.
        steps: The number of steps whose rows are read.
        tokens: The number of tokens that a unit of work generates.
        backend_name: tensorflow or jax, for rnnkit's own training; None for the environment's.
        least_steps: The smallest number of steps of a unit of training, however few the rows.
        buckets: Whether to measure rnnkit also with texts batched by length.
    """

    against: Sequence[str] = ("keras",)
    repeats: int = 5
    steps: int = 20
    tokens: int = 32
    backend_name: str | None = None
    least_steps: int = 20
    buckets: bool = True


@training_lock()
def compare(verb: Verb, config: str, overrides: Sequence[str], options: Options) -> Comparison:
    """Measures rnnkit and its peers on the same work, in turn.

    Args:
        verb: train, predict or generate.
        config: The config of the model and the data.
        overrides: Assignments such as "train.batch_size=128".
        options: The options of the comparison.

    Raises:
        RnnkitError: If a peer is unknown or fails, or lacks something of the config.
    """
    peers = _peers(verb, options.against)
    skipped = {
        name: f"pip install {' '.join(missing)}"
        for name, peer in peers.items()
        if (missing := peer.missing())
    }
    peers = {name: peer for name, peer in peers.items() if name not in skipped}
    if verb == "train":
        backend.available(options.backend_name)
    task = load_task(find_config(config), [*OVERRIDES, *UNINTERRUPTED, *overrides])
    if verb == "generate" and not issubclass(task.predictor_class(), Generates):
        raise RnnkitError(
            config,
            f"generate, of a {task.kind()} config, which does not continue text",
            "Expected a language model or an encoder-decoder, such as fable, ptb_small or"
            " reverse_digits",
            "Compare the verb train or predict",
        )
    model = plain(task, options.steps, verb)
    steps = -(-len(model.reading.inputs) // model.reading.batch_size)
    passes = max(1, options.least_steps // steps) if verb == "train" else 1
    work = model.work(verb, passes, options.tokens)
    _require_same_work(work, peers)
    if verb == "train":
        backend.select(options.backend_name, "cpu")
    with TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        work.write(Path(folder))
        units = dict(_own_units(work, model, Path(folder), options))
        for name, peer in peers.items():
            units[name] = stack.enter_context(PeerProcess(name, peer, Path(folder)))
        numbers = work.loss != "cross_entropy"
        contenders = _measure_in_turn(verb, units, options.repeats, numbers=numbers)
    return Comparison(
        verb,
        _description(work, model.recurrent),
        contenders,
        skipped,
        model.operations() * passes * (3 if verb == "train" else 1),
        moved(model.architecture, work.tokens) if verb == "generate" else 0,
        limits.memory_bandwidth() if verb == "generate" else limits.matrix_product(),
    )


def _peers(verb: Verb, names: Sequence[str]) -> dict[str, Peer]:
    """The peers of these names, all of which support the verb."""
    peers: dict[str, Peer] = {name: lookup("peer", name, "--against")() for name in names}
    for name, peer in peers.items():
        if verb not in peer.verbs:
            expected = f"Expected {' or '.join(peer.verbs)}, all that it does"
            hint = "Leave it out, or compare what it does"
            raise RnnkitError(f"--against {name}", f"found {verb}", expected, hint)
    return peers


def _require_same_work(work: Work, peers: dict[str, Peer]) -> None:
    """Checks that all peers can do the work with all layers."""
    for name, peer in peers.items():
        if reason := peer.why_not(work):
            expected = "Expected peers that do the same work"
            raise RnnkitError(f"--against {name}", reason, expected, "Leave it out of --against")
        for layer in (*work.encoder, *work.layers):
            if missing := peer.lacks(layer):
                raise RnnkitError(
                    f"--against {name}",
                    f"{layer.name}: {missing}",
                    "Expected layers that every peer has",
                    "Leave it out of --against, or change the layer by an override",
                )


def _own_units(
    work: Work, model: Plain, folder: Path, options: Options
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """rnnkit's units of work: at full length as for the peers, and with texts batched by length."""
    in_buckets = options.buckets and model.reading.in_buckets is not None
    if work.verb == "train":
        for name in ("full", "buckets")[: 1 + in_buckets]:
            (folder / name).mkdir()
        yield "rnnkit", ours.Training(model, folder / "full", work.passes, buckets=False)
        if in_buckets:
            run = folder / "buckets"
            yield BUCKETS, ours.Training(model, run, work.passes, buckets=True)
        return
    engine = Engine(model.architecture, model.weights)
    yield "rnnkit", (generating if work.verb == "generate" else answer_all)(engine, work)
    if work.verb == "predict" and in_buckets:
        yield BUCKETS, ours.answering_in_buckets(model)


def _measure_in_turn(
    verb: Verb, units: dict[str, Callable[[], Any]], repeats: int, *, numbers: bool
) -> list[Contender]:
    """Measures all units of work in turn, once for warm-up and then `repeats` times, and compares
    their first results.
    """
    contenders = {name: Contender(name) for name in units}
    results: dict[str, Any] = {}
    progress = Progress("units of work", (repeats + 1) * len(units))
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
            progress.advance(1)
            if not number:
                contender.first = seconds
                if name != BUCKETS:
                    results[name] = checked(result)
                continue
            contender.seconds.append(seconds)
            contender.cpu.append(used)
    for name, result in results.items():
        reference = results["rnnkit"]
        contenders[name].differs = _difference(verb, result, reference, numbers=numbers)
    return list(contenders.values())


def _difference(verb: Verb, result: Any, reference: Any, *, numbers: bool = False) -> float:
    """The relative difference of losses, the largest one of probabilities or numbers, or the number
    of different tokens.
    """
    if verb == "generate":
        return float((np.asarray(result) != np.asarray(reference)).sum())
    if verb == "train":
        return float(abs(result - reference) / abs(reference))
    if numbers:
        return float(abs(result - reference).max() / max(1.0, abs(reference).max()))
    return float(abs(_probabilities(result) - _probabilities(reference)).max())


def _probabilities(logits: np.ndarray) -> np.ndarray:
    wide = logits.astype(np.float64)
    if wide.shape[-1] == 1:
        return 1 / (1 + np.exp(-wide))
    exponentials = np.exp(wide - wide.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _description(work: Work, recurrent: Sequence[Layer]) -> str:
    """The work in words: layers, rows and lengths."""
    layers = ", ".join(f"{layer.name} {layer.outputs[-1]}" for layer in recurrent)
    rows, width = work.inputs.shape[:2]
    if work.verb == "generate":
        past = "carried state" if work.kind != "last" else f"a window of {width}"
        return f"{layers}: {counted(work.tokens, 'token')}, each from {past}"
    source = f" after {work.context.shape[1]} of a source" if work.encoder else ""
    data = f"{layers}: {counted(rows, 'row')} of {counted(width, 'timestep')}{source}"
    if work.verb == "predict":
        return data
    epochs = f", {work.passes} epochs" if work.passes > 1 else ""
    return f"{data}, batches of {work.batch_size}{epochs}"
