"""Several processes of one sweep; each imports a framework, so all but one test are soak's. What
processes share is tested by `Claims` and `claimed` in one process, always.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.workflows.sweep.claims import newest_step
from rnnkit.workflows.sweep.jobs import make_work, require_done
from rnnkit.workflows.sweep.plan import SweepOptions, make_plan
from rnnkit.workflows.sweep.study_folder import make_study
from tests.helpers.waiting import until
from tests.workflows.sweep.test_sweep import TINY

UNITS = "model.layers.0.simple_rnn.units=2,3,4,5,6"
RATES = ("train.learning_rate=1e-4..1e-1:log", "--search=tpe", "--trials=5")


def begin(*arguments: str) -> subprocess.Popen[str]:
    """A sweep in a process of its own."""
    Path("tiny.yaml").write_text(yaml.safe_dump({**TINY, "sweep": None}))
    command = [sys.executable, "-m", "rnnkit", "sweep", "tiny.yaml", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=subprocess.STDOUT, text=True)


def said(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=900)[0]


def trained(runs: Path) -> list[str]:
    """The trials that have weights."""
    folders = (runs / "tiny-sweep").glob("trial-*")
    return sorted(one.name for one in folders if RunFolder(one).is_trained)


def require_whole(runs: Path, trials: int) -> None:
    """Every trial is trained once, the winner is scored on test, and nobody claims anything."""
    folder = runs / "tiny-sweep"
    assert len(trained(runs)) == trials
    rows = (folder / "sweep.csv").read_text().splitlines()[1:]
    assert sorted(int(row.split(",")[0]) for row in rows) == list(range(trials))
    assert all(",complete," in row for row in rows)
    assert not list((folder / "claims").glob("*.json"))
    assert len(list(runs.iterdir())) == 1
    tested = [
        one for one in folder.glob("trial-*") if '"test"' in (one / "metrics.json").read_text()
    ]
    assert len(tested) == 1


def test_require_done_names_what_is_left(runs: Path) -> None:
    options = SweepOptions(TINY, jobs=2)
    study = make_study(make_plan(options))
    assert make_work(options, study).options.jobs == 1
    with pytest.raises(RnnkitError, match="2 of 2 trials") as caught:
        require_done(study, [-9, 0])
    assert caught.value.exit_code == 1


@pytest.mark.soak
@pytest.mark.parametrize("keys", [(UNITS,), RATES])
def test_two_processes_share_a_sweep(runs: Path, keys: tuple[str, ...]) -> None:
    """--jobs starts one of them, the same command the other."""
    one, other = begin(*keys), begin(*keys)
    assert "is the best" in said(one)
    assert "is the best" in said(other)
    assert (one.returncode, other.returncode) == (0, 0)
    require_whole(runs, 5)


@pytest.mark.soak
def test_processes_give_the_scores_of_one(runs: Path) -> None:
    """A trial's training depends on its number alone, not on who does it."""
    for arguments in (("--name=one",), ("--name=two", "--jobs=2")):
        process = begin(UNITS, *arguments)
        text = said(process)
        assert process.returncode == 0, text
    one, two = (json.loads((runs / name / "sweep.json").read_text()) for name in ("one", "two"))
    assert [trial["score"] for trial in one["outcomes"]] == [
        trial["score"] for trial in two["outcomes"]
    ]
    assert one["test"] == two["test"]


@pytest.mark.soak
def test_jobs_survive_one_that_is_killed(runs: Path) -> None:
    process = begin(*RATES, "--jobs=2", "train.epochs=100")
    until(lambda: trained(runs))
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    text = said(process)
    assert process.returncode == 0, text
    assert "exit status -9" in text
    require_whole(runs, 5)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("number", "keys"),
    [(signal.SIGINT, (UNITS,)), (signal.SIGTERM, RATES), (signal.SIGKILL, RATES)],
)
def test_jobs_that_are_stopped_are_continued(
    runs: Path, keys: tuple[str, ...], number: signal.Signals
) -> None:
    """A parent that is killed takes its processes with it: they save, and stop."""
    process = begin(*keys, "--jobs=2", "train.epochs=100")
    until(lambda: trained(runs))
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(number)
    text = said(process)
    assert process.returncode == (-9 if number == signal.SIGKILL else 128 + number), text
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))
    before = trained(runs)
    assert len(before) < 5
    again = begin(*keys, "train.epochs=100")
    assert "continues in" in said(again)
    assert again.returncode == 0
    require_whole(runs, 5)


@pytest.mark.soak
@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_that_reaches_all_processes_lets_them_save(runs: Path, times: int) -> None:
    """As SLURM and systemd send it; the processes hear it from the first one, too."""
    rare = ("train.checkpoint.every_seconds=1000", "train.learning_rate=1e-7")
    process = begin(UNITS, "--jobs=2", "train.epochs=100000", *rare)
    folders = [runs / f"tiny-sweep/trial-{number:03}" for number in (0, 1)]
    until(lambda: all((folder / "history.csv").exists() for folder in folders))
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for _ in range(times):
        for one in (process.pid, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGINT)
        time.sleep(0.2)
    text = said(process)
    assert process.returncode == 130, text
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))
    assert all(newest_step(RunFolder(folder)) > 0 for folder in folders)


@pytest.mark.soak
def test_a_killed_sweep_is_continued(runs: Path) -> None:
    """SIGKILL within a training: its trial is taken up at its checkpoint."""
    process = begin(*RATES, "train.epochs=100", "train.checkpoint.every_steps=20")
    until(lambda: list(runs.glob("tiny-sweep/trial-000/checkpoints/step-*[1-9]0")))
    process.kill()
    said(process)
    again = begin(*RATES, "train.epochs=100", "train.checkpoint.every_steps=20", "--jobs=2")
    text = said(again)
    assert again.returncode == 0, text
    assert "resuming after step" in (runs / "tiny-sweep/trial-000/training.log").read_text()
    require_whole(runs, 5)
