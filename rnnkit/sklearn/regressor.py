"""Numbers from a sequence of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_array, check_consistent_length

from rnnkit.data.raw.series import Series
from rnnkit.quantities import counted
from rnnkit.sklearn.base import RecurrentEstimator, require_loss
from rnnkit.sklearn.inputs import read_inputs, require_samples
from rnnkit.tasks.forecasting.predictor import ForecastingPredictor

INPUTS = "Expected an array (samples, timesteps, features)"


@dataclass(kw_only=True, eq=False, repr=False)
class RNNRegressor(RegressorMixin, RecurrentEstimator):
    """A recurrent regressor: the numbers y that follow a sequence of numbers.

    X is an array (samples, timesteps, features), or one (samples, timesteps), with one number per
    step; all sequences have one length. X and y are scaled internally.

    Further parameters are those of `RecurrentEstimator`.

    Args:
        loss: "mse" predicts the mean, "mae" the median.

    Examples:
        >>> import numpy as np
        >>> from rnnkit.sklearn import RNNRegressor
        >>> X = np.linspace(0, 1, 200).reshape(40, 5)
        >>> model = RNNRegressor(units=8, epochs=40, learning_rate=0.02, random_state=0)
        >>> bool(model.fit(X, X.sum(axis=1)).score(X, X.sum(axis=1)) > 0.9)
        True
    """

    loss: Literal["mse", "mae"] = "mse"

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Trains on samples X with their numbers y, (samples,) or (samples, outputs).

        Raises:
            ValueError: If they do not fit together.
        """
        if y is None:
            raise ValueError("RNNRegressor requires y to be passed, but the target y is None")
        require_loss(self.loss)
        x = self._read(X, reset=True)
        targets = _numbers(y)
        check_consistent_length(x, targets)
        self._shape = targets.shape[1:]
        targets = targets.reshape(len(targets), -1)
        self._scales = [_scale(x.reshape(-1, x.shape[2])), _scale(targets)]
        columns = self._columns(x, targets)
        columns["sample"] = np.repeat(np.arange(len(x)), x.shape[1] + 1).astype(str)
        names = list(columns)
        self._train(
            {"forecasting": {"timesteps": x.shape[1], "loss": self.loss}},
            columns,
            overrides={"data.scale": "none"},
            series="sample",
            target=names[: targets.shape[1]],
            features=names[targets.shape[1] : -1],
        )
        return self

    def _read(self, X: Any, *, reset: bool) -> np.ndarray:  # noqa: N803
        """X as an array (samples, timesteps, features)."""
        require_samples(X, INPUTS)
        samples = read_inputs(self, X, reset=reset)
        if any(isinstance(sample, str) for sample in samples):
            raise ValueError(f"X holds texts. {INPUTS}")
        shapes = {np.shape(sample) for sample in samples}
        if len(shapes) > 1:
            raise ValueError(
                f"X has sequences of the shapes {sorted(shapes)[:3]}. Expected the same of all"
            )
        return np.stack([np.asarray(sample, float) for sample in samples])

    def _columns(self, x: np.ndarray, targets: np.ndarray) -> dict[str, np.ndarray]:
        """The samples as series: the steps of each, and a further step with its targets."""
        (x_mean, x_deviation), (y_mean, y_deviation) = self._scales
        steps = np.pad((x - x_mean) / x_deviation, ((0, 0), (0, 1), (0, 0)))
        ahead = np.pad((targets - y_mean) / y_deviation, ((0, 0), (0, 0)))
        after = np.zeros((*steps.shape[:2], targets.shape[1]))
        after[:, -1] = ahead
        columns = {f"y{place}": after[:, :, place].ravel() for place in range(after.shape[2])}
        return columns | {f"x{place}": steps[:, :, place].ravel() for place in range(x.shape[2])}

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The numbers of each sample, (samples,) or (samples, outputs)."""
        predictor = self._predictor
        assert isinstance(predictor, ForecastingPredictor)
        x = self._read(X, reset=False)
        mean, deviation = self._scales[1]
        timesteps = predictor.timesteps
        if x.shape[1] != timesteps:
            raise ValueError(f"X has {counted(x.shape[1], 'timestep')}. Expected {timesteps}")
        if x.shape[2] != len(self._scales[0][0]):
            raise ValueError(
                f"X has {counted(x.shape[2], 'feature')}. Expected {len(self._scales[0][0])}"
            )
        columns = self._columns(x, np.tile(mean, (len(x), 1)))
        with self._wrong_values():
            targets = tuple(columns)[: len(mean)]
            values = predictor.codec.encoded(Series(targets, columns))
            origins = np.arange(len(x)) * (timesteps + 1) + timesteps
            answers = predictor.forecast_windows(predictor.outputs, values, origins, 1)
        return np.asarray(answers[:, 0, :, 0] * deviation + mean).reshape(len(x), *self._shape)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = tags.target_tags.multi_output = True
        return tags


def _numbers(y: Any) -> np.ndarray:
    """y as an array of numbers.

    Raises:
        ValueError: If it has other values.
    """
    try:
        return np.asarray(check_array(y, ensure_2d=False, dtype=float, input_name="y"))
    except (TypeError, ValueError) as error:
        got = str(error).rstrip(".")
        raise ValueError(f"y: {got}. Expected numbers, (samples,) or (samples, outputs)") from error


def _scale(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean and the standard deviation of each column; 1 for a constant column."""
    deviation = values.std(axis=0)
    return values.mean(axis=0), np.where(deviation > 0, deviation, 1.0)
