"""The next numbers of a series."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
from sklearn.metrics import r2_score

from rnnkit.data.datasets.memory.series import MemorySeries
from rnnkit.data.memory.shapes import series_of
from rnnkit.data.memory.table import is_pandas
from rnnkit.data.raw.series import Series
from rnnkit.errors import at
from rnnkit.sklearn.base import RecurrentEstimator, require_loss
from rnnkit.tasks.forecasting.predictor import ForecastingPredictor


@dataclass(kw_only=True, eq=False, repr=False)
class RNNForecaster(RecurrentEstimator):
    """A recurrent forecaster, which forecasts any number of steps, one after the other.

    Further parameters are those of `RecurrentEstimator`.

    Args:
        timesteps: The number of steps that the model reads.
        horizon: The number of steps that `predict` forecasts by default.
        loss: "mse" forecasts the mean, "mae" the median.
        resample: The step over which rows are averaged, such as "1D"; "rows" if each row is a
            step, regardless of the times. None if the rows have equal steps.
        fill: How gaps are filled: "error", "previous" or "linear".
        validation: The fraction held out to choose the best weights; 0 for none.

    Examples:
        >>> import numpy as np
        >>> from rnnkit.sklearn import RNNForecaster
        >>> waves = np.sin(np.arange(200) / 3)
        >>> model = RNNForecaster(timesteps=12, horizon=5, units=8, random_state=0)
        >>> model.fit(waves).predict().shape
        (5,)
    """

    timesteps: int = 24
    horizon: int = 1
    loss: Literal["mse", "mae"] = "mse"
    resample: str | None = None
    fill: str = "error"
    validation: float = 0.0

    _data: ClassVar[str] = "y"

    def fit(self, y: Any, X: None = None) -> Self:  # noqa: N803
        """Trains on a series.

        Args:
            y: A Series or a DataFrame, whose index may be its times; numbers (steps,), or (steps,
                columns). Every column is forecast.
            X: Not used.

        Raises:
            ValueError: If y is not a series.
        """
        if X is not None:
            raise ValueError("X is not used: y has the columns")
        require_loss(self.loss)
        self._history = self._series(y)
        self._kind = next((kind for kind in ("Series", "DataFrame") if is_pandas(y, kind)), "")
        self._axes = getattr(y, "ndim", 1)
        settings = {"timesteps": self.timesteps, "loss": self.loss, "method": "recursive"}
        keys = {**self._keys, "target": list(self._history.targets)}
        self._train({"forecasting": settings}, y, **keys)
        return self

    @property
    def _keys(self) -> dict[str, Any]:
        keys = {"fill": self.fill, "resample": self.resample}
        return {name: value for name, value in keys.items() if value is not None}

    def _series(self, y: Any) -> Series:
        with self._wrong_values():
            with at("y"):
                table, known = series_of(y)
            targets = [name for name in table if name != known.get("time")]
            return MemorySeries.of({"train": y}, {**self._keys, "target": targets}).load()

    def predict(self, horizon: int | None = None, y: Any = None) -> Any:
        """The next steps.

        Args:
            horizon: The number of steps; `self.horizon` if None.
            y: A newer series of the same kind, after which to forecast; None for that of `fit`.

        Returns:
            A Series or a DataFrame as `y` was, indexed by the times that follow; else an array
            (horizon,) or (horizon, columns).
        """
        predictor = self._predictor
        assert isinstance(predictor, ForecastingPredictor)
        steps = self.horizon if horizon is None else horizon
        if not isinstance(steps, int | np.integer) or steps < 1:
            raise ValueError(f"horizon is {steps!r}. Expected a whole number of at least 1")
        history = self._history if y is None else self._like_fitted(self._series(y))
        with self._wrong_values():
            forecast = predictor.forecast(history, int(steps))
        points = np.asarray(forecast.points)
        if not self._kind:
            return points[:, 0] if self._axes == 1 else points
        import pandas as pd

        index = forecast.times
        if index is None:
            index = pd.RangeIndex(len(history), len(history) + len(points))
        frame = pd.DataFrame(points, index=index, columns=list(history.targets))
        return frame if self._kind == "DataFrame" else frame.iloc[:, 0]

    def _like_fitted(self, series: Series) -> Series:
        """A newer series with the fitted columns; the name of a single column may differ.

        Raises:
            ValueError: If it has other columns.
        """
        fitted, targets = self._history.targets, series.targets
        if len(targets) == len(fitted) == 1:
            return replace(series, targets=fitted, columns={fitted[0]: series.columns[targets[0]]})
        if set(targets) != set(fitted):
            raise ValueError(f"y has the columns {[*targets]}. Expected {[*fitted]}")
        return replace(series, targets=fitted)

    def score(self, y: Any) -> float:
        """The coefficient of determination of a forecast of y, which follows the fitted series."""
        return float(r2_score(np.asarray(y), np.asarray(self.predict(len(y)))))
