"""The contribution of each origin to the scores by which two forecasters are compared."""

from __future__ import annotations

from functools import partial

import numpy as np

from rnnkit.checksums import checksum_of
from rnnkit.metrics.row_scores import RowScores, weighted
from rnnkit.tasks.forecasting.scores import Scales


def row_scores(
    forecasts: np.ndarray, targets: np.ndarray, scales: Scales, names: tuple[str, ...]
) -> list[RowScores]:
    """The errors of a single target in its own unit, and the scaled error of any number of them.

    Args:
        forecasts: (origins, horizon, targets), in chronological order.
        targets: The true values, of the same shape.
        scales: The scales of MASE.
        names: The names of the targets.
    """
    identity, horizon = checksum_of(targets, list(names)), targets.shape[1]
    row = partial(
        RowScores, unit="origins", identity=identity, test="diebold_mariano", horizon=horizon
    )
    errors = np.abs(forecasts.astype(np.float64) - targets)
    mase = row("mase", sums=weighted(scales.contributions(errors.mean(axis=1))))
    scaled = [mase] if np.isfinite(mase.sums).all() else []
    if targets.shape[2] > 1:
        return scaled
    squares = weighted((errors**2).mean(axis=(1, 2)))
    return [
        row("mae", sums=weighted(errors.mean(axis=(1, 2)))),
        row("rmse", sums=squares, how="root"),
        row("mse", sums=squares),
        *scaled,
    ]


def category_rows(
    forecasts: np.ndarray, targets: np.ndarray, names: tuple[str, ...]
) -> list[RowScores]:
    """The accuracy of the most probable category; arguments as in `row_scores`, with names such as
    `column=category`.
    """
    right = forecasts.argmax(axis=-1) == targets.argmax(axis=-1)
    identity = checksum_of(targets, list(names))
    sums, horizon = weighted(right.mean(axis=1)), targets.shape[1]
    return [RowScores("accuracy", "origins", identity, sums, "ratio", "diebold_mariano", horizon)]
