"""The scores of a target, the scales of MASE, and the comparison with a baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rnnkit.metrics.diebold_mariano import p_value_of_advantage
from rnnkit.metrics.regression import mae, rmse, smape
from rnnkit.quantities import counted

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Scales:
    """The scales of MASE, the mean absolute scaled error.

    Args:
        errors: (series, targets), the error of the naive forecast within each training series.
        members: (windows,), the index of the series of each window.
    """

    errors: np.ndarray
    members: np.ndarray

    def of_target(self, target: int) -> Scales:
        """The scales of one target."""
        return Scales(self.errors[:, target : target + 1], self.members)

    def mase(self, errors: np.ndarray) -> float:
        """The mean scaled error over series, each with the same weight (Hyndman and Koehler 2006);
        nan if no series has a scale.

        Args:
            errors: (windows,), the absolute errors of one target.
        """
        windows = np.bincount(self.members, minlength=len(self.errors))
        totals = np.bincount(self.members, errors, minlength=len(self.errors))
        scaled = (windows > 0) & (self.errors[:, 0] > 0)
        if not scaled.any():
            return float("nan")
        return float((totals[scaled] / windows[scaled] / self.errors[scaled, 0]).mean())

    def contributions(self, errors: np.ndarray) -> np.ndarray:
        """The contribution of each window to MASE, (windows,): their mean is that of `mase` over
        targets; nan where a series has no scale.

        Args:
            errors: (windows, targets), absolute errors.
        """
        windows = np.bincount(self.members, minlength=len(self.errors))
        series = (windows > 0).sum()
        scale = np.where(self.errors > 0, self.errors, np.nan)[self.members]
        shares = len(errors) / (series * windows[self.members])
        return np.asarray((errors / scale).mean(axis=1) * shares)


def target_scores(forecasts: np.ndarray, targets: np.ndarray, scales: Scales) -> dict[str, float]:
    """The scores of one target; without MASE if every training series is constant.

    Args:
        forecasts: (windows, horizon).
        targets: The true values, of the same shape.
        scales: The scales of this target alone.
    """
    scores = {
        "mae": mae(forecasts, targets),
        "rmse": rmse(forecasts, targets),
        "smape": smape(forecasts, targets),
    }
    mase = scales.mase(np.abs(forecasts - targets).mean(axis=1))
    return scores | ({} if np.isnan(mase) else {"mase": mase})


def compared(errors: np.ndarray, baseline_errors: np.ndarray, horizon: int) -> str:
    """A remark if a run does not clearly beat a baseline; "" if it does.

    Args:
        errors: (origins,), the run's absolute errors in chronological order.
        baseline_errors: Those of the baseline.
        horizon: The steps of each forecast.
    """
    if errors.mean() >= baseline_errors.mean():
        return "this run does not beat it"
    p_value = p_value_of_advantage(errors, baseline_errors, horizon)
    if math.isnan(p_value):
        few = counted(len(errors), "origin is", "origins are")
        return f"{few} too few to tell whether this run beats it"
    if p_value > SIGNIFICANT:
        return f"this run does not beat it significantly (p {p_value:.2f})"
    return ""
