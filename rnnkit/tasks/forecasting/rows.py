"""What each origin adds to the scores of a forecaster, by which two runs are compared."""

from __future__ import annotations

from functools import partial

import numpy as np

from rnnkit.checksums import checksum_of
from rnnkit.metrics.row_scores import RowScores, weighted
from rnnkit.tasks.forecasting.scores import Scales


def row_scores(
    forecasts: np.ndarray, targets: np.ndarray, scales: Scales, names: tuple[str, ...]
) -> list[RowScores]:
    """Errors of one target in its unit; of several the scaled error, of categories the accuracy.

    Args:
        forecasts: (origins, horizon, targets) in the order of time.
        targets: The same.
        scales: The scales of MASE.
        names: The targets; those of a category as `column=category`.
    """
    identity, horizon = checksum_of(targets, list(names)), targets.shape[1]
    row = partial(
        RowScores, unit="origins", identity=identity, test="diebold_mariano", horizon=horizon
    )
    errors = np.abs(forecasts.astype(np.float64) - targets)
    scaled = row("mase", sums=weighted(scales.each(errors.mean(axis=1))))
    known = [scaled] if np.isfinite(scaled.sums).all() else []
    if targets.shape[2] > 1:
        return known
    squares = weighted((errors**2).mean(axis=(1, 2)))
    return [
        row("mae", sums=weighted(errors.mean(axis=(1, 2)))),
        row("rmse", sums=squares, how="root"),
        row("mse", sums=squares),
        *known,
    ]


def category_rows(
    forecasts: np.ndarray, targets: np.ndarray, names: tuple[str, ...]
) -> list[RowScores]:
    """The share of steps whose most probable category is right; the arguments are those of
    `row_scores`.
    """
    right = forecasts.argmax(axis=-1) == targets.argmax(axis=-1)
    identity = checksum_of(targets, list(names))
    sums, horizon = weighted(right.mean(axis=1)), targets.shape[1]
    return [RowScores("accuracy", "origins", identity, sums, "ratio", "diebold_mariano", horizon)]
