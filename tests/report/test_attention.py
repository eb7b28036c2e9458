from __future__ import annotations

import numpy as np
import pytest

from rnnkit.report.attention import draw_attention
from tests.report.test_confusion import size


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (["i", "am", "cold", "."], ["j'", "ai", "froid", ".", "<end>"]),
        (["a$b$", "$\\frac", " "], ["日本", "\N{GRINNING FACE}", ""]),
        (["one"], ["<end>"]),
        pytest.param(["word"] * 60, ["mot"] * 60, marks=pytest.mark.soak),
    ],
    ids=["plain", "odd", "single", "long"],
)
def test_draw_attention_accepts_any_tokens(source: list[str], target: list[str]) -> None:
    shares = np.random.default_rng(0).dirichlet(np.ones(len(source)), len(target))
    width, height = size(draw_attention(shares, source, target))
    assert width > 200
    assert height > 150


def test_draw_attention_shows_the_shares() -> None:
    tokens = ["a", "b"]
    assert draw_attention(np.eye(2), tokens, tokens) != draw_attention(
        np.eye(2)[::-1], tokens, tokens
    )
