import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import pytest

from rnnkit.config import dump_config
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder, next_run_at
from rnnkit.workflows.sweep import heartbeats
from rnnkit.workflows.sweep.outcome import Outcome
from rnnkit.workflows.sweep.plan import SweepOptions, make_plan
from rnnkit.workflows.sweep.study import Study
from rnnkit.workflows.sweep.study_folder import make_study
from rnnkit.workflows.sweep.sweep import sweep
from tests.cli.invoke import invoke
from tests.workflows.sweep.test_sweep import TINY

RATES = ("train.learning_rate=1e-4..1e-1:log",)
ASKED = SweepOptions(TINY, RATES, trials=8, search="tpe")


def study_of(options: SweepOptions) -> Study:
    return make_study(make_plan(options))


def ended(study: Study, number: int, score: float | None, problem: str = "") -> None:
    """A trial ends with this score."""
    (drawn,) = [one for one in study.points.known() if one.number == number]
    study.points.end(
        Outcome(number, drawn.point, "run", "val_loss", score, 1, 0.1, problem=problem)
    )


def test_sweep_takes_up_the_trial_of_a_killed_process(runs: Path) -> None:
    """Its point is in the storage, its checkpoint in its folder, and nobody holds its lock."""
    options = replace(ASKED, trials=2)
    lost = study_of(options).points.draw()
    assert lost is not None
    result = sweep(options).result
    assert result is not None
    assert sorted(one.number for one in result.outcomes) == [0, 1]
    assert lost.point in [one.point for one in result.outcomes]
    assert result.test["this run"]
    folder = Path(result.folder)
    written = {path.name for path in folder.iterdir()}
    assert {"best.yaml", "sweep.csv", "sweep.png", "optuna.journal"} <= written
    assert RunFolder(folder / "trial-000").is_trained
    before = RunFolder(folder / "trial-000").manifest.stat().st_mtime_ns
    assert json.loads(sweep(options).result.json())["outcomes"]  # type: ignore[union-attr]
    assert RunFolder(folder / "trial-000").manifest.stat().st_mtime_ns == before

    shutil.rmtree(folder / "trial-001")  # as a message says, to train it again
    again = sweep(options).result
    assert again is not None and again.outcomes == result.outcomes
    assert RunFolder(folder / "trial-001").is_trained
    assert RunFolder(folder / "trial-000").manifest.stat().st_mtime_ns == before


def test_claimed_is_shared_by_processes(runs: Path) -> None:
    """Two processes of one study: no trial is both's, and one that is given back is taken up."""
    one, other = study_of(ASKED).claimed(), study_of(ASKED).claimed()
    first, second = next(one), next(other)
    assert (first.trial.number, second.trial.number) == (0, 1)
    assert first.trial.point != second.trial.point
    first.give_back()
    assert next(other).trial.number == 0


@pytest.mark.parametrize("bytes_left", [0, 1, 40, -1])
def test_a_journal_whose_last_line_is_torn_is_continued(runs: Path, bytes_left: int) -> None:
    """As a process that was killed while it wrote it, or a loss of power, leaves it."""
    study = study_of(ASKED)
    points = [study.points.draw(), study.points.draw()]
    ended(study, 0, 0.5)
    journal = study.folder / "optuna.journal"
    *whole, last = journal.read_bytes().splitlines(keepends=True)
    assert b'"values"' in last  # that trial 0 is complete
    journal.write_bytes(b"".join(whole) + last[:bytes_left] + (b"\0" * 9 if bytes_left else b""))
    again = study_of(ASKED)
    assert [one.number for one in again.points.unfinished()] == [0, 1]
    ended(again, 0, 0.5)
    assert again.points.draw() not in points
    (outcome,) = study_of(ASKED).points.outcomes()
    assert (outcome.number, outcome.score) == (0, 0.5)


def test_draw_that_was_killed_half_way_is_replaced(runs: Path) -> None:
    study = study_of(replace(ASKED, trials=1))
    study.points._study.ask()  # type: ignore[attr-defined]  # without a point
    drawn = next(study.claimed()).trial
    assert drawn.number == 1
    assert drawn.point


def test_unfinished_of_another_machine_ends_once_it_is_silent(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = replace(ASKED, storage="shared.journal")
    here = study_of(shared)
    monkeypatch.setenv("RNNKIT_RUNS", "elsewhere")
    there = study_of(shared)
    drawn = there.points.draw()
    assert drawn is not None
    (seen,) = here.points.unfinished()
    assert (seen.number, seen.is_here) == (0, False)
    assert next(here.claimed()).trial.number == 1
    monkeypatch.setattr(heartbeats, "SECONDS_UNTIL_LOST", 0.0)
    assert [one.number for one in here.points.unfinished()] == [1]
    ended(there, 0, 0.5)  # it was alive after all, and comes too late
    (outcome,) = here.points.outcomes()
    assert "killed" in outcome.problem


def test_working_says_again_and_again_that_it_is_alive(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "SECONDS_BETWEEN_BEATS", 0.001)
    study = study_of(replace(ASKED, storage="shared.journal"))
    assert study.points.draw()
    trials = study.points._trials  # type: ignore[attr-defined]
    heard = set()
    with study.points.working(0):
        while len(heard) < 4:
            heard.add(trials()[0].user_attrs.get(heartbeats.BEATS))
    last = trials()[0].user_attrs[heartbeats.BEATS]
    assert last == trials()[0].user_attrs[heartbeats.BEATS]


def test_prune_ends_what_does_worse_than_the_median(runs: Path) -> None:
    study = study_of(replace(ASKED, prune=True, assignments=(*RATES, "train.epochs=10")))
    pruned = []
    for number, worse in enumerate([0.0, 0.1, 0.2, 0.3, 0.4, 0.1, 5.0]):
        assert study.points.draw()
        model = keras.Sequential()
        model.stop_training = False
        with study.points.working(number) as (callback,):
            callback.set_model(model)
            for epoch in range(10):
                callback.on_epoch_end(epoch, {"loss": 9.0, "val_loss": worse + 1 / (epoch + 1)})
                if model.stop_training:
                    pruned.append((number, epoch))
                    break
        ended(study, number, worse)
    assert pruned == [(6, 2)]
    states = {one.number: one.state for one in study.points.outcomes()}
    assert [number for number, state in states.items() if state == "pruned"] == [6]


def test_prune_holds_for_a_trial_whose_process_was_killed_then(runs: Path) -> None:
    """It is taken up at a checkpoint, ends there, and is not said to be pruned after all epochs."""
    options = replace(ASKED, prune=True, assignments=(*RATES, "train.epochs=10"))
    study = study_of(options)
    assert study.points.draw()
    trial_id = study.points._id(0)  # type: ignore[attr-defined]
    study.points._storage.set_trial_user_attr(trial_id, "pruned", True)  # type: ignore[attr-defined]
    model = keras.Sequential()
    model.stop_training = False
    with study_of(options).points.working(0) as (callback,):
        callback.set_model(model)
        callback.on_epoch_end(3, {"val_loss": 0.0})
    assert model.stop_training


def test_a_run_of_another_point_is_not_taken_for_the_trial(runs: Path) -> None:
    """The journal was removed, the runs were not: their points may be others."""
    study = study_of(replace(ASKED, trials=1))
    drawn = study.points.draw()
    assert drawn is not None
    trial = study.trial(drawn)
    other = dump_config(trial.task).replace("epochs: 1", "epochs: 2")
    with next_run_at(trial.run.path):
        RunFolder.create("any", other)
    (study.folder / "optuna.journal").unlink()
    with pytest.raises(RnnkitError, match=r"config was changed.*Remove the folder"):
        sweep(replace(ASKED, trials=1))
    shutil.rmtree(trial.run.path)
    assert sweep(replace(ASKED, trials=1)).result


def test_prune_leaves_a_trial_that_is_at_its_end(runs: Path) -> None:
    study = study_of(replace(ASKED, prune=True, assignments=(*RATES, "train.epochs=1")))
    for number in range(7):
        assert study.points.draw()
        model = keras.Sequential()
        model.stop_training = False
        with study.points.working(number) as (callback,):
            callback.set_model(model)
            callback.on_epoch_end(0, {"val_loss": float(number)})
        ended(study, number, number)
    assert {one.state for one in study.points.outcomes()} == {"complete"}


def test_prune_of_a_grid_keeps_its_points(runs: Path) -> None:
    values = ("train.learning_rate=0.1,0.01,0.001",)
    study = study_of(SweepOptions(TINY, values, search="grid", prune=True))
    drawn: Sequence[float] = [
        one.point["train.learning_rate"] for one in iter(study.points.draw, None) if one
    ]
    assert drawn == [0.1, 0.01, 0.001]


@pytest.mark.parametrize(
    "storage", ["some.journal", pytest.param("sqlite:///some.db", marks=pytest.mark.soak)]
)
def test_storage_of_another_study_is_refused(runs: Path, storage: str) -> None:
    options = replace(ASKED, storage=storage)
    study = study_of(options)
    assert study.points.draw()
    ended(study, 0, None, "the loss is nan")
    (outcome,) = study_of(options).points.outcomes()
    assert (outcome.state, outcome.problem) == ("failed", "the loss is nan")
    other = replace(options, assignments=(*RATES, "train.epochs=7"))
    with pytest.raises(RnnkitError, match=r"--storage.*another study.*epochs"):
        study_of(other)
    assert study_of(replace(other, name="mine")).folder.name == "mine"
    assert len(list(runs.iterdir())) == 2


@pytest.mark.parametrize(
    ("storage", "said"),
    [
        ("no/such/folder.journal", "no folder no/such"),
        ("sqlite:////no/such/folder/some.db", "unable to open"),
        ("nonsuch://somewhere/study", "nonsuch"),
        ("postgresql://me:secret@nowhere/study", "postgresql://me@nowhere"),
        ("notes.txt", "another file"),
        (".", "a folder"),
    ],
)
def test_storage_that_cannot_be_opened(storage: str, said: str, runs: Path) -> None:
    Path("notes.txt").write_text("not a journal")
    done = invoke("sweep", "fable", "train.epochs=1,2", "--search", "tpe", "--storage", storage)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "secret" not in done.stderr
    assert not runs.exists()
    assert Path("notes.txt").read_text() == "not a journal"


@pytest.mark.parametrize(
    ("option", "library", "extra"),
    [("--search=tpe", "optuna", "sweep"), ("--launcher=ray", "ray", "ray")],
)
def test_missing_extra_is_named(
    option: str, library: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)  # as if it were not installed
    done = invoke("sweep", "fable", "train.epochs=1,2", option)
    assert done.exit_code == 2
    assert f"rnnkit[{extra}]" in done.stderr
