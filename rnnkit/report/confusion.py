"""A confusion matrix as a picture."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

import numpy as np

from rnnkit.environment import require
from rnnkit.platform.processes import lower_priority
from rnnkit.report.picture import png, shortened
from rnnkit.worker_process import Answer

MOST_NUMBERED = 30  # labels; beyond, cells have no numbers and only some labels are named
MOST_CHARACTERS = 30


def draw_confusion(counts: np.ndarray, labels: Sequence[str], title: str) -> bytes:
    """Draws a confusion matrix as a PNG.

    Args:
        counts: (labels, labels), a row for each true label, a column for each answer; shades are
            shares of a row.
        labels: The names of the labels.
        title: The title of the picture.
    """
    require("matplotlib")
    from matplotlib.figure import Figure

    size = 2.5 + 0.45 * min(len(labels), MOST_NUMBERED)
    figure = Figure(figsize=(max(4.5, size + 1), max(4.0, size)), layout="constrained")
    axes = figure.add_subplot()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(counts) if len(labels) <= MOST_NUMBERED else []:
        shade = "white" if shares[row, column] > 0.5 else "black"
        axes.text(
            column,
            row,
            f"{counts[row, column]:,}",
            ha="center",
            va="center",
            color=shade,
            fontsize=8,
        )
    named = range(0, len(labels), -(-len(labels) // MOST_NUMBERED))
    names = [shortened(labels[label], MOST_CHARACTERS) for label in named]
    # a dollar sign in a name must not start a formula
    axes.set_xticks(
        named, names, rotation=90 if max(map(len, names)) * len(names) > 40 else 0, parse_math=False
    )
    axes.set_yticks(named, names, parse_math=False)
    axes.set_xlabel("answer")
    axes.set_ylabel("true label")
    axes.set_title(title, parse_math=False)
    figure.colorbar(image, label="fraction of the true label", shrink=0.8)
    return png(figure, dpi=120)


def drawer() -> Answer:
    """Prepares a worker process that draws: returns a function from pickled arguments of
    `draw_confusion` to its picture, after importing matplotlib.
    """
    lower_priority()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    FigureCanvasAgg(Figure())
    return lambda question: draw_confusion(**pickle.loads(question))
