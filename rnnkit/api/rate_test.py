"""The learning-rate range test in Python: which rate to train with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from typing_extensions import Unpack

from rnnkit.api.arguments import Pathlike, checked
from rnnkit.api.data_arguments import DataArguments
from rnnkit.api.memory_data import with_memory_data
from rnnkit.progress import quiet_stderr, to_stderr
from rnnkit.workflows import rate_test as workflow

if TYPE_CHECKING:
    import pandas as pd


class LearningRateTest:
    """The losses at rising learning rates, and the rate that they suggest.

    Args:
        found: The measurements.

    Examples:
        >>> rates
        suggested: 0.0..., where the smoothed loss falls fastest against the logarithm of ...
    """

    def __init__(self, found: workflow.RangeTestResult):
        self._found = found

    def __repr__(self) -> str:
        return self._found.verdict

    @property
    def suggestion(self) -> float | None:
        """The learning rate to train with, in two digits; None if the loss falls by no more than
        the noise of its batches.

        Examples:
            >>> 1e-3 < rates.suggestion < 1
            True
        """
        return self._found.measured.suggestion

    @property
    def overrides(self) -> dict[str, float]:
        """The suggestion as an override for `rnnkit.train`; empty if there is none.

        Examples:
            >>> list(rates.overrides)
            ['train.learning_rate']
        """
        return {} if self.suggestion is None else {"train.learning_rate": self.suggestion}

    @property
    def rates(self) -> np.ndarray:
        """The learning rate of each step, (steps,) float64, rising.

        Examples:
            >>> rates.rates[0].round(7)
            np.float64(1e-05)
        """
        return self._found.measured.rates

    @property
    def losses(self) -> np.ndarray:
        """The mean loss of each step's batch, (steps,) float64, before the step.

        Examples:
            >>> rates.losses.shape == rates.rates.shape
            True
        """
        return self._found.measured.losses

    @property
    def smoothed(self) -> np.ndarray:
        """The mean of the losses around each step, (steps,) float64.

        Examples:
            >>> bool(rates.smoothed.min() < rates.smoothed[0])
            True
        """
        return self._found.measured.smoothed

    @property
    def diverged(self) -> bool:
        """Whether the loss rose, or was no longer a number, before the highest rate.

        Examples:
            >>> rates.diverged or len(rates.rates) == 200
            True
        """
        return self._found.measured.diverged

    def frame(self) -> pd.DataFrame:
        """The steps, a row each.

        Returns:
            `learning_rate`, `loss` and `smoothed`.

        Examples:
            >>> rates.frame().columns.tolist()
            ['learning_rate', 'loss', 'smoothed']
        """
        import pandas as pd

        columns = {"learning_rate": self.rates, "loss": self.losses, "smoothed": self.smoothed}
        return pd.DataFrame(columns)

    @checked
    def plot(self, output: Pathlike, *, overwrite: bool = False) -> Path:
        """Draws the loss against the rate.

        Args:
            output: A .png file.
            overwrite: Whether it may be replaced.

        Returns:
            The file.

        Examples:
            >>> rates.plot("rates.png").name
            'rates.png'

        Raises:
            RnnkitError: If it cannot be written, or exists already.
        """
        path = os.fspath(output)
        workflow.write_picture(path, self._found, "output", overwrite=overwrite)
        return Path(path)


@checked
def learning_rate_test(
    config: Pathlike | Mapping[str, Any],
    *overrides: str | Mapping[str, Any],
    data: object = None,
    device: str = "auto",
    backend: str | None = None,
    verbose: bool = True,
    **columns: Unpack[DataArguments],
) -> LearningRateTest:
    """Raises the learning rate step by step, starting from the initial weights of a training, until
    the loss diverges (Smith 2017), and suggests a rate. Nothing is kept.

    Args:
        config: A path, the name of a shipped config, or the config itself as a mapping.
        overrides: Assignments such as "train.batch_size=128".
        data: Data in memory, as in `rnnkit.train`.
        device: auto, cpu or gpu.
        backend: tensorflow or jax.
        verbose: Whether to show progress; otherwise only warnings.
        columns: How the data are read, see `DataArguments`.

    Examples:
        >>> small = {"model.layers": [{"simple_rnn": 4}], "train.batch_size": 40}
        >>> rates = rk.learning_rate_test("fable_simple_rnn", small, verbose=False)
        >>> rates.suggestion == rates.overrides["train.learning_rate"]
        True

    Raises:
        RnnkitError: If an argument is wrong.
        KeyboardInterrupt: If Ctrl-C stopped the test.
    """
    to_stderr()
    named = config if isinstance(config, Mapping) else os.fspath(config)
    with (
        with_memory_data(named, overrides, data, columns, "learning_rate_test") as (assignments, _),
        quiet_stderr(not verbose),
    ):
        found = workflow.test_rates(named, assignments, device=device, backend_name=backend)
    return LearningRateTest(found)
