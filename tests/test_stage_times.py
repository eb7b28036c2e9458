from __future__ import annotations

import pytest

from rnnkit.stage_times import EPOCHS, STEPS, StageTimes, log_stages, measured_stages, stage


def test_stage_counts_an_inner_one_apart() -> None:
    with measured_stages() as stages, stage(EPOCHS):
        for _ in range(2):
            with stage(STEPS):
                pass
    assert list(stages.seconds) == ["other", EPOCHS, STEPS]


def test_summary_names_what_is_outside_the_epochs() -> None:
    stages = StageTimes()
    stages.seconds |= {"data": 2.0, EPOCHS: 0.5, STEPS: 8.0, "export": 0.001}
    assert stages.summary() == (
        "10.5 seconds (2.0 outside the epochs): data 2.0, epochs 0.5, steps 8.0"
    )


def test_measured_is_one_for_nested_calls(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "rnnkit")
    with measured_stages() as outer, measured_stages() as inner:
        assert inner is outer
        log_stages()
    log_stages()  # nothing is measured any more
    assert len(caplog.records) == 1
