"""Two processes on a Ray cluster of this machine with two places."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.helpers.ranks import CONFIG, ended, furthest, started, trained, wait_for_step

pytestmark = pytest.mark.soak

ON_RAY = ("--num-processes", 2, "--launcher", "ray")


@pytest.fixture(autouse=True)
def local_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="ray is not installed")
    monkeypatch.setenv("RAY_ADDRESS", "local")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(CONFIG)
    return path


def test_two_workers_of_ray_do_what_one_process_does(config: Path, runs: Path) -> None:
    done = trained(config, *ON_RAY)
    assert "2 processes have the same weights" in done.stdout + done.stderr
    trained(config)
    assert furthest(runs / "tiny", runs / "tiny-2") < 1e-6


def test_a_signal_ends_both_workers_and_they_resume(config: Path, runs: Path) -> None:
    launcher = started(config, "train.epochs=100", *ON_RAY)
    wait_for_step(runs / "tiny", 20)
    launcher.send_signal(signal.SIGTERM)
    assert ended(launcher, 60)[0] == 143
    trained(runs / "tiny", "--resume", "train.epochs=100", *ON_RAY)
