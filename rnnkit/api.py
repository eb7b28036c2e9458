"""What Python users call."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnkit.errors import at
from rnnkit.metrics.anomalies import EventScores
from rnnkit.progress import to_stderr
from rnnkit.run import RunFolder
from rnnkit.tasks.capabilities import Oov
from rnnkit.tasks.evaluation import Evaluation
from rnnkit.tasks.predictor import Answers
from rnnkit.tasks.task import Task
from rnnkit.workflows import anomalies as _anomalies
from rnnkit.workflows import evaluate as _evaluate
from rnnkit.workflows import forecast as _forecast
from rnnkit.workflows import generate as _generate
from rnnkit.workflows import predict as _predict
from rnnkit.workflows import train as _train
from rnnkit.workflows.keras_outputs import build_with_weights
from rnnkit.workflows.trained import Trained, find_trained, load_trained, open_run

if TYPE_CHECKING:
    import keras

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


class Run:
    """A trained run; it is opened once, when it is first asked.

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
    def trained(self) -> Trained:
        """The run, ready to answer."""
        to_stderr()
        return load_trained(self.folder)

    @property
    def config(self) -> Task:
        """The checked config, an instance of its task's class."""
        return self.trained.task

    @cached_property
    def model(self) -> keras.Model:
        """The keras.Model with the best weights."""
        _, _, architecture, weights = open_run(self.folder)
        return build_with_weights(architecture, weights)

    def generate(self, seed: str, **options: Any) -> str:
        """The seed and its continuation; options as in `generate`."""
        return generate(seed, run=str(self.folder.path), **options)

    def predict(self, text: str, top: int = 5) -> Answers:
        """The run's answer to a text, best first; see `workflows.predict`."""
        return _predict.answer_text(self.trained.predictor, text, top)

    def predict_file(
        self, source: str, output: str, *, column: str | None = None, overwrite: bool = False
    ) -> int:
        """Answers every record of a file; see `workflows.predict.predict_file`."""
        run = str(self.folder.path)
        return predict_file(source, output, run=run, column=column, overwrite=overwrite)

    def forecast(
        self,
        source: str | None = None,
        *,
        output: str,
        horizon: int | None = None,
        plot: str | None = None,
        overwrite: bool = False,
    ) -> int:
        """Writes what comes after a series; see `workflows.forecast.forecast`."""
        to_stderr()
        run = str(self.folder.path)
        return _forecast.forecast(
            run, source, output, horizon=horizon, plot=plot, overwrite=overwrite
        )

    def anomalies(
        self,
        source: str | None = None,
        *,
        threshold: float = _anomalies.THRESHOLD,
        windows: str | None = None,
        output: str | None = None,
        plot: str | None = None,
        overwrite: bool = False,
    ) -> tuple[list[_anomalies.Event], EventScores | None]:
        """Where a series was not as expected; see `workflows.anomalies.find_anomalies`."""
        to_stderr()
        return _anomalies.find_anomalies(
            str(self.folder.path),
            source,
            output,
            threshold=threshold,
            windows=windows,
            plot=plot,
            overwrite=overwrite,
        )

    def evaluate(self, *parts: str, file: str | None = None, errors: int = 0) -> list[Evaluation]:
        """Scores compared with baselines, on the named parts of the data or on a file; with so many
        of the most confident mistakes.
        """
        return evaluate(*parts, run=str(self.folder.path), file=file, errors=errors)


def load_run(name: str | None = None) -> Run:
    """The run at a path or of a name; without one, the newest.

    Raises:
        RnnkitError: If there is none.
    """
    return Run(find_trained(name))


def train(
    config: str,
    *overrides: str,
    smoke: bool = False,
    init_from: str | None = None,
    device: str = "auto",
    backend: str | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Run:
    """Trains a config in a new run folder. Progress goes to the logger "rnnkit".

    Args:
        config: Its path, or the name of a shipped one.
        overrides: Assignments such as "train.epochs=3".
        smoke: A few steps on a small sample.
        init_from: A run whose vocabulary and weights the training starts from.
        device: auto, cpu or gpu.
        backend: tensorflow or jax.
        callbacks: Further keras callbacks.

    Raises:
        RnnkitError: If an argument is wrong.

    Example:
        run = rnnkit.train("fable")
        run.generate("had a general")
    """
    to_stderr()
    training = _train.train(
        config,
        overrides,
        smoke=smoke,
        init_from=init_from,
        device=device,
        backend_name=backend,
        callbacks=callbacks,
    )
    return Run(training.run)


def evaluate(
    *parts: str, run: str | None = None, file: str | None = None, errors: int = 0
) -> list[Evaluation]:
    """Scores compared with baselines, on the named parts of a run's data or on a file; see
    `workflows.evaluate`.
    """
    to_stderr()
    return _evaluate.evaluate(run, parts, file=file, errors=errors)


def generate(
    seed: str = "",
    *,
    run: str | None = None,
    oov: Oov = "error",
    condition: str | None = None,
    **options: Any,
) -> str:
    """The seed and its continuation by a run (the newest that generates text where None).

    Args:
        seed: The text to continue.
        run: A run's folder or name.
        oov: How out-of-vocabulary words are handled: "error", "skip" or "unk".
        condition: What the text is conditioned on, where the run asks for it: a label, or numbers
            such as "0.3 1.2".
        options: Any key of the `generate:` section, such as temperature=0.8.

    Raises:
        RnnkitError: If there is no such run, an option is unknown, or the seed is too short or has
            unknown words.
    """
    to_stderr()
    generator = _generate.Generator.open(run, options, oov=oov, condition=condition)
    with at("seed"):
        return generator.samples(seed)[0].text


def generate_samples(
    seed: str,
    num_samples: int,
    *,
    run: str | None = None,
    oov: Oov = "error",
    condition: str | None = None,
    **options: Any,
) -> list[str]:
    """Several continuations in one batch; arguments as of `generate`."""
    to_stderr()
    with_count = {**options, "num_samples": num_samples}
    generator = _generate.Generator.open(run, with_count, oov=oov, condition=condition)
    with at("seed"):
        return [generated.text for generated in generator.samples(seed)]


def predict(text: str, *, run: str | None = None, top: int = 5) -> Answers:
    """A run's answer to a text, best first; see `workflows.predict`."""
    to_stderr()
    return _predict.predict(run, text, top=top)


def predict_file(
    source: str,
    output: str,
    *,
    run: str | None = None,
    column: str | None = None,
    overwrite: bool = False,
) -> int:
    """Answers every record of a file; how many were answered. See `workflows.predict_file`."""
    to_stderr()
    return _predict.predict_file(run, source, output, column=column, overwrite=overwrite)
