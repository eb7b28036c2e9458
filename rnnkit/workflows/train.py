"""The story of a training: config, data, model, fit, save, score."""

from __future__ import annotations

import contextlib
import logging
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from signal import Signals
from typing import Any

import numpy as np

from rnnkit import backend
from rnnkit.architecture import Architecture
from rnnkit.config import dump_config, find_config, load_config
from rnnkit.engine.forward import Engine
from rnnkit.errors import RUN_FAILED, RnnkitError
from rnnkit.models.layers.embedding import Embedding
from rnnkit.progress import log
from rnnkit.registry import name_of
from rnnkit.run import RunFolder, find_run
from rnnkit.storage import read_json, write_bytes, write_text
from rnnkit.tasks.task import Evaluation
from rnnkit.workflows.answer import KerasAnswers, load_trained, open_run
from rnnkit.workflows.evaluate import evaluate_parts, keep_scores

# settings of `train` that say when, not how
ENDS_ONLY = ("epochs", "max_steps", "early_stopping", "checkpoint")
SMOKE = ("train.epochs=1", "train.max_steps=3")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Training:
    """What came of a training.

    Args:
        run: Its folder.
        best: Which weights were kept, in words.
        evaluations: Scores beside baselines; empty where a signal stopped it.
        signal: The signal that stopped it, if one did.
        next_command: What to type next.
    """

    run: RunFolder
    best: str
    evaluations: list[Evaluation]
    signal: int | None
    next_command: str


def train(
    name: str,
    overrides: Sequence[str] = (),
    *,
    smoke: bool = False,
    init_from: str | None = None,
    device: str = "auto",
    backend_name: str | None = None,
    say: Say,
    callbacks: Sequence[Any] = (),
) -> Training:
    """Trains what a config describes, in a new run folder.

    Args:
        name: A config's path, or the name of a shipped one.
        overrides: Assignments such as "train.epochs=3".
        smoke: A few steps on a small built-in sample.
        init_from: A run whose vocabulary and weights the training starts from.
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the environment's.
        say: Called with each line about the progress.
        callbacks: Further keras callbacks.
    """
    path = find_config(name)
    config = load_config(path, [*overrides, *(SMOKE if smoke else ())])
    backend.available(backend_name)
    start = _start_from(init_from, config) if init_from else None
    data = config.load_data(sample=smoke, codec=start.codec if start else None)
    architecture = config.architecture(data.codec)
    notes: list[str] = []
    initial = (
        _taken_over(start, config, architecture, notes)
        if start
        else config.initial_weights(data, notes.append)
    )
    backend.select(backend_name, device)
    run = RunFolder.create(
        path.parent.name if path.name == "config.yaml" else path.stem,
        dump_config(config),
        sample=smoke,
    )
    with run.lock():
        data.save(run)
        return _train(
            config,
            data,
            architecture,
            run,
            [*data.describe(), *notes],
            initial=initial,
            say=say,
            callbacks=callbacks,
        )


@dataclass(frozen=True)
class Start:
    """What a training takes over from another run."""

    run: RunFolder
    codec: Any
    weights: dict[str, np.ndarray]


def _start_from(name: str, config: Any) -> Start:
    run = find_run(name, [config.kind()])
    other, codec, _, weights = open_run(run)
    inputs = [
        name_of("input", type(getattr(task.model, "embedding", None))) for task in (other, config)
    ]
    if inputs[0] != inputs[1]:
        got = f"{run} reads its data by {inputs[0]}, the config by {inputs[1]}"
        raise RnnkitError(
            "--init-from", got, "Expected the same model.embedding", f"Start from {run.config}"
        )
    for key, tokenizer in other.tokenizers().items():
        if tokenizer != config.tokenizers()[key]:
            kinds = [
                name_of("tokenizer", type(spec)) for spec in (tokenizer, config.tokenizers()[key])
            ]
            got = (
                f"{run} cuts texts by {kinds[0]}, the config by {kinds[1]}"
                if kinds[0] != kinds[1]
                else f"{run} has other settings of {kinds[0]}"
            )
            raise RnnkitError(
                "--init-from",
                got,
                f"Expected the same {key}: the vocabulary is taken over",
                f"Start from {run.config}",
            )
    return Start(run, codec, weights)


def _taken_over(
    start: Start, config: Any, architecture: Architecture, notes: list[str]
) -> dict[str, np.ndarray]:
    """The other run's weights, where they are those that the config asks for."""
    wanted = architecture.weight_shapes()
    for name in sorted(wanted.keys() | start.weights.keys()):
        found = start.weights[name].shape if name in start.weights else None
        if found != wanted.get(name):
            got = (
                f"{name}: {start.run} has {found or 'no such weight'}, the config"
                f" {wanted.get(name) or 'no such weight'}"
            )
            raise RnnkitError(
                "--init-from", got, "Expected the same layers", f"Start from {start.run.config}"
            )
    notes.append(f"weights and vocabulary of {start.run}")
    first = getattr(config.model, "embedding", None)
    if isinstance(first, Embedding) and (first.path or first.from_texts):
        notes.append(
            f"{first.place}: the vectors are those of {start.run} too;"
            f" {first.path or 'the training texts'} gave none"
        )
    return start.weights


def resume(
    name: str,
    overrides: Sequence[str] = (),
    *,
    device: str = "auto",
    backend_name: str | None = None,
    say: Say,
    callbacks: Sequence[Any] = (),
) -> Training:
    """Goes on with a run from its newest checkpoint, at the very step.

    Args:
        name: A run's folder, or its name.
        overrides: Assignments to `train`, such as "train.epochs=20"; they are kept in the run's
            config.

    Raises:
        RnnkitError: If the run has no checkpoint, or if its data changed.
    """
    run = RunFolder.open(name)
    for override in overrides:
        if not override.startswith("train."):
            raise RnnkitError(
                f"command line: {override}",
                "cannot be changed in a resumed run",
                "Expected train.KEY=VALUE",
                "Train anew",
            )
    if not any(run.checkpoints.glob("step-*")):
        raise RnnkitError(
            str(run.checkpoints), "no checkpoint", "Expected one to go on from", "Train anew"
        )
    backend_name = backend_name or read_json(run.environment, "backend")["backend"]
    backend.available(backend_name)
    config = run.load_config(overrides)
    codec = config.load_codec(run)
    data = config.load_data(sample=run.uses_sample, codec=codec)
    architecture = config.architecture(codec)
    for override in overrides:
        if override.partition("=")[0].split(".")[1] not in ENDS_ONLY:
            say(f"{override}: the run goes on with it, but not as if it had been so from the start")
    backend.select(backend_name, device)
    with run.lock():
        return _train(
            config,
            data,
            architecture,
            run,
            data.describe(),
            initial=None,
            say=say,
            callbacks=callbacks,
        )


def _train(
    config: Any,
    data: Any,
    architecture: Architecture,
    run: RunFolder,
    described: Sequence[str],
    *,
    initial: dict[str, np.ndarray] | None,
    say: Say,
    callbacks: Sequence[Any],
) -> Training:
    """From the model on; `initial` are the weights that do not start at random, None where a
    checkpoint has them all.
    """
    from rnnkit.models.build import build_model, build_stream, get_weights, set_weights
    from rnnkit.training.callbacks import Bar, EpochLines, Samples
    from rnnkit.training.checkpoint import load_checkpoint
    from rnnkit.training.fit import Fit
    from rnnkit.training.tensorboard import TensorBoard

    say = _also_in_the_log(run, say)
    say(f"{config.kind()} in {run}")
    if run.uses_sample:
        say(
            "a smoke run: a few steps on the small sample that comes with rnnkit, not on the"
            " data set"
        )
    for line in described:
        say(line)
    backend.seed(config.train.random_seed)
    model = (build_stream if architecture.carries_state else build_model)(architecture)
    if initial:
        set_weights(model, architecture, get_weights(model, architecture) | initial)
    say(f"{model.count_params():,} parameters")
    for line in config.cautions(data, model.count_params()):
        say(line)
    fit = Fit(
        model,
        config.objective(data.codec),
        config.epoch_metrics,
        data.train,
        data.validation,
        config.train,
        run,
        identity={"data": data.fingerprint, "architecture": repr(architecture.weight_shapes())},
        states=(
            [
                tuple(size or 0 for size in shape)
                for shapes in architecture.states().values()
                for shape in shapes
            ]
            if architecture.carries_state
            else []
        ),
    )
    if initial is None:
        with _remarks_to(say):
            fit.restore(load_checkpoint(run.checkpoints))
        if fit.is_complete:
            done = f"{fit.progress.epoch} of {config.train.epochs} epochs are done"
            say(
                f"nothing left to train: {done}; raise train.epochs (or train.max_steps, or"
                " train.early_stopping.patience)"
            )
        else:
            # only now: a config that does not fit the checkpoint must not stay
            write_text(run.config, dump_config(config))
            say(f"going on after step {fit.progress.step}, in epoch {fit.progress.epoch + 1}")

    def sample() -> str:
        """What the model says at present, as a person would ask it; by NumPy where it can, because
        keras outside a compiled step is slow.
        """
        weights = get_weights(model, architecture)
        answers = (
            KerasAnswers(architecture, weights)
            if Engine.unsupported(architecture)
            else Engine(architecture, weights)
        )
        with np.errstate(all="ignore"):  # a model that is about to diverge is told of by its loss
            text: str = config.sample(answers, data)
        return text

    samples = Samples(run.samples, sample)
    shown: list[Any] = [
        samples,
        TensorBoard(
            run.tensorboard, lambda: get_weights(model, architecture), lambda: samples.latest
        ),
        *callbacks,
    ]
    if sys.stderr.isatty():
        bar = Bar(fit.progress.step, fit.total_steps)
        say = _also_in_the_log(run, bar.print)
        shown.append(bar)
    with _remarks_to(say):
        signal = fit.go([*shown, EpochLines()])
    fit.load_best_weights()
    weights = get_weights(model, architecture)
    score = fit.monitor.best_score(fit.progress)
    best = {"epoch": fit.progress.best_epoch, "monitor": fit.monitor.column, "value": score}
    run.save_weights(
        weights,
        {"task": config.kind(), "best": best, "steps": fit.progress.step, "data": data.fingerprint},
    )
    export_keras(architecture, weights, run)
    kept = "no whole epoch: the last weights are kept"
    if best["value"] is not None:
        kept = (
            f"best weights: epoch {best['epoch']} of {fit.progress.epoch}, {best['monitor']}"
            f" {best['value']:.4f}"
        )
    if signal:
        kept = (
            f"stopped by {Signals(signal).name} after step {fit.progress.step} of"
            f" {fit.total_steps}; {kept}"
        )
        return Training(run, kept, [], signal, f"rnnkit train {shlex.quote(str(run))} --resume")
    trained = load_trained(run, say)
    data.codec = config.calibrate(trained.outputs, data)
    data.save(run)
    evaluations = evaluate_parts(trained, data, say=say)
    keep_scores(run, evaluations, say)
    return Training(run, kept, evaluations, None, config.next_command(run, data))


def export_keras(architecture: Architecture, weights: dict[str, Any], run: RunFolder) -> None:
    """Writes model.keras: keras' own classes alone, without optimizer, so that it opens
    anywhere."""
    from rnnkit.models.build import build_model, set_weights

    twin = build_model(architecture.for_export())
    set_weights(twin, architecture, weights)
    temporary = run.path / ".export.keras"
    try:
        twin.save(temporary)
        write_bytes(run.keras_export, temporary.read_bytes())
    except OSError as error:
        hint = f"Free some space, then write it anew with `rnnkit train {run} --resume`"
        raise RnnkitError(
            str(run.keras_export),
            f"not written: {error.strerror or error}",
            "",
            hint,
            exit_code=RUN_FAILED,
        ) from None
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _remarks_to(say: Say) -> Iterator[None]:
    """Says what is logged inside."""
    handler, level = logging.Handler(), log.level
    handler.emit = lambda record: say(record.getMessage())  # type: ignore[method-assign]
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


def _also_in_the_log(run: RunFolder, say: Say) -> Say:
    """Says every line, and keeps it with its time in training.log."""

    def both(line: str) -> None:
        say(line)
        # A full disk is told of by what matters more: the checkpoints.
        with contextlib.suppress(OSError), open(run.log, "a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")

    return both
