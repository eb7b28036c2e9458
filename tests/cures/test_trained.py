"""Hints about a trained run and its checkpoint, or about a run to start from, work."""

from __future__ import annotations

import contextlib
import re
import resource
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.export.keras import export_keras
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from rnnkit.workflows.init_from import open_initial_run
from rnnkit.workflows.processes.capacity import require_capacity
from rnnkit.workflows.train import resume, train
from rnnkit.workflows.trained import load_trained, open_run
from tests.cures.cures import remarks, remarks_of
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


def damaged(factory: pytest.TempPathFactory) -> str:
    run = learnt(factory)
    run.weights.write_bytes(run.weights.read_bytes()[:-1])
    run.history.write_bytes(run.history.read_bytes()[:-1])
    run.keras_export.unlink(missing_ok=True)
    said = []
    for read in (lambda: load_trained(run), run.load_history):
        with pytest.raises(RnnkitError) as caught:
            read()
        said.append(str(caught.value))
    return "\n".join(said)


def resumed(message: str) -> None:
    """The command of the message, in this process."""
    commands = re.findall(r"`(rnnkit train \S+ --resume)`", message)
    _, verb, name, option = commands[0].split()
    run = resume(name).run
    assert (verb, option) == ("train", "--resume")
    assert run.keras_export.exists()
    assert load_trained(run).answers == "numpy"


def written_again(message: str) -> None:
    """Both files, by the one command of both messages."""
    assert len(set(re.findall(r"`(.+?)`", message))) == 1
    resumed(message)
    assert RunFolder(Path("runs/fable")).load_history().epochs


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
    resume(str(learnt(factory)), ["max_steps=200"])


def with_its_section(message: str) -> None:
    (override,) = re.findall(r"Did you mean '(.+)'\?", message)
    assert resume("fable", [override]).run.is_trained


UNITS = "model.layers.0.simple_rnn.units=4"
STOPPED = [
    "model.layers=[{pool: mean}]",
    "train.batch_size=100",
    "train.epochs=1",
    "train.max_steps=1",
]


OLD, NEW = "one two three four five six seven " * 20, "seven six five four three two one " * 20


def of_other_data(_: object) -> None:
    tale = Path("tale.txt")
    tale.write_text(OLD, encoding="utf-8")
    run = train("fable_simple_rnn", ["data.dataset={text: {path: tale.txt}}", *STOPPED]).run
    tale.write_text(NEW, encoding="utf-8")
    resume(str(run), ["train.max_steps=2"])


def restored(message: str) -> None:
    assert "Restore the old one" in message
    trained_anew(message)  # of the new one
    Path("tale.txt").write_text(OLD, encoding="utf-8")
    assert resume("fable_simple_rnn", ["train.max_steps=2"]).run.is_trained


def trained_anew(message: str) -> None:
    """By the command of the message; one epoch shows that it trains."""
    (command,) = re.findall(r"`rnnkit train (.+?)`", message)
    config, *overrides = shlex.split(command)
    assert train(config, [*overrides, "train.epochs=1"]).run.is_trained


def stopped(_: object) -> RunFolder:
    """A run within its first epoch."""
    return train("fable_simple_rnn", STOPPED).run


def changed_within_an_epoch(_: object) -> None:
    resume(str(stopped(_)), ["train.batch_size=50"])


def at_the_end_of_the_epoch(message: str) -> None:
    (command,) = re.findall(r"Run `rnnkit train (.+?)` first", message)
    name, option, *overrides = shlex.split(command)
    assert option == "--resume"
    resume(name, overrides)
    assert resume(name, ["train.batch_size=50", "train.epochs=2"]).run.is_trained


def as_many(message: str) -> None:
    (override,) = re.findall(r"Write `(\S+)`", message)
    assert resume("fable", [override]).run.is_trained


def trained_again(_: object) -> str:
    run = stopped(_)
    for file in (run.weights, run.manifest):  # as if it were killed
        file.unlink()
    return remarks_of(("train", run.path.name, *STOPPED), everything=True)


def poisoned(_: object) -> None:
    """Training whose weights become infinite after its first step."""
    import keras

    def poison(batch: int, logs: object) -> None:
        variable = callback.model.trainable_variables[-1]
        variable.assign(np.full(variable.shape, np.inf))

    callback = keras.callbacks.LambdaCallback(on_train_batch_end=poison)
    train("fable_simple_rnn", [STOPPED[0], "train.epochs=2"], callbacks=[callback])


def continued(message: str) -> None:
    (command,) = re.findall(r"continue from the last checkpoint: `rnnkit train (.+?)`", message)
    name, option, *overrides = shlex.split(command)
    assert option == "--resume"
    assert resume(name, overrides).run.is_trained


def interrupted(_: object) -> str:
    """By a signal outside the steps, as while it is evaluated."""
    import keras

    def interrupt(logs: object) -> None:
        raise KeyboardInterrupt

    callback = keras.callbacks.LambdaCallback(on_train_end=interrupt)
    with remarks() as heard, pytest.raises(KeyboardInterrupt):
        train("fable_simple_rnn", STOPPED, callbacks=[callback])
    return heard[-1]


def without_checkpoint(factory: pytest.TempPathFactory) -> None:
    run = learnt(factory)
    shutil.rmtree(run.checkpoints)
    resume(str(run))


def started_from_another(**keys: str) -> Story:
    """A forecaster that starts from a run whose data have other keys."""

    def data(*overrides: str) -> None:
        task = load_task(Path("runs/weekly/config.yaml"), overrides)
        task.prepare(Source(refit=True), open_initial_run("weekly", task).codec)

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
    "damaged weights": Story(damaged, written_again),
    "full disk": Story(exported_to_a_full_disk, resumed),
    "checkpoint of another optimizer": Story(averaged, left_as_it_was),
    "other data": Story(of_other_data, restored),
    "other units": Story(lambda factory: resume(str(learnt(factory)), [UNITS]), trained_anew),
    "within an epoch": Story(changed_within_an_epoch, at_the_end_of_the_epoch),
    "fewer steps": Story(
        lambda factory: resume(str(learnt(factory)), ["train.max_steps=1"]), as_many
    ),
    "measured again": Story(
        lambda factory: resume(str(learnt(factory)), ["train.batch_size=auto"]), as_many
    ),
    "interrupted": Story(interrupted, resumed),
    "stopped before": Story(trained_again, resumed),
    "infinite weights": Story(poisoned, continued),
    "no checkpoint": Story(without_checkpoint, trained_anew),
    "key without its section": Story(key_without_section, with_its_section),
    "cycles of another run": started_from_another(**{"dataset.series.cycles": "[]"}),
    "transform of another run": started_from_another(transform="difference"),
    "more processes than fit": Story(
        lambda _: require_capacity(1_000_000),
        lambda message: require_capacity(int(message.split("`--num-processes ")[1].split("`")[0])),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_hints_about_a_trained_run_cure_the_mistake(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    CASES[name].require_cured(tmp_path_factory)
