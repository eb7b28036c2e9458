"""Batches of windows of a time series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rnnkit.data.batch.rows import Batch, Rows


@dataclass(frozen=True)
class WindowShape:
    """The inputs and outputs of a forecaster.

    A span is the series around an origin, (rows, timesteps + steps ahead, features): past, then
    future. Features that are known in advance are shifted by `horizon` steps in the input, so that
    its last `horizon` steps hold their values at the steps to forecast.

    Args:
        timesteps: Input steps (the context window).
        horizon: Steps that are forecast at once.
        targets: Number of features to forecast, which come first.
        is_known: (features,) whether a feature is known in advance.
        lag: Targets are differences from the last `lag` input steps: 1, from the last value; a
            season's length, from the same step of the last season; 0, no differences.
    """

    timesteps: int
    horizon: int
    targets: int
    is_known: np.ndarray
    lag: int = 0

    def spans(self, values: np.ndarray, origins: np.ndarray, ahead: int) -> np.ndarray:
        """The span around each origin, (rows, timesteps + ahead, features).

        Args:
            values: (steps, features).
            origins: (rows,) the first step to forecast.
            ahead: Steps after the past.
        """
        return values[origins[:, None] + np.arange(-self.timesteps, ahead)]

    def base(self, spans: np.ndarray) -> np.ndarray:
        """The values that the targets of a span are relative to, (rows, steps, targets)."""
        if not self.lag:
            return np.zeros_like(spans[..., : self.targets])
        from_origin = np.arange(spans.shape[1]) - self.timesteps
        return spans[:, self.timesteps - self.lag + from_origin % self.lag, : self.targets]

    def inputs(self, spans: np.ndarray) -> np.ndarray:
        """The inputs of spans that reach `horizon` steps ahead, (rows, timesteps, features)
        float32; of the future they contain only features that are known in advance.
        """
        inputs = np.where(self.is_known, spans[:, self.horizon :], spans[:, : self.timesteps])
        inputs[..., : self.targets] -= self.base(spans)[:, : self.timesteps]
        return inputs.astype(np.float32)

    def answers(self, spans: np.ndarray) -> np.ndarray:
        """The correct outputs of spans, (rows, horizon, targets) float32."""
        changes = spans[..., : self.targets] - self.base(spans)
        return changes[:, self.timesteps :].astype(np.float32)


class SeriesWindows(Rows):
    """Windows of a series, each with the values to forecast; only one batch is copied at a time.

    Args:
        values: The series, (steps, features) float64; targets first.
        origins: (rows,) the first step to forecast of each window, with at least `timesteps` steps
            before it and `horizon` from it on.
        shape: The inputs and outputs of the model.
        batch_size: Rows of a batch; at most the number of windows.
    """

    def __init__(
        self, values: np.ndarray, origins: np.ndarray, shape: WindowShape, batch_size: int
    ):
        super().__init__(origins, origins, batch_size)
        self.values, self.origins, self.shape = values, origins, shape

    @property
    def widest(self) -> tuple[int, ...]:
        return (self.shape.timesteps,)

    def pieces(self, rows: int) -> Iterator[Batch]:
        """Iterates over all windows once, at most `rows` at a time, without padding."""
        for start in range(0, len(self), rows):
            piece = SeriesWindows(self.values, self.origins[start : start + rows], self.shape, rows)
            yield from piece.in_order()

    def _batch(self, rows: np.ndarray) -> Batch:
        origins, _, weights = super()._batch(rows)
        spans = self.shape.spans(self.values, origins, self.shape.horizon)
        return Batch(self.shape.inputs(spans), self.shape.answers(spans), weights)
