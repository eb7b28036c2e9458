"""A trained run in Python."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from typing_extensions import Unpack

from rnnkit.api.answers import AnsweringRun
from rnnkit.api.arguments import Pathlike, checked, path_of
from rnnkit.api.explanations import ExplainedRun
from rnnkit.api.file_answers import FileAnsweringRun
from rnnkit.api.gates import InspectedRun
from rnnkit.api.memory_data import further_data
from rnnkit.api.probes import ProbedRun
from rnnkit.api.scores import Evaluations
from rnnkit.api.series import anomaly_frame, forecast_frame, series_data
from rnnkit.api.training_record import RecordedRun
from rnnkit.config.mistakes import shown
from rnnkit.data.datasets.kinds.further import file_keys
from rnnkit.errors import RnnkitError
from rnnkit.progress import quiet_stderr, to_stderr
from rnnkit.python_messages import key_as_argument
from rnnkit.tasks.answers import forecast_records_of
from rnnkit.tasks.capabilities import Forecasts
from rnnkit.workflows.anomalies import THRESHOLD, scan_anomalies
from rnnkit.workflows.engines import use_engine
from rnnkit.workflows.evaluate import evaluate
from rnnkit.workflows.forecast import steps_ahead
from rnnkit.workflows.outputs import output_format
from rnnkit.workflows.spans import SpanOptions
from rnnkit.workflows.train import resume
from rnnkit.workflows.trained import capable

if TYPE_CHECKING:
    import keras
    import pandas as pd


class Run(AnsweringRun, FileAnsweringRun, ExplainedRun, InspectedRun, ProbedRun, RecordedRun):
    """A trained run. It is opened once, on first use, and may be used by several threads. Pickled,
    it is its folder, which another process opens again.

    Args:
        folder: Its run folder.
        engine: What computes its answers: "auto", "numpy", "kernels", "onnx" or "keras".

    Examples:
        >>> run = rk.load_run("fable")
        >>> run.predict("had a general").token.tolist()
        ['council']
    """

    @checked
    def forecast(
        self,
        data: Any = None,
        *,
        horizon: int | None = None,
        output: Pathlike | None = None,
        plot: Pathlike | None = None,
        overwrite: bool = False,
    ) -> pd.DataFrame:
        """The next steps of a series, or of each of several in one table.

        Args:
            data: A path, a DataFrame or a Series (their index may be the times), or whatever else
                `rnnkit.train` takes, with the columns of the run's series; None for the run's own
                series.
            horizon: How many steps; None for the run's default.
            output: A .csv, .tsv, .jsonl, .parquet or .arrow file to write as well.
            plot: A .png of the end of the series with the forecast.
            overwrite: Whether files may be replaced.

        Returns:
            A row for each step ahead, indexed by time, or by number if the series has no times:
            first the columns that tell several series apart, then each target in its own unit, and
            its quantiles as `target_0.1` and so on.

        Examples:
            >>> machine.forecast(horizon=3).index.name
            'time'

        Raises:
            RnnkitError: If the run does not forecast, or the series cannot be read or is too short.
        """
        capable(self.trained, Forecasts)
        target = path_of(output, "output")
        writes = target and output_format(target, self.trained.predictor.writes, overwrite)
        answers = steps_ahead(
            self.trained, series_data(data), horizon, path_of(plot), overwrite=overwrite
        )
        if writes:
            with writes[1].writer(writes[0]) as file:
                file.write(forecast_records_of(self.trained.predictor, answers))
        return forecast_frame(self.trained.predictor, answers)

    @checked
    def anomalies(
        self,
        data: Any = None,
        *,
        threshold: float = THRESHOLD,
        windows: Pathlike | None = None,
        output: Pathlike | None = None,
        plot: Pathlike | None = None,
        overwrite: bool = False,
        **options: Unpack[SpanOptions],
    ) -> pd.DataFrame:
        """How unlikely each step of a series is, given a forecast from the steps before it; several
        series in one table are judged separately.

        Args:
            data: As in `forecast`.
            threshold: The tail probability of an error below which a step belongs to an event.
            windows: A JSON file of labelled windows; see `rnnkit anomalies`.
            output: A .csv, .tsv, .jsonl, .parquet or .arrow file of the steps to write as well.
            plot: A .png of the series with its events.
            overwrite: Whether files may be replaced.
            options: `gap`, `least_history` and `history`: spans such as "1h", or steps.

        Returns:
            A row for each step that has a forecast, indexed by time: its value, `..._forecast`, the
            quantiles of a run that has some, as `target_0.1` and so on, `probability` (missing if
            the step is not judged) and the number of its `event` (missing if it is in none).
            `attrs` has "events", "scores" (by labelled windows) and "summary".

        Examples:
            >>> steps = machine.anomalies()
            >>> steps.event.dropna().unique().tolist()
            [1]

        Raises:
            RnnkitError: If the run does not forecast, the series or the labels cannot be read or do
                not fit, or an option is not a span of time.
        """
        found, scans = scan_anomalies(
            self.trained,
            series_data(data),
            path_of(output, "output"),
            threshold=threshold,
            windows=path_of(windows, "windows"),
            plot=path_of(plot, "plot"),
            overwrite=overwrite,
            **options,
        )
        return anomaly_frame(capable(self.trained, Forecasts).codec, found, scans)

    @checked
    def evaluate(
        self,
        *parts: str,
        data: object = None,
        errors: int = 0,
        verbose: bool = False,
        **keys: Any,
    ) -> Evaluations:
        """Scores the run, compared with baselines.

        Args:
            parts: "train", "validation", "test"; by default validation, or the training set if
                nothing is held out.
            data: Other data to score: the path of a file, or data in memory with their labels, as
                in `rnnkit.train`: a DataFrame, two lists, (x, y), a Series.
            errors: How many of the most confident mistakes to list.
            verbose: Whether to show sizes, lengths and progress; otherwise only warnings.
            keys: How `data` differ from the run's own: the columns (text="review", label="stars")
                and the format of a file (separator=";").

        Returns:
            An `Evaluation` for each part; `.frame()` has all of them as a DataFrame.

        Examples:
            >>> scores = run.evaluate("train").frame().set_index("metric")
            >>> scores.loc["accuracy", ["value", "bigram"]].tolist()
            [0.99, 0.64]
            >>> reviews.evaluate(data=(["a wonderful film", "dull"], ["good", "bad"])).frame().value
            0    1.0...

        Raises:
            RnnkitError: If a part does not exist, or the data cannot be read.
        """
        to_stderr()
        further = further_data(self.trained, data, keys)
        with use_engine(self._engine), quiet_stderr(not verbose), file_keys(keys):
            return Evaluations(evaluate(self._name, parts, file=further, errors=errors))

    @checked
    def resume(
        self,
        *overrides: str,
        epochs: int | None = None,
        device: str = "auto",
        backend: str | None = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        allow_changes: bool = False,
        verbose: bool = True,
    ) -> Run:
        """Continues the training from its newest checkpoint, at exactly the same step.

        Args:
            overrides: Assignments such as "train.learning_rate=0.001"; they are kept in the run's
                config.
            epochs: The total number of epochs, short for "train.epochs=...".
            device: auto, cpu or gpu.
            backend: tensorflow or jax; None for the run's own.
            callbacks: Further keras callbacks.
            allow_changes: Whether an edited config.yaml, other versions, another backend or device
                are accepted: the training then does not continue exactly.
            verbose: Whether to show progress; otherwise only warnings.

        Returns:
            This run, which answers with its new weights from now on.

        Examples:
            >>> digits.resume("train.max_steps=4", verbose=False)
            Run('.../reverse_digits')

        Raises:
            RnnkitError: If the run has no checkpoint, or its data have changed.
        """
        to_stderr()
        for override in overrides:
            if not isinstance(override, str):
                expected = 'Expected assignments such as "train.epochs=3"'
                raise RnnkitError("overrides", f"found {shown(override)}", expected)
        total = [] if epochs is None else [f"train.epochs={epochs}"]
        short = key_as_argument("train.epochs", "epochs") if total else contextlib.nullcontext()
        with quiet_stderr(not verbose), short:
            resume(
                self._name,
                [*overrides, *total],
                device=device,
                backend_name=backend,
                callbacks=callbacks,
                allow_changes=allow_changes,
            )
        self._forget()
        return self
