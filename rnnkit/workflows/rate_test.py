"""The learning-rate range test: `rnnkit train CONFIG --learning-rate-test`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit import backend
from rnnkit.config.overrides import Override
from rnnkit.names import find_config
from rnnkit.progress import Progress, log, tell
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from rnnkit.training.progress import DivergedError
from rnnkit.training.rate_test import (
    HIGHEST,
    LOWEST,
    STEPS,
    RateTest,
    has_diverged,
    rising,
    smoothed,
)
from rnnkit.workflows.batch_size import resolve_batch_size
from rnnkit.workflows.buckets import resolve_num_buckets
from rnnkit.workflows.memory import require_memory
from rnnkit.workflows.outputs import output_picture, write_output
from rnnkit.workflows.preparation import begin
from rnnkit.workflows.training_lock import training_lock
from rnnkit.workflows.trial import EnoughError, run, trial

if TYPE_CHECKING:
    from rnnkit.training.fit import Fit

IS_FLAT = (
    "a larger train.batch_size has less noise; where the loss stays flat with it, the model cannot"
    " tell the targets from its inputs"
)
EXPLODES = "train.clip_norm: 1.0 bounds a step; or scale down the numbers that the model reads"
"""Advice where no rate is suggested."""


@dataclass(frozen=True)
class RangeTestResult:
    """The result of a range test of a config.

    Args:
        measured: The loss at each rate.
        configured: The `train.learning_rate` of the config.
        batch_size: Rows per step.
    """

    measured: RateTest
    configured: float
    batch_size: int

    @property
    def setting(self) -> str | None:
        """The override that sets the suggested rate; None if no rate is suggested."""
        rate = self.measured.suggestion
        return None if rate is None else f"train.learning_rate={rate:g}"

    @property
    def verdict(self) -> str:
        """One sentence: how the rate was chosen, or what to do if none was."""
        measured, last = self.measured, f"{self.measured.rates[-1]:.2g}"
        ended = f"has diverged at {last}" if measured.diverged else f"does not diverge up to {last}"
        if measured.suggestion is None:
            return (
                f"no learning rate is suggested: the smoothed loss falls by no more than the noise"
                f" of its batches, and {ended}; {EXPLODES if measured.diverged else IS_FLAT}"
            )
        return (
            f"suggested: {measured.suggestion:g}, where the smoothed loss falls fastest against the"
            f" logarithm of the rate (the config has {self.configured:g}); it is lowest at"
            f" {measured.rates[measured.lowest]:.2g}, and {ended}"
        )


@training_lock()
def test_rates(
    config: str | Mapping[str, Any],
    overrides: Sequence[Override] = (),
    *,
    device: str = "auto",
    backend_name: str | None = None,
    plot: str | None = None,
    overwrite: bool = False,
) -> RangeTestResult:
    """Runs a learning-rate range test (Smith 2017): trains from the initial weights while the rate
    rises at each step. No run folder is written.

    Args:
        config: A path, the name of a shipped config, or the config itself as a mapping.
        overrides: Assignments such as "train.batch_size=128".
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the environment's.
        plot: A .png file for a picture of the loss against the rate; None for none.
        overwrite: Whether that file may be replaced.

    Raises:
        RnnkitError: If an argument is wrong, or the picture cannot be written.
        KeyboardInterrupt: If Ctrl-C stopped it.
    """
    target = None if plot is None else output_picture(plot, "--plot", overwrite)
    task = load_task(config if isinstance(config, Mapping) else find_config(config), overrides)
    backend.available(backend_name)
    begin(backend_name, device)
    task, data = resolve_batch_size(
        task, lambda candidate: candidate.prepare(Source()), backend_name, device
    )
    network = task.network(data.codec)
    tell(data.notes)
    require_memory(network, data, task.train)
    backend.select(backend_name, device)
    task, data = resolve_num_buckets(task, data)
    data.validation = None
    rows, epochs = data.train.batch_size, STEPS / data.train.steps
    log.info(
        f"learning-rate range test (Smith 2017): at most {STEPS} steps of {rows:,} rows, which are"
        f" {epochs:.3g} epochs, from a learning rate of {LOWEST:g} to {HIGHEST:g}"
    )
    test = task.model_copy(update={"train": rising(task.train, data.train.steps)})
    with trial(test, data, network) as fit:
        result = RangeTestResult(_measure(fit), task.train.learning_rate, data.train.batch_size)
    if target is not None:
        write_output(target, _picture(result), "--plot")
    return result


def write_picture(output: str, result: RangeTestResult, place: str, *, overwrite: bool) -> None:
    """Draws the loss against the rate.

    Args:
        output: A .png file.
        result: The result of a range test.
        place: The name of the argument or option, for messages.
        overwrite: Whether an existing file may be replaced.

    Raises:
        RnnkitError: If it cannot be written, or exists already.
    """
    target = output_picture(output, place, overwrite)
    write_output(target, _picture(result), place)


def _measure(fit: Fit) -> RateTest:
    """Trains until the loss diverges."""
    import keras

    class Recorder(keras.callbacks.Callback):
        """Records the losses until the loss diverges or all steps are done."""

        takes_logs_late = True

        def __init__(self) -> None:
            super().__init__()
            self.losses: list[float] = []
            self.diverged = False
            self._progress = Progress("steps", STEPS)

        def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
            self.losses.append((logs or {})["loss"])
            self._progress.advance(1)
            self.diverged = has_diverged(np.array(self.losses))
            if self.diverged or len(self.losses) == STEPS:
                raise EnoughError

    recorder = Recorder()
    rates = [fit.course.rate(fit.progress, step) for step in range(STEPS)]
    try:
        run(fit, recorder)
    except DivergedError:
        if not recorder.losses:  # the initial weights already give no finite loss
            raise
        recorder.diverged = True
    losses = np.array(recorder.losses)
    return RateTest(np.array(rates[: len(losses)]), losses, smoothed(losses), recorder.diverged)


def _picture(result: RangeTestResult) -> bytes:
    """Returns a PNG of the loss against the rate."""
    from rnnkit.report.rates import draw_rates

    measured = result.measured
    return draw_rates(
        measured.rates, measured.losses, measured.smoothed, result.configured, measured.suggestion
    )
