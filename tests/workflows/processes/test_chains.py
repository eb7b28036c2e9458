"""Two processes of this machine that train one model, stopped and killed in every way: what is
resumed ends where the training ends that was never stopped.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.helpers.meetings import places
from tests.helpers.ranks import (
    CONFIG,
    SOON,
    advised,
    ended,
    furthest,
    last_state,
    listening,
    member,
    started,
    trained,
    wait_for_step,
    wait_until_met,
)
from tests.helpers.small_disk import small_disk

pytestmark = pytest.mark.soak

TWO = ("--num-processes", 2)
EPOCHS = "train.epochs=60"
FIRST_STEPS = 20
LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
"""As Linux writes 127.0.0.1, the same in version 6, and ::1."""


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uninterrupted")
    (folder / "tiny.yaml").write_text(CONFIG)
    trained(folder / "tiny.yaml", EPOCHS, *TWO, RNNKIT_RUNS=str(folder / "runs"))
    return folder / "runs" / "tiny"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(CONFIG)
    return path


@pytest.mark.parametrize("rank", [0, 1])
def test_the_others_of_a_killed_process_end_soon_and_resume_exactly(
    rank: int, config: Path, runs: Path, uninterrupted: Path
) -> None:
    launcher = started(config, EPOCHS, *TWO)
    wait_for_step(runs / "tiny", FIRST_STEPS)
    os.kill(member(launcher, rank), signal.SIGKILL)
    code, said = ended(launcher)
    assert code == 75
    assert f"process {rank} was ended by SIGKILL" in said
    trained(*advised(said))
    assert last_state(runs / "tiny") == last_state(uninterrupted)


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_one_process_stops_both_at_the_same_step(
    rank: int, number: int, config: Path, runs: Path, uninterrupted: Path
) -> None:
    launcher = started(config, EPOCHS, *TWO)
    wait_for_step(runs / "tiny", FIRST_STEPS)
    os.kill(member(launcher, rank), number)
    code, said = ended(launcher)
    assert (code, "have the same weights" in said) == (128 + number, True)
    trained(*advised(said))
    assert last_state(runs / "tiny") == last_state(uninterrupted)


def test_a_signal_to_the_launcher_stops_all_and_one_process_goes_on(
    config: Path, runs: Path, uninterrupted: Path
) -> None:
    launcher = started(config, EPOCHS, *TWO)
    wait_for_step(runs / "tiny", FIRST_STEPS)
    launcher.send_signal(signal.SIGTERM)
    assert ended(launcher)[0] == 143
    trained(runs / "tiny", "--resume")
    assert furthest(runs / "tiny", uninterrupted) < 1e-6


def test_a_signal_to_every_process_of_a_job_is_one(
    config: Path, runs: Path, uninterrupted: Path
) -> None:
    """As SLURM and systemd send it, to the launcher and to those that it passes it on to."""
    launcher = started(config, EPOCHS, *TWO)
    wait_for_step(runs / "tiny", FIRST_STEPS)
    for process in (launcher.pid, member(launcher, 0), member(launcher, 1)):
        os.kill(process, signal.SIGTERM)
    code, said = ended(launcher)
    assert (code, "have the same weights" in said) == (143, True)
    trained(runs / "tiny", "--resume", *TWO)
    assert last_state(runs / "tiny") == last_state(uninterrupted)


def test_the_processes_of_a_killed_launcher_stop_and_save(
    config: Path, runs: Path, uninterrupted: Path
) -> None:
    launcher = started(config, EPOCHS, *TWO)
    wait_for_step(runs / "tiny", FIRST_STEPS)
    first = member(launcher, 0)
    launcher.kill()
    ended(launcher)
    with pytest.raises(ProcessLookupError):
        for _ in range(150):
            os.kill(first, 0)
            time.sleep(0.1)
    trained(runs / "tiny", "--resume", *TWO)
    assert last_state(runs / "tiny") == last_state(uninterrupted)


@pytest.mark.parametrize("rank", [0, 1])
def test_two_machines_say_who_is_gone_and_what_each_of_them_continues_with(
    rank: int, config: Path, runs: Path, uninterrupted: Path
) -> None:
    address = places(2)[0].coordinator
    by_hand = [(*TWO, "--process-id", one, "--coordinator", address) for one in (0, 1)]
    machines = [started(config, EPOCHS, *own) for own in by_hand]
    wait_for_step(runs / "tiny", FIRST_STEPS)
    os.kill(member(machines[rank], rank), signal.SIGKILL)
    (code, said), (other_code, other_said) = ended(machines[rank]), ended(machines[1 - rank])
    assert (code, other_code) == (75, 75)
    assert f"process {rank} was ended by SIGKILL" in said
    assert f"process {rank} of 2 is gone" in other_said or "another process is gone" in other_said
    again = [started(*advised(one)) for one in (said, other_said)]
    assert [ended(one, 200)[0] for one in again] == [0, 0]
    assert last_state(runs / "tiny") == last_state(uninterrupted)


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("seconds", [0.0, 1.0, 2.0, 2.6, 3.2, 4.0])
def test_a_machine_that_is_gone_before_the_first_step_is_missed_soon(
    rank: int, seconds: float, config: Path
) -> None:
    """While frameworks are imported, and while JAX connects the processes."""
    address = places(2)[0].coordinator
    by_hand = [(*TWO, "--process-id", one, "--coordinator", address) for one in (0, 1)]
    machines = [started(config, EPOCHS, *own) for own in by_hand]
    wait_until_met(address)
    time.sleep(seconds)
    gone = (member(machines[rank], rank), machines[rank].pid)
    for process in gone:
        os.kill(process, signal.SIGKILL)
    code, said = ended(machines[1 - rank])
    assert code == 75
    assert f"process {rank} of 2 is gone" in said or "another process is gone" in said
    ended(machines[rank])


def test_a_process_that_stands_still_is_named(config: Path, runs: Path) -> None:
    launcher = started(config, "train.epochs=400", *TWO)
    wait_for_step(runs / "tiny", FIRST_STEPS)
    os.kill(member(launcher, 1), signal.SIGSTOP)
    code, said = ended(launcher, 3 * SOON)
    assert (code, "process 1 does not answer" in said) == (75, True)


def test_a_full_disk_is_the_mistake_of_the_first_process_and_its_cure_works(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command that is named continues with as many processes."""
    with small_disk(tmp_path / "disk", "300k") as disk:
        monkeypatch.setenv("RNNKIT_RUNS", str(disk / "runs"))
        code, said = ended(started(config, "train.epochs=400", *TWO), 200)
        assert code == 75
        (error,) = [line for line in said.splitlines() if line.startswith("Error: ")]
        assert "No space left on device" in error
        subprocess.run(["mount", "-o", "remount,size=9m", disk], check=True)
        words = shlex.split(error.partition("continue with `rnnkit train ")[2].rstrip("`"))
        launcher = started(*words)
        last = max(int(one.name[5:]) for one in disk.glob("runs/tiny/checkpoints/step-?????????"))
        wait_for_step(disk / "runs" / "tiny", last + FIRST_STEPS)
        launcher.send_signal(signal.SIGTERM)
        code, said = ended(launcher, 60)
        assert (code, "devices:" in said) == (143, False)
        assert advised(said)[-2:] == ["--num-processes", "2"]


def test_one_process_begins_and_two_go_on(config: Path, runs: Path, uninterrupted: Path) -> None:
    trained(config, "train.epochs=20")
    done = trained(runs / "tiny", "--resume", EPOCHS, *TWO)
    assert "devices: 1 -> 2" in done.stderr
    assert furthest(runs / "tiny", uninterrupted) < 1e-6


def test_only_the_loopback_listens(config: Path, runs: Path) -> None:
    launcher = started(config, "train.epochs=400", *TWO)
    wait_for_step(runs / "tiny", FIRST_STEPS)
    addresses = {address for rank in (0, 1) for address in listening(member(launcher, rank))}
    launcher.send_signal(signal.SIGTERM)
    assert ended(launcher)[0] == 143
    assert addresses
    assert addresses <= LOOPBACK
