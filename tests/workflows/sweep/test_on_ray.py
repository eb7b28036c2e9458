"""A sweep on a Ray cluster of this machine: its processes start a framework each, so that `make
soak` alone runs them.
"""

import signal
import socket
from pathlib import Path

import pytest

from tests.cli.invoke import invoke
from tests.workflows.sweep.test_jobs import RATES, UNITS, begin, require_whole, said, trained, until

ON_RAY = ("--launcher=ray", "--jobs=2")


def test_a_cluster_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once: Ray itself tries for many minutes where nobody listens."""
    pytest.importorskip("ray", reason="ray is not installed")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # so that nobody else listens there
        for address in ("nonsense", f"127.0.0.1:{silent.getsockname()[1]}"):
            monkeypatch.setenv("RAY_ADDRESS", address)
            done = invoke("sweep", "fable", "train.epochs=1,2", *ON_RAY)
            assert done.exit_code == 75
            assert f"--launcher ray: no Ray cluster at {address}" in done.stderr


@pytest.mark.soak
def test_a_ray_cluster_shares_a_sweep(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "local")
    process = begin(*RATES, *ON_RAY)
    text = said(process)
    assert process.returncode == 0, text
    assert "2 processes on 1 machine" in text
    require_whole(runs, 5)


@pytest.mark.soak
def test_a_ray_sweep_that_is_stopped_is_continued(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "local")
    process = begin(UNITS, *ON_RAY, "train.epochs=100")
    until(lambda: trained(runs))
    process.send_signal(signal.SIGTERM)
    text = said(process)
    assert process.returncode == 128 + signal.SIGTERM, text
    assert len(trained(runs)) < 5
    again = begin(UNITS, "train.epochs=100")
    assert "continues in" in said(again)
    require_whole(runs, 5)
