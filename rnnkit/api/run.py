"""A trained run in Python."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from typing_extensions import Unpack

from rnnkit.api.arguments import (
    Arrays,
    Pathlike,
    checked,
    is_sequence,
    several_arrays,
    several_texts,
)
from rnnkit.errors import RnnkitError, at
from rnnkit.generation.options import merged
from rnnkit.progress import to_stderr
from rnnkit.run import RunFolder
from rnnkit.tasks.capabilities import Generates, Oov
from rnnkit.tasks.evaluation import Evaluation
from rnnkit.tasks.predictor import Answers
from rnnkit.tasks.task import Task
from rnnkit.workflows.anomalies import THRESHOLD, find_anomalies
from rnnkit.workflows.answers import answer_arrays, answer_text, answer_texts
from rnnkit.workflows.engines import EngineName, answered_by
from rnnkit.workflows.evaluate import evaluate
from rnnkit.workflows.events import Anomalies
from rnnkit.workflows.forecast import forecast
from rnnkit.workflows.generate import Generator
from rnnkit.workflows.keras_outputs import build_with_weights
from rnnkit.workflows.predict import predict_file
from rnnkit.workflows.spans import SpanOptions
from rnnkit.workflows.trained import Trained, capable, load_trained, open_run

if TYPE_CHECKING:
    import keras


class Run:
    """A trained run; it is opened once, when it is first used.

    Args:
        folder: Its run folder.
        engine: What computes its answers: "auto", "numpy", "kernels" or "keras".
    """

    @checked
    def __init__(self, folder: RunFolder, engine: EngineName = "auto"):
        if not isinstance(folder, RunFolder):
            expected, hint = "Expected a run folder", "Open one with `rnnkit.load_run(...)`"
            raise RnnkitError("folder", f"found {folder!r}", expected, hint)
        self.folder, self._engine = folder, engine
        self._name = str(folder.path.resolve())  # the current folder may change

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
        with answered_by(self._engine):
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

    @checked
    def generate(
        self, seed: str, *, oov: Oov = "error", condition: str | None = None, **options: Any
    ) -> str:
        """The seed and its continuation.

        Args:
            seed: The text to continue.
            oov: How out-of-vocabulary words are handled: "error", "skip" or "unk".
            condition: What the text is conditioned on, where the run asks for it: a label, or
                numbers such as "0.3 1.2".
            options: Any key of the `generate:` section, such as temperature=0.8.

        Raises:
            RnnkitError: If an option is unknown, or the seed is too short or has unknown words.
        """
        return self.generate_samples(seed, oov=oov, condition=condition, **options)[0]

    @checked
    def generate_samples(
        self, seed: str, *, oov: Oov = "error", condition: str | None = None, **options: Any
    ) -> list[str]:
        """Several continuations in one batch, `num_samples` of them; arguments as of `generate`."""
        chosen = merged(capable(self.trained, Generates).defaults, options)
        generator = Generator(self.trained, chosen, oov, condition)
        with at("seed"):
            return [generated.text for generated in generator.samples(seed)]

    @overload
    def predict(self, text: str, top: int = 5) -> Answers: ...
    @overload
    def predict(self, text: list[str] | tuple[str, ...], top: int = 5) -> list[Answers]: ...
    @overload
    def predict(self, text: Arrays, top: int = 5) -> Answers | list[Answers]: ...
    @checked
    def predict(
        self, text: str | list[str] | tuple[str, ...] | Arrays, top: int = 5
    ) -> Answers | list[Answers]:
        """The run's answer to a text, best first; to a list of texts, a list of answers.

        Args:
            text: A text, or several in a list, a tuple, an array or a column. Of a run that reads
                sequences of numbers also an array (timesteps, features), or several, whose lengths
                may differ, in a list or in one array (samples, timesteps, features).
            top: How many rows of an answer, where there is a choice.

        Returns:
            Rows as dataclasses; of a list of texts a list of such rows.

        Raises:
            RnnkitError: If the run cannot answer such a text; of a list, with its index.
        """
        if is_sequence(text):
            return answer_arrays(self.trained.predictor, [np.asarray(text)], top)[0]
        if (arrays := several_arrays(text)) is not None:
            return answer_arrays(self.trained.predictor, arrays, top)
        if not isinstance(text, str):
            return answer_texts(self.trained.predictor, several_texts(text), top)
        with at("text"):
            return answer_text(self.trained.predictor, text, top)

    @checked
    def predict_file(
        self,
        source: Pathlike,
        output: Pathlike,
        *,
        column: str | None = None,
        overwrite: bool = False,
    ) -> int:
        """Answers every record of a file; see `workflows.predict.predict_file`."""
        with answered_by(self._engine):
            return predict_file(
                self._name, os.fspath(source), os.fspath(output), column=column, overwrite=overwrite
            )

    @checked
    def forecast(
        self,
        source: Pathlike | None = None,
        *,
        output: Pathlike,
        horizon: int | None = None,
        plot: Pathlike | None = None,
        overwrite: bool = False,
    ) -> int:
        """Writes the next steps of a series; see `workflows.forecast.forecast`."""
        to_stderr()
        with answered_by(self._engine):
            return forecast(
                self._name,
                _path(source),
                os.fspath(output),
                horizon=horizon,
                plot=_path(plot),
                overwrite=overwrite,
            )

    @checked
    def anomalies(
        self,
        source: Pathlike | None = None,
        *,
        threshold: float = THRESHOLD,
        windows: Pathlike | None = None,
        output: Pathlike | None = None,
        plot: Pathlike | None = None,
        overwrite: bool = False,
        **options: Unpack[SpanOptions],
    ) -> Anomalies:
        """The anomalies of a series, or of each of several; see
        `workflows.anomalies.find_anomalies`.
        """
        to_stderr()
        with answered_by(self._engine):
            return find_anomalies(
                self._name,
                _path(source),
                _path(output),
                threshold=threshold,
                windows=_path(windows),
                plot=_path(plot),
                overwrite=overwrite,
                **options,
            )

    @checked
    def evaluate(
        self, *parts: str, file: Pathlike | None = None, errors: int = 0
    ) -> list[Evaluation]:
        """Scores compared with baselines, on the named parts of the data or on a file; with the
        `errors` most confident mistakes.
        """
        to_stderr()
        with answered_by(self._engine):
            return evaluate(self._name, parts, file=_path(file), errors=errors)


def _path(path: Pathlike | None) -> str | None:
    return None if path is None else os.fspath(path)
