"""Attention as a picture: the weight of each source token for each target token."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.environment import require
from rnnkit.report.picture import png


def draw_attention(shares: np.ndarray, source: Sequence[str], target: Sequence[str]) -> bytes:
    """Draws attention as a PNG.

    Args:
        shares: (target tokens, source tokens), each row summing to 1; drawn from top to bottom.
        source: The source tokens.
        target: The target tokens.
    """
    require("matplotlib")
    from matplotlib.figure import Figure

    width, height = (1.8 + 0.42 * len(tokens) for tokens in (source, target))
    figure = Figure(figsize=(max(4.0, width + 1), max(3.0, height)))
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="equal")
    # a dollar sign in a token must not start a formula
    axes.set_xticks(
        range(len(source)), [_label_text(token) for token in source], rotation=90, parse_math=False
    )
    axes.set_yticks(range(len(target)), [_label_text(token) for token in target], parse_math=False)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("source")
    axes.set_ylabel("target")
    axes.set_xticks(np.arange(1, len(source)) - 0.5, minor=True)
    axes.set_yticks(np.arange(1, len(target)) - 0.5, minor=True)
    axes.grid(which="minor", color="0.85", linewidth=0.5)
    axes.tick_params(which="minor", length=0)
    figure.colorbar(image, label="share", shrink=0.8)
    return png(figure, dpi=120, bbox_inches="tight")


def _label_text(token: str) -> str:
    return token if token.strip() else repr(token)
