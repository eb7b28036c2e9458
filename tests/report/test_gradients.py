"""The picture of gradients."""

from __future__ import annotations

import pytest

from rnnkit.report.gradients import draw_gradients


@pytest.mark.filterwarnings("error")
def test_draw_gradients_names_a_run_as_it_is_called() -> None:
    names = ["日本: lstm", "_old: lstm", "_new: lstm", r"$\wrong$: lstm"]
    assert len({draw_gradients({name: [1.0, 0.5]}, 0.01) for name in names}) == len(names)
