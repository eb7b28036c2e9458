from __future__ import annotations

import pytest

from rnnkit.report.memory import draw_memory


@pytest.mark.parametrize("steps", [[], [0], [0, 1, 2], [0, -1, 1], [0, 1, 300]])
def test_draw_memory_of_any_curve(steps: list[int]) -> None:
    marks = {"half": 1, "95 %": 2, "all": 3 if steps else 0}
    drawn = draw_memory(steps, [0.5] * len(steps), [0.1] * len(steps), marks, ("tokens", "$x", "v"))
    assert drawn.startswith(b"\x89PNG")
