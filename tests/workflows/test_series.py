"""What the verbs that answer about series share."""

from __future__ import annotations

import pytest

from rnnkit.report.series import MOST_PANELS
from rnnkit.workflows.series import first_drawn


def test_drawn_ones_are_those_that_a_picture_has_room_for(caplog: pytest.LogCaptureFixture) -> None:
    shops = range(100)
    assert list(first_drawn(shops[:3], 2)) == [0, 1, 2]
    assert not caplog.text
    assert list(first_drawn(shops, 2)) == list(range(MOST_PANELS // 2))
    assert f"--plot: {MOST_PANELS // 2} of 100 series" in caplog.text
    assert list(first_drawn(shops, 2 * MOST_PANELS)) == [0]
