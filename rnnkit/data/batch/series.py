"""Windows of a series in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rnnkit.data.batch.rows import Batch, Rows


@dataclass(frozen=True)
class WindowShape:
    """What a forecaster sees of a series, and what it answers.

    A span is the series around an origin, (rows, timesteps + steps ahead, features): the past, then
    the future. Of features that are known in advance the model sees those of `horizon` steps later:
    its last `horizon` steps show what is known of the steps that it forecasts.

    Args:
        timesteps: Steps that the model sees.
        horizon: Steps that it forecasts at once.
        targets: The first so many features are forecast.
        is_known: (features,) whether a feature is known in advance.
        lag: Targets are seen and forecast as differences from the last `lag` steps seen: 1, from
            the last value; the steps of a season, each from the same place in the last season. 0:
            as they are.
    """

    timesteps: int
    horizon: int
    targets: int
    is_known: np.ndarray
    lag: int = 0

    def spans(self, values: np.ndarray, origins: np.ndarray, ahead: int) -> np.ndarray:
        """The span around each origin, the first step to forecast: (rows, timesteps + ahead,
        features).
        """
        return values[origins[:, None] + np.arange(-self.timesteps, ahead)]

    def base(self, spans: np.ndarray) -> np.ndarray:
        """What the targets of each step of a span are relative to, (rows, steps, targets)."""
        if not self.lag:
            return np.zeros_like(spans[..., : self.targets])
        from_origin = np.arange(spans.shape[1]) - self.timesteps
        return spans[:, self.timesteps - self.lag + from_origin % self.lag, : self.targets]

    def inputs(self, spans: np.ndarray) -> np.ndarray:
        """(rows, timesteps, features) float32 of spans that reach `horizon` steps ahead; of the
        future they give only what is known.
        """
        inputs = np.where(self.is_known, spans[:, self.horizon :], spans[:, : self.timesteps])
        inputs[..., : self.targets] -= self.base(spans)[:, : self.timesteps]
        return inputs.astype(np.float32)

    def answers(self, spans: np.ndarray) -> np.ndarray:
        """(rows, horizon, targets) float32: what the model should say."""
        changes = spans[..., : self.targets] - self.base(spans)
        return changes[:, self.timesteps :].astype(np.float32)


class SeriesWindows(Rows):
    """Windows of a series, each with the numbers that follow it. Nothing is copied but the batch at
    hand.

    Args:
        values: The series, (steps, features) float64; the first features are those to forecast.
        origins: The first step to forecast of each window, (rows,); at least `timesteps` steps
            stand before it, `horizon` from it on.
        shape: What the model sees and answers.
        batch_size: Rows of a batch; fewer where there are fewer windows.
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
        """Every window once, at most so many at a time, without padding."""
        for start in range(0, len(self), rows):
            piece = SeriesWindows(self.values, self.origins[start : start + rows], self.shape, rows)
            yield from piece.in_order()

    def _batch(self, rows: np.ndarray) -> Batch:
        origins, _, weights = super()._batch(rows)
        spans = self.shape.spans(self.values, origins, self.shape.horizon)
        return Batch(self.shape.inputs(spans), self.shape.answers(spans), weights)
