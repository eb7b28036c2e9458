"""Processes that do not come together, each started as its user starts it."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.helpers.ranks import CONFIG, command, environment

pytestmark = pytest.mark.soak

DEAD = 60
"""Seconds; what is refused ends long before."""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


def together(*calls: Sequence[object]) -> list[tuple[int, str]]:
    """The exit code of each and its only line of an error."""
    every = [
        subprocess.Popen(command(*call), env=environment(), stderr=subprocess.PIPE, text=True)
        for call in calls
    ]
    ended = []
    for one in every:
        _, said = one.communicate(timeout=DEAD)
        (line,) = [line for line in said.splitlines() if line.startswith("Error: ")]
        ended.append((one.returncode, line))
    return ended


def by_hand(rank: int, address: str, number: int = 2) -> list[object]:
    own = ["--num-processes", number, "--process-id", rank, "--coordinator", address]
    return [*own, "--start-timeout", 20]


def test_other_configs_are_refused_by_both(config: Path, address: str, runs: Path) -> None:
    for code, said in together(
        [config, "train.epochs=2", *by_hand(0, address)],
        [config, "train.epochs=3", *by_hand(1, address)],
    ):
        assert code == 2
        assert "process 0 and process 1 have train.epochs 2 and 3" in said
    assert not runs.exists()


def test_other_data_is_refused_by_both(config: Path, tmp_path: Path, address: str) -> None:
    """Each machine has a file of its own under the same name."""
    calls = []
    for rank, words in enumerate(("one two three four five ", "one two three five four ")):
        folder = tmp_path / str(rank)
        folder.mkdir()
        (folder / "tale.txt").write_text(words * 40)
        own = folder / "tiny.yaml"
        own.write_text(CONFIG.replace("fable", "{text: {path: tale.txt}}"))
        calls.append([own, *by_hand(rank, address)])
    for code, said in together(*calls):
        assert code == 1
        assert "of process 0 and of process 1 differ" in said


def test_a_port_in_use_is_said_once(config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        call = [config, "--num-processes", 2, "--coordinator", f"127.0.0.1:{port}"]
        ((code, said),) = together(call)
    assert code == 2
    assert f"port {port} of 127.0.0.1 is in use" in said


def test_a_missing_process_is_named_with_the_time(config: Path, address: str) -> None:
    ((code, said),) = together([config, *by_hand(0, address, 3)[:-1], 2])
    assert code == 75
    assert "2 of 3 processes did not come within 2 s: 1, 2" in said


def test_nobody_at_the_coordinator_is_said_with_the_time(config: Path, address: str) -> None:
    ((code, said),) = together([config, *by_hand(1, address)[:-1], 2])
    assert code == 75
    assert f"no process 0 at {address} for 2 s" in said
