"""The loss against the learning rate, as a picture."""

from __future__ import annotations

import numpy as np

from rnnkit.environment import require
from rnnkit.report.picture import BLUE, GREEN, GREY, ORANGE, png

ABOVE = 0.3
"""How far the axis reaches above the first loss, as a share of the fall: a diverging loss grows by
powers of ten."""


def draw_rates(
    rates: np.ndarray,
    losses: np.ndarray,
    smoothed: np.ndarray,
    configured: float,
    suggestion: float | None,
) -> bytes:
    """A PNG of a range test.

    Args:
        rates: (steps,) learning rates, rising.
        losses: (steps,) the loss of each step.
        smoothed: (steps,) their running mean.
        configured: The learning rate of the config.
        suggestion: The suggested rate; None for none.
    """
    require("matplotlib")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    axes.plot(rates, losses, color=GREY, alpha=0.4, linewidth=1, label="loss of a batch")
    axes.plot(rates, smoothed, color=BLUE, linewidth=2, label="smoothed")
    if suggestion is not None:
        axes.axvline(suggestion, color=GREEN, label=f"suggested, steepest fall: {suggestion:g}")
    own = f"the config's train.learning_rate: {configured:g}"
    axes.axvline(configured, color=ORANGE, linestyle=":", label=own)
    low, first = float(smoothed.min()), float(smoothed[0])
    fall = max(first - low, 0.05 * max(abs(first), 1e-9))
    axes.set_ylim(low - 0.1 * fall, first + ABOVE * fall)
    axes.set_xscale("log")
    axes.set_xlabel("learning rate of the step")
    axes.set_ylabel("training loss")
    none = "" if suggestion is not None else ": no fall beyond the noise of batches"
    axes.set_title(f"Learning-rate range test{none}", loc="left", fontsize=12)
    axes.grid(visible=True, color="0.9", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return png(figure)
