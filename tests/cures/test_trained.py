"""Hints about a trained run and its checkpoint, or about a run to start from, work."""

from __future__ import annotations

import contextlib
import re
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from rnnkit.workflows.keras_export import export_keras
from rnnkit.workflows.start import start_from
from rnnkit.workflows.train import resume
from rnnkit.workflows.trained import load_trained, open_run
from tests.cures.cures import remarks_of
from tests.cures.mistakes import RUNS
from tests.cures.stories import Story, by_its_words
from tests.helpers.trained import shared_run


def learnt(factory: pytest.TempPathFactory) -> RunFolder:
    """A copy of a trained run, with its checkpoint."""
    run = shared_run("fable_simple_rnn", factory)
    return RunFolder(Path(shutil.copytree(run, Path("runs/fable"))))


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """No file may have more than a kilobyte."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def damaged(factory: pytest.TempPathFactory) -> None:
    run = learnt(factory)
    run.weights.write_bytes(run.weights.read_bytes()[:-1])
    run.keras_export.unlink(missing_ok=True)
    load_trained(run)


def resumed(message: str) -> None:
    """The command of the message, in this process."""
    _, verb, name, option = re.findall(r"`(rnnkit train \S+ --resume)`", message)[0].split()
    run = resume(name).run
    assert (verb, option) == ("train", "--resume")
    assert run.keras_export.exists()
    assert load_trained(run).answers == "numpy"


def exported_to_a_full_disk(factory: pytest.TempPathFactory) -> None:
    run = learnt(factory)
    _, _, architecture, weights = open_run(run)
    run.keras_export.unlink()
    with full_disk():
        export_keras(architecture, weights, run)


def averaged(factory: pytest.TempPathFactory) -> None:
    resume(str(learnt(factory)), ["train.average=0.9"])


def left_as_it_was(message: str) -> None:
    resume("fable")
    by_its_words(message)


def key_without_section(factory: pytest.TempPathFactory) -> None:
    resume(str(learnt(factory)), ["max_steps=1"])


def with_its_section(message: str) -> None:
    (override,) = re.findall(r"Did you mean '(.+)'\?", message)
    assert resume("fable", [override]).run.is_trained


def started_from_another(**keys: str) -> Story:
    """A forecaster that starts from a run whose data have other keys."""

    def data(*overrides: str) -> None:
        task = load_task(Path("runs/weekly/config.yaml"), overrides)
        task.prepare(Source(refit=True), start_from("weekly", task).codec)

    def say(_: object) -> None:
        RUNS["weekly"]()
        data(*(f"data.{key}={value}" for key, value in keys.items()))

    def mend(message: str) -> None:
        key, value = re.findall(r"Write `([\w.]+): (.+)`", message)[0]
        data(f"{key}={value}")

    return Story(say, mend)


def finished(factory: pytest.TempPathFactory) -> str:
    """What is said where nothing is left to train."""
    return remarks_of(("train", str(learnt(factory)), "--resume"), everything=True)


def trained_further(message: str) -> None:
    assert "nothing left to train" in message and "raise train.epochs" in message
    epochs = int(re.findall(r"of (\d+) epochs", message)[0])
    call = ("train", "fable", "--resume", f"train.epochs={epochs + 1}")
    assert "nothing left" not in remarks_of(call, everything=True)


CASES = {
    "nothing left": Story(finished, trained_further),
    "damaged weights": Story(damaged, resumed),
    "full disk": Story(exported_to_a_full_disk, resumed),
    "checkpoint of another optimizer": Story(averaged, left_as_it_was),
    "key without its section": Story(key_without_section, with_its_section),
    "cycles of another run": started_from_another(**{"dataset.series.cycles": "[]"}),
    "transform of another run": started_from_another(transform="difference"),
}


@pytest.mark.parametrize("name", CASES)
def test_hints_about_a_trained_run_cure_the_mistake(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    CASES[name].require_cured(tmp_path_factory)
