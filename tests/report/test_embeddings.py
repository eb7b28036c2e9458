from __future__ import annotations

import itertools

import numpy as np
from matplotlib.figure import Figure

from rnnkit.report.embeddings import draw_embeddings, label


def test_label_covers_no_other_label() -> None:
    figure = Figure(figsize=(3, 3))
    axes = figure.add_subplot()
    places = np.random.default_rng(0).normal(size=(40, 2))
    axes.scatter(*places.T)
    figure.draw_without_rendering()
    texts = list(label(axes, places, [f"token{index}" for index in range(40)], marked=3))
    boxes = [text.get_window_extent() for text in texts]
    assert 10 < len(texts) < 40
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    assert [text.get_text() for text in texts[:3]] == ["token0", "token1", "token2"]


def test_draw_embeddings_of_odd_tokens() -> None:
    tokens = ["$x^2$", "\x1b[31m", "", " the", "漢" * 40]
    drawn = draw_embeddings(np.zeros((5, 2)), np.zeros(2), tokens, marked=1, title="$a")
    assert drawn.startswith(b"\x89PNG")
