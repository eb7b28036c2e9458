from __future__ import annotations

import numpy as np
import pytest

from rnnkit.report.coloured_text import coloured_page
from rnnkit.report.gates import Map, draw_gates


@pytest.mark.parametrize(("steps", "units"), [(1, 1), (3, 600), (400, 2)])
def test_draw_gates_of_any_size(steps: int, units: int) -> None:
    tokens = [["$x$", "\x1b[2J", " ", "漢字"][step % 4] for step in range(steps)]
    values = np.random.default_rng(0).normal(size=(steps, units))
    maps = [Map("f", values, True, 0, tokens), Map("h", values * 0, False, 7, tokens)]
    assert draw_gates(maps, "t").startswith(b"\x89PNG")


def test_coloured_page_shows_texts_as_texts() -> None:
    page = coloured_page("<t>", ["a & b"], ["<script>", "\x1b", "\n"], [0.5, -2.0, 0.0])
    assert "<script>" not in page
    assert "\x1b" not in page
    assert 'class="n" title="-2.00" style="--s:75%"' in page
    assert "http" not in page
