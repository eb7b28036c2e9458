"""Two tasks of a real SLURM of this machine: `apt-get install slurm-wlm munge`, as root."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.ranks import (
    CONFIG,
    advised,
    command,
    environment,
    last_state,
    trained,
    wait_for_step,
    weights,
)
from tests.helpers.slurm import slurm, why_not

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]

EPOCHS = "train.epochs=60"
TWO = ("--num-processes", 2)


@pytest.fixture(scope="module")
def settings() -> Iterator[Path]:
    with slurm() as file:
        yield file


@pytest.fixture(autouse=True)
def of_slurm(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_CONF", str(settings))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(CONFIG)
    return path


def srun(*words: object) -> list[str]:
    return ["srun", "--ntasks=2", *command(*words)]


def done(*words: object, code: int = 0) -> str:
    """What two tasks say that end by themselves."""
    ended = subprocess.run(
        srun(*words), env=environment(), capture_output=True, text=True, timeout=280, check=False
    )
    assert ended.returncode == code, ended.stderr
    return ended.stdout + ended.stderr


def test_two_tasks_do_what_two_processes_do(config: Path, runs: Path) -> None:
    said = done(config, *TWO)
    assert "process 1 of 2 by SLURM" in said
    assert said.count("saved in") == 1
    trained(config, *TWO)
    of_slurm, local = weights(runs / "tiny"), weights(runs / "tiny-2")
    assert {name: array.tobytes() for name, array in of_slurm.items()} == {
        name: array.tobytes() for name, array in local.items()
    }


def test_a_cancelled_job_is_saved_and_continued_exactly(
    config: Path, runs: Path, tmp_path: Path
) -> None:
    """SLURM sends SIGTERM to every process of the tasks, to those too that pass it on."""
    log, script = tmp_path / "job.log", tmp_path / "job.sh"
    script.write_text(f"#!/bin/bash\n{shlex.join(srun(config, EPOCHS, *TWO))}\n")
    words = ["sbatch", "--parsable", "--ntasks=2", f"--output={log}", str(script)]
    job = subprocess.check_output(words, env=environment(), text=True).strip()
    wait_for_step(runs / "tiny", 20)
    subprocess.run(["scancel", job], check=True)
    until = time.monotonic() + 60
    while subprocess.check_output(["squeue", "--noheader", f"--jobs={job}"], text=True).strip():
        assert time.monotonic() < until
        time.sleep(0.2)
    said = log.read_text()
    assert "have the same weights" in said
    assert set(re.findall(r"Exited with exit code (\d+)", said)) == {str(128 + signal.SIGTERM)}
    done(*advised(said))
    again = last_state(runs / "tiny")
    trained(config, EPOCHS, *TWO)
    assert again == last_state(runs / "tiny-2")


def test_other_numbers_of_tasks_and_processes_are_refused(config: Path) -> None:
    assert "SLURM started 2 tasks" in done(config, "--num-processes", 3, code=2)
