"""`scripts/predict_on_ray.py` on a Ray cluster of this machine, with two processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rnnkit.tasks.answers import ANSWERED_AT_ONCE
from rnnkit.workflows.predict import predict_files
from tests.conftest import REPO
from tests.helpers.meetings import places
from tests.workflows.scoring.conftest import Write

ROWS = {"in/a.csv": 10, "in/b.csv": 12 * ANSWERED_AT_ONCE, "in/c.csv": 10, "in/d.csv": 20_000}


def started(run: str, *options: str, address: str | None = None) -> subprocess.Popen[str]:
    command = [sys.executable, str(REPO / "scripts/predict_on_ray.py"), run, "in"]
    path = os.pathsep.join([str(REPO), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path, "RAY_USAGE_STATS_ENABLED": "0"}
    environment.pop("RAY_ADDRESS", None)
    if address:
        environment["RAY_ADDRESS"] = address
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [*command, "--output", "out", "--workers", "2", *options],
        text=True,
        env=environment,
        start_new_session=True,
        **pipes,  # type: ignore[call-overload]
    )


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_ray_cluster_writes_the_same_bytes_and_continues_after_a_kill(
    run: str, write: Write, tmp_path: Path
) -> None:
    """All of it is killed once the large file has chunks that are kept."""
    pytest.importorskip("ray", reason="ray is not installed")
    for name, rows in ROWS.items():
        write(name, rows)
    predict_files(run, ["in"], "whole")
    call, end = started(run), time.monotonic() + 300
    while not list(Path("out").glob(".b.csv.answers/*.part")) and time.monotonic() < end:
        assert call.poll() is None, call.communicate()
        time.sleep(0.05)
    os.killpg(call.pid, signal.SIGKILL)
    call.communicate()
    there = {path.name for path in Path("out").iterdir() if not path.name.startswith(".")}
    call = started(run)
    said, remarks = call.communicate(timeout=600)
    assert call.returncode == 0, remarks
    # Ray's workers outlive the call for a moment, in which one may finish its file
    assert 1 <= int(said.split()[3]) <= len(ROWS) - len(there)
    shown = {path.name: path for path in Path("out").iterdir() if not path.name.startswith(".")}
    assert shown.keys() == {Path(name).name for name in ROWS}
    for name, path in shown.items():
        assert path.read_bytes() == Path("whole", name).read_bytes()
    call = started(run)
    assert call.communicate(timeout=600)[0] == "0 rows of 0 files answered\n"


@pytest.mark.soak
def test_mistakes_are_said_and_other_files_answered(run: str, write: Write) -> None:
    pytest.importorskip("ray", reason="ray is not installed")
    write("in/a.csv", 10)
    call = started(run, "--workers", "0")
    assert "invalid positive value: '0'" in call.communicate()[1]
    assert call.returncode == 2
    call = started(run, address=places(1)[0].coordinator)  # where nobody listens
    said = call.communicate(timeout=100)[1]
    assert "Error: RAY_ADDRESS: no Ray cluster at 127.0.0.1:" in said
    assert "Traceback" not in said
    assert call.returncode == 75
    Path("in/b.csv").write_bytes(b"\xff\xfe\x00")
    Path("in/c.csv").write_text("other\nword\n")
    call = started(run)
    said, remarks = call.communicate(timeout=600)
    assert said == "10 rows of 1 files answered\n"
    assert call.returncode == 2
    errors = [line for line in remarks.splitlines() if line.startswith("Error: ")]
    assert ["b.csv" in errors[0], "c.csv" in errors[1], len(errors)] == [True, True, 2]
    assert "Traceback" not in remarks
