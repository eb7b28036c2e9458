"""A trained run in Python."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from typing_extensions import Unpack

from rnnkit.api.answering import AnsweringRun
from rnnkit.api.arguments import Pathlike, checked, path_of
from rnnkit.api.recorded import RecordedRun
from rnnkit.api.scores import Evaluations
from rnnkit.progress import to_stderr
from rnnkit.workflows.anomalies import THRESHOLD, find_anomalies
from rnnkit.workflows.engines import answered_by
from rnnkit.workflows.evaluate import evaluate
from rnnkit.workflows.events import Anomalies
from rnnkit.workflows.forecast import forecast
from rnnkit.workflows.spans import SpanOptions
from rnnkit.workflows.train import resume

if TYPE_CHECKING:
    import keras


class Run(AnsweringRun, RecordedRun):
    """A trained run; it is opened once, when it is first used, and may be asked by several threads.
    Pickled, it is its folder, which another process opens again.

    Args:
        folder: Its run folder.
        engine: What computes its answers: "auto", "numpy", "kernels" or "keras".
    """

    @checked
    def forecast(
        self,
        data: Pathlike | None = None,
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
                path_of(data),
                os.fspath(output),
                horizon=horizon,
                plot=path_of(plot),
                overwrite=overwrite,
            )

    @checked
    def anomalies(
        self,
        data: Pathlike | None = None,
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
                path_of(data),
                path_of(output),
                threshold=threshold,
                windows=path_of(windows),
                plot=path_of(plot),
                overwrite=overwrite,
                **options,
            )

    @checked
    def evaluate(self, *parts: str, data: Pathlike | None = None, errors: int = 0) -> Evaluations:
        """Scores, compared with baselines.

        Args:
            parts: "train", "validation", "test"; where none is named, validation, or the training
                part where nothing is held out.
            data: A file to score in their place.
            errors: How many of the most confident mistakes to list.

        Returns:
            An `Evaluation` for each part; `.frame()` has all of them as a DataFrame.

        Raises:
            RnnkitError: If a part does not exist, or the data cannot be read.
        """
        to_stderr()
        with answered_by(self._engine):
            return Evaluations(evaluate(self._name, parts, file=path_of(data), errors=errors))

    @checked
    def resume(
        self,
        *overrides: str,
        epochs: int | None = None,
        device: str = "auto",
        backend: str | None = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
    ) -> Run:
        """Continues the training from its newest checkpoint, at the very step.

        Args:
            overrides: Assignments to `train`, such as "train.learning_rate=0.001"; they are kept in
                the run's config.
            epochs: How many epochs there are in all; "train.epochs=..." for short.
            device: auto, cpu or gpu.
            backend: tensorflow or jax; the run's own where None.
            callbacks: Further keras callbacks.

        Returns:
            This run, which answers with its new weights from here on.

        Raises:
            RnnkitError: If the run has no checkpoint, or its data changed.
        """
        to_stderr()
        own = [] if epochs is None else [f"train.epochs={epochs}"]
        resume(
            self._name,
            [*overrides, *own],
            device=device,
            backend_name=backend,
            callbacks=callbacks,
        )
        self.forget()
        return self
