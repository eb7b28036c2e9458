"""What Python users call."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from rnnkit.metrics.anomalies import EventScores
from rnnkit.run import RunFolder, find_run
from rnnkit.tasks.task import Evaluation
from rnnkit.workflows import evaluate as _evaluate
from rnnkit.workflows import forecast as _forecast
from rnnkit.workflows import generate as _generate
from rnnkit.workflows import predict as _predict
from rnnkit.workflows import train as _train
from rnnkit.workflows.answer import build_with_weights, open_run

__all__ = [
    "Run",
    "evaluate",
    "generate",
    "generate_samples",
    "load_run",
    "predict",
    "predict_file",
    "train",
]


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class Run:
    """A trained run.

    Args:
        folder: Its run folder.
    """

    def __init__(self, folder: RunFolder):
        self.folder = folder

    @property
    def path(self) -> Path:
        """The run folder."""
        return self.folder.path

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    @cached_property
    def config(self) -> Any:
        """The checked config, an instance of its task's class."""
        return self.folder.load_config()

    @cached_property
    def model(self) -> Any:
        """The keras.Model with the best weights."""
        _, _, architecture, weights = open_run(self.folder)
        return build_with_weights(architecture, weights)

    def generate(self, seed: str, **options: Any) -> str:
        """The seed and its continuation; options as in `generate`."""
        return generate(seed, run=str(self.folder.path), **options)

    def predict(self, text: str, top: int = 5) -> list[Any]:
        """The run's answer to a text, best first; see `workflows.predict`."""
        return predict(text, run=str(self.folder.path), top=top)

    def predict_file(
        self,
        source: str | None,
        output: str,
        *,
        column: str | None = None,
        horizon: int | None = None,
        plot: str | None = None,
        overwrite: bool = False,
    ) -> int:
        """Answers every row of a table, or tells what comes after a series; see
        `workflows.predict_file`.
        """
        return predict_file(
            source,
            output,
            run=str(self.folder.path),
            column=column,
            horizon=horizon,
            plot=plot,
            overwrite=overwrite,
        )

    def anomalies(
        self,
        source: str | None = None,
        *,
        threshold: float = _forecast.THRESHOLD,
        windows: str | None = None,
        output: str | None = None,
        plot: str | None = None,
        overwrite: bool = False,
    ) -> tuple[list[_forecast.Event], EventScores | None]:
        """Where a series was not as this forecaster expected; see
        `workflows.forecast.find_anomalies`.
        """
        path = str(self.folder.path)
        return _forecast.find_anomalies(
            path,
            source,
            output,
            threshold=threshold,
            windows=windows,
            plot=plot,
            overwrite=overwrite,
            say=_to_stderr,
        )

    def evaluate(self, *parts: str, file: str | None = None, errors: int = 0) -> list[Evaluation]:
        """Scores beside baselines, on the named parts of the data or on a file; with so many of the
        most confident mistakes.
        """
        return evaluate(*parts, run=str(self.folder.path), file=file, errors=errors)


def load_run(name: str | None = None) -> Run:
    """The run at a path or of a name; without one, the newest.

    Raises:
        RnnkitError: If there is none.
    """
    return Run(find_run(name))


def train(
    config: str,
    *overrides: str,
    smoke: bool = False,
    init_from: str | None = None,
    device: str = "auto",
    backend: str | None = None,
    callbacks: Sequence[Any] = (),
    say: Callable[[str], None] = _to_stderr,
) -> Run:
    """Trains a config in a new run folder.

    Args:
        config: Its path, or the name of a shipped one.
        overrides: Assignments such as "train.epochs=3".
        smoke: A few steps on a small sample.
        init_from: A run whose vocabulary and weights the training starts from.
        device: auto, cpu or gpu.
        backend: tensorflow or jax.
        callbacks: Further keras callbacks.
        say: Called with each line about the progress.

    Raises:
        RnnkitError: If something that was named is wrong.

    Example:
        run = rnnkit.train("fable")
        run.generate("had a general")
    """
    training = _train.train(
        config,
        overrides,
        smoke=smoke,
        init_from=init_from,
        device=device,
        backend_name=backend,
        say=say,
        callbacks=callbacks,
    )
    return Run(training.run)


def evaluate(
    *parts: str, run: str | None = None, file: str | None = None, errors: int = 0
) -> list[Evaluation]:
    """Scores beside baselines, on the named parts of a run's data or on a file; see
    `workflows.evaluate`.
    """
    return _evaluate.evaluate(run, parts, file=file, errors=errors, warn=_to_stderr)


def generate(
    seed: str = "",
    *,
    run: str | None = None,
    oov: _generate.Oov = "error",
    condition: str | None = None,
    **options: Any,
) -> str:
    """The seed and its continuation by a run (the newest language model where None).

    Args:
        seed: The text to continue.
        run: A run's folder or name.
        oov: What becomes of unknown words: "error", "skip" or "unk".
        condition: What the text is conditioned on, where the run asks for it: a label, or numbers
            such as "0.3 1.2".
        options: Any key of the `generate:` section, such as temperature=0.8.

    Raises:
        RnnkitError: If there is no such run, an option is unknown, or the seed is too short or has
            unknown words.
    """
    return (
        _generate.Generator.open(run, options, oov=oov, condition=condition, warn=_to_stderr)
        .samples(seed)[0]
        .text
    )


def generate_samples(
    seed: str,
    num_samples: int,
    *,
    run: str | None = None,
    oov: _generate.Oov = "error",
    condition: str | None = None,
    **options: Any,
) -> list[str]:
    """Several continuations in one batch; arguments as of `generate`."""
    made = _generate.Generator.open(
        run, {**options, "num_samples": num_samples}, oov=oov, condition=condition, warn=_to_stderr
    ).samples(seed)
    return [generated.text for generated in made]


def predict(text: str, *, run: str | None = None, top: int = 5) -> list[Any]:
    """A run's answer to a text, best first; see `workflows.predict`."""
    return _predict.predict(run, text, top=top, warn=_to_stderr)


def predict_file(
    source: str | None,
    output: str,
    *,
    run: str | None = None,
    column: str | None = None,
    horizon: int | None = None,
    plot: str | None = None,
    overwrite: bool = False,
) -> int:
    """Answers every row of a table, how many were answered; of a forecaster, tells what comes after
    a series. See `workflows.predict_file`.
    """
    return _predict.predict_file(
        run,
        source,
        output,
        column=column,
        horizon=horizon,
        plot=plot,
        overwrite=overwrite,
        say=_to_stderr,
    )
