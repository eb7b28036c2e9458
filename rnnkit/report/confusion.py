"""A confusion matrix as a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np


def draw_confusion(counts: np.ndarray, labels: Sequence[str], title: str) -> bytes:
    """A PNG of (labels, labels) counts: rows are the true label, columns the answer; shades are shares of a row."""
    from matplotlib.figure import Figure

    size = 2.5 + 0.45 * len(labels)
    figure = Figure(figsize=(max(4.5, size + 1), max(4.0, size)), layout="constrained")
    axes = figure.add_subplot()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            axes.text(column, row, f"{count:,}", ha="center", va="center", color="white" if shares[row, column] > 0.5 else "black", fontsize=8)
    axes.set_xticks(range(len(labels)), labels, rotation=90 if len(labels) > 4 else 0)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("answer")
    axes.set_ylabel("true label")
    axes.set_title(title)
    figure.colorbar(image, label="share of the true label", shrink=0.8)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()
