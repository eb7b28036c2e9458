"""The scores of one target, and the scale of MASE of each series."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rnnkit.metrics.diebold_mariano import chance_of_advantage
from rnnkit.metrics.regression import mae, rmse, smape
from rnnkit.quantities import counted

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Scales:
    """What MASE is scaled by.

    Args:
        errors: (series, targets) the error of the naive within each series' training set.
        members: (rows,) the series of each window.
    """

    errors: np.ndarray
    members: np.ndarray

    def of(self, target: int) -> Scales:
        """The scales of one target."""
        return Scales(self.errors[:, target : target + 1], self.members)

    def mase(self, errors: np.ndarray) -> float:
        """The mean over the series of their scaled errors (Hyndman and Koehler 2006), each series
        with one weight; nan where none has a scale.

        Args:
            errors: (rows,) absolute ones, of one target.
        """
        windows = np.bincount(self.members, minlength=len(self.errors))
        totals = np.bincount(self.members, errors, minlength=len(self.errors))
        scaled = (windows > 0) & (self.errors[:, 0] > 0)
        if not scaled.any():
            return float("nan")
        return float((totals[scaled] / windows[scaled] / self.errors[scaled, 0]).mean())

    def each(self, errors: np.ndarray) -> np.ndarray:
        """What each window adds to the MASE of its target, whose mean over windows is that of
        `mase`: (rows,) the mean over targets; nan where a series has no scale.

        Args:
            errors: (rows, targets) absolute ones.
        """
        windows = np.bincount(self.members, minlength=len(self.errors))
        series = (windows > 0).sum()
        scale = np.where(self.errors > 0, self.errors, np.nan)[self.members]
        shares = len(errors) / (series * windows[self.members])
        return np.asarray((errors / scale).mean(axis=1) * shares)


def target_scores(forecasts: np.ndarray, targets: np.ndarray, scales: Scales) -> dict[str, float]:
    """The scores of one target, (rows, horizon); without MASE where no training set changes.

    Args:
        forecasts: (rows, horizon).
        targets: The same.
        scales: The scales of this target alone.
    """
    scores = {
        "mae": mae(forecasts, targets),
        "rmse": rmse(forecasts, targets),
        "smape": smape(forecasts, targets),
    }
    mase = scales.mase(np.abs(forecasts - targets).mean(axis=1))
    return scores | ({} if np.isnan(mase) else {"mase": mase})


def compared(own: np.ndarray, other: np.ndarray, horizon: int) -> str:
    """In words, whether a run's absolute errors are smaller than those of a simpler method."""
    if own.mean() >= other.mean():
        return "this run does not beat it"
    chance = chance_of_advantage(own, other, horizon)
    if math.isnan(chance):
        few = counted(len(own), "origin is", "origins are")
        return f"{few} too few to tell whether this run beats it"
    if chance > SIGNIFICANT:
        return f"this run does not beat it significantly (p {chance:.2f})"
    return ""
