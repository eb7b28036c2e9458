"""Hints about runs that are compared, and about trainings that are planned, work."""

from __future__ import annotations

import logging
import shlex
import shutil
from dataclasses import replace

import pytest

from rnnkit.config import dump_config
from rnnkit.config.yaml12 import parse
from rnnkit.names import find_config
from rnnkit.run import RunFolder, next_run_at, runs_folder
from rnnkit.workflows.compare.plan import CompareOptions, make_plan
from rnnkit.workflows.compare.runs import compare_runs
from rnnkit.workflows.sweep.plan import SweepOptions
from rnnkit.workflows.sweep.plan import make_plan as make_plan_of_sweep
from rnnkit.workflows.sweep.plan_checks import remark_on_validation
from rnnkit.workflows.sweep.study_folder import make_study
from tests.cures.stories import Story
from tests.helpers.untrained import untrained_run

TINY = """\
task: {language_model: {window: 3}}
data: {dataset: fable, split: {validation: 0.2}}
model: {embedding: 3, layers: [gru: 3]}
"""


def compared(part: str | None = None, metric: str | None = None) -> str:
    for name in ("one", "two"):
        if not (runs_folder() / name).exists():
            untrained_run(name, TINY)
    compare_runs(["one", "two"], part, metric)
    return ""


def meant(message: str) -> str:
    """The word that a message offers."""
    return message.split("Did you mean '")[1][:-2]


def edited(message: str = "") -> str:
    """A planned run whose config was edited; or one whose folder was removed, as is said."""
    (training,) = make_plan(CompareOptions(str(find_config("fable")), random_seeds=1)).trainings
    if message:
        shutil.rmtree(shlex.split(message.partition("the folder ")[2])[0])
        assert not training.is_begun
        return ""
    text = dump_config(training.task)
    with next_run_at(training.run.path):
        RunFolder.create("any", text.replace("epochs: 100", "epochs: 101"))
    training.require_same()
    return ""


def swept(epochs: int, name: str | None = None) -> str:
    """A sweep whose storage may hold another one."""
    tree = dict(parse(TINY, "c.yaml").tree) | {"train": {"epochs": epochs}}
    keys = ("train.learning_rate=0.1,0.2",)
    asked = SweepOptions(tree, keys, search="tpe", storage="s.journal", name=name)
    make_study(make_plan_of_sweep(asked))
    return ""


def swept_otherwise() -> str:
    """A storage that holds the study of other epochs."""
    swept(1)
    return swept(2)


def damaged(name: str | None = None) -> str:
    """A sweep whose journal has a line that nothing reads."""
    asked = SweepOptions(parse(TINY, "c.yaml").tree, ("train.learning_rate=0.1,0.2",), search="tpe")
    if name is None:
        journal = make_study(make_plan_of_sweep(asked)).folder / "optuna.journal"
        journal.write_bytes(b'{"op_code"\n' + journal.read_bytes())
    make_study(make_plan_of_sweep(replace(asked, name=name)))
    return ""


def judged(metric: str | None = None) -> str:
    """What is remarked on a sweep over a key that changes the loss."""
    heard = list[str]()
    listener = logging.Handler()
    listener.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("rnnkit")
    log.addHandler(listener)
    try:
        keys = ("task.classification.class_weight=none,balanced",)
        remark_on_validation(make_plan_of_sweep(SweepOptions("imdb_lstm", keys, metric=metric)))
    finally:
        log.removeHandler(listener)
    return "".join(heard)


def judged_alike(message: str) -> None:
    assert "validation scores (the loss)" in message
    assert not judged(message.split("`--metric ")[1].partition("`")[0])


def exchanged(layer: str) -> str:
    """The duel of a recurrent layer."""
    make_plan(CompareOptions("fable", layers=[layer], random_seeds=1))
    return ""


CASES: dict[str, Story] = {
    "recurrent layer of another name": Story(
        lambda _: exchanged("lstn"), lambda message: exchanged(meant(message))
    ),
    "sweep over what the loss counts": Story(lambda _: judged(), judged_alike),
    "damaged journal": Story(
        lambda _: damaged(),
        lambda message: damaged(message.split("`--name ")[1].partition("`")[0]),
    ),
    "storage of another study": Story(
        lambda _: swept_otherwise(),
        lambda message: swept(2, message.split("`--name ")[1].partition("`")[0]),
    ),
    "score of another name": Story(
        lambda _: compared(metric="perplexty"), lambda message: compared(metric=meant(message))
    ),
    "part of another name to compare": Story(
        lambda _: compared("validatoin"), lambda message: compared(meant(message))
    ),
    "planned run of another config": Story(lambda _: edited(), edited),
}


@pytest.mark.parametrize("name", CASES)
def test_hints_of_comparisons_cure_the_mistake(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    CASES[name].require_cured(tmp_path_factory)
