"""A trained run in Python."""

from __future__ import annotations

import os

from typing_extensions import Unpack

from rnnkit.api.answering import AnsweringRun
from rnnkit.api.arguments import Pathlike, checked, path_of
from rnnkit.progress import to_stderr
from rnnkit.tasks.evaluation import Evaluation
from rnnkit.workflows.anomalies import THRESHOLD, find_anomalies
from rnnkit.workflows.engines import answered_by
from rnnkit.workflows.evaluate import evaluate
from rnnkit.workflows.events import Anomalies
from rnnkit.workflows.forecast import forecast
from rnnkit.workflows.spans import SpanOptions


class Run(AnsweringRun):
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
    def evaluate(
        self, *parts: str, data: Pathlike | None = None, errors: int = 0
    ) -> list[Evaluation]:
        """Scores compared with baselines, on the named parts of the data or on a file; with the
        `errors` most confident mistakes.
        """
        to_stderr()
        with answered_by(self._engine):
            return evaluate(self._name, parts, file=path_of(data), errors=errors)
