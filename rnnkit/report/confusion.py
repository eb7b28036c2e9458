"""A confusion matrix as a picture."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

import numpy as np

from rnnkit.environment import require
from rnnkit.platform.processes import step_back
from rnnkit.report.picture import png, shortened
from rnnkit.worker_process import Answer

MOST_NUMBERED = 30  # labels; with more of them there are shades alone, and not every label is named
MOST_CHARACTERS = 30


def draw_confusion(counts: np.ndarray, labels: Sequence[str], title: str) -> bytes:
    """A PNG of (labels, labels) counts: rows are the true label, columns the answer; shades are
    shares of a row.
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
    # Dollar signs in a name are not mathematics.
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
    """What a process of its own answers with: pictures of the pickled arguments of
    `draw_confusion`. Matplotlib is imported before it is asked.
    """
    step_back()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    FigureCanvasAgg(Figure())
    return lambda question: draw_confusion(**pickle.loads(question))
