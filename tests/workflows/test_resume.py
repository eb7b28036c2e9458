"""Stopped anywhere and by anything, a training that goes on ends bit for bit where an uninterrupted
one ends.
"""

from __future__ import annotations

import csv
import hashlib
import os
import pty
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rnnkit import kernels
from rnnkit.errors import RUN_FAILED, USER_MISTAKE, RnnkitError
from rnnkit.run import RunFolder
from rnnkit.training.checkpoint import load_checkpoint, save_checkpoint
from rnnkit.workflows.train import resume, train
from tests.conftest import SOAK_SEED
from tests.workflows import call

# Everything that has a state of its own: dropout of three kinds, the moments of Adam, a plateau,
# the best weights.
CONFIG = """
task: {language_model: {window: 2}}
data: {dataset: fable, split: {validation: 0.2}}
model:
  embedding: 8
  layers:
    - simple_rnn: {units: 8, dropout: 0.2, recurrent_dropout: 0.2, unroll: true}
    - dropout: 0.3
train:
  optimizer: adam
  learning_rate: 0.03
  schedule: {on_plateau: {rate: 0.7, patience: 1, minimum: 0.2}}
  warmup_steps: 6
  batch_size: 40
  epochs: 4
  checkpoint: {every_steps: 3, every_seconds: null}
"""
DICE = random.Random(SOAK_SEED)
STEPS = 4  # of an epoch: 159 windows in batches of 40, the last one filled up
EPOCHS = 4


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return str(path)


def final_state(run: RunFolder) -> tuple[dict[str, str], list[dict[str, str]], str]:
    """Every variable of the last checkpoint, the history without seconds, and the best weights.

    A checkpoint that a signal left at the last step of an epoch stays as it is, so its copy of the
    best weights may be an older one.
    """
    checkpoint = load_checkpoint(run.checkpoints)
    variables = {
        name: hashlib.sha256(array.tobytes()).hexdigest()
        for name, array in checkpoint.arrays.items()
        if "best/" not in name
    }
    with open(run.history, encoding="utf-8") as file:
        history = [
            {name: value for name, value in row.items() if name != "seconds"}
            for row in csv.DictReader(file)
        ]
    with np.load(run.weights) as archive:
        weights = hashlib.sha256(
            b"".join(archive[name].tobytes() for name in archive.files)
        ).hexdigest()
    return variables, history, weights


def assert_same(run: RunFolder, reference: RunFolder) -> None:
    (variables, history, weights), (all_variables, whole_history, whole_weights) = (
        final_state(run),
        final_state(reference),
    )
    assert history == whole_history
    assert {
        name
        for name in variables.keys() | all_variables.keys()
        if variables.get(name) != all_variables.get(name)
    } == set()
    assert weights == whole_weights


def uninterrupted_in(folder: Path, *overrides: str) -> RunFolder:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "small.yaml").write_text(CONFIG, encoding="utf-8")
    before = os.environ.get("RNNKIT_RUNS")
    os.environ["RNNKIT_RUNS"] = str(folder / "runs")
    try:
        return train(str(folder / "small.yaml"), overrides).run
    finally:
        if before is None:
            del os.environ["RNNKIT_RUNS"]
        else:
            os.environ["RNNKIT_RUNS"] = before


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return uninterrupted_in(tmp_path_factory.mktemp("uninterrupted"))


@pytest.fixture
def copy(uninterrupted: RunFolder, tmp_path: Path) -> RunFolder:
    """A copy of the finished run, to be damaged."""
    return RunFolder(Path(shutil.copytree(uninterrupted.path, tmp_path / "elsewhere" / "copy")))


class Killed(BaseException):
    """Ends a training as a SIGKILL does, which runs no more of it than callbacks' ends."""


class KilledAt(keras.callbacks.Callback):
    """Stops before a step is done."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        raise Killed


class SignalAt(keras.callbacks.Callback):
    """A real signal to this very process, at the n-th event of a kind."""

    def __init__(self, event: str, nth: int, number: signal.Signals):
        super().__init__()
        self._event, self._left, self._number = event, nth, number

    def _count(self, event: str) -> None:
        if event == self._event:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), self._number)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._count("step begins")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._count("step ends")

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self._count("validation")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._count("epoch begins")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._count("epoch ends")


def test_train_moves_every_state_of_the_reference(uninterrupted: RunFolder) -> None:
    """Else equality would prove little: the rate falls, an epoch before the last is the best, and
    dropout's generators move.
    """
    _, history, _ = final_state(uninterrupted)
    assert [row["epoch"] for row in history] == ["1", "2", "3", "4"]
    assert len({row["learning_rate"] for row in history}) > 1
    assert float(history[-1]["loss"]) < float(history[0]["loss"])
    checkpoint = load_checkpoint(uninterrupted.checkpoints)
    assert checkpoint.state["progress"]["step"] == STEPS * EPOCHS
    seeds = [array for name, array in checkpoint.arrays.items() if "seed_generator" in name]
    assert len(seeds) >= 2
    assert all((array != 0).any() for array in seeds)


STOPS: list[tuple[str, int, int]] = [
    # what, its number since this start, the step after which the training then stands
    ("validation", 1, 4),  # after the last step of an epoch, whose end is still to come
    ("step ends", 12, 16),  # the very last step
]


def test_resume_after_many_stops_equals_an_uninterrupted_training(
    uninterrupted: RunFolder, config: str
) -> None:
    run: RunFolder | None = None
    for index, (event, nth, step) in enumerate(STOPS):
        number = (signal.SIGINT, signal.SIGTERM)[index % 2]
        stop = SignalAt(event, nth, number)
        training = (
            train(config, callbacks=[stop])
            if run is None
            else resume(str(run.path), callbacks=[stop])
        )
        run = training.run
        assert training.signal == number
        assert f"{number.name} after step {step} of 16" in training.best
        assert training.next_command == f"rnnkit train {run.path} --resume"
        assert load_checkpoint(run.checkpoints).state["progress"]["step"] == step
    assert run is not None
    training = resume(str(run.path))
    assert training.signal is None
    assert_same(run, uninterrupted)


@pytest.mark.backend
def test_resume_with_more_steps_and_epochs_equals_one_training(
    uninterrupted: RunFolder, config: str
) -> None:
    """A first part ends within an epoch; the whole is as if it had been asked for at once."""
    run = train(config, ["train.max_steps=6", "train.epochs=3"]).run
    assert len(final_state(run)[1]) == 2
    resume(run.path.name, ["train.max_steps=null", "train.epochs=4"])
    assert_same(run, uninterrupted)
    assert run.load_config().train.epochs == 4


def test_resume_before_the_first_checkpoint_starts_again(
    uninterrupted: RunFolder, config: str, said: list[str]
) -> None:
    for _ in range(2):
        with pytest.raises(Killed):
            train(config, callbacks=[KilledAt()])
    run = RunFolder(Path("runs/small"))
    assert any("small is not finished: `rnnkit train" in line for line in said)
    assert not run.is_trained
    resume(str(run.path))
    assert any(line.startswith("resuming from the start") for line in said)
    assert_same(run, uninterrupted)
    assert newest_step(run) == STEPS * EPOCHS


@pytest.mark.soak
def test_resume_before_the_first_checkpoint_has_the_weights_it_started_from(
    uninterrupted: RunFolder, config: str
) -> None:
    """The other run may be gone by then."""
    shutil.copytree(uninterrupted.path, "runs/first")
    shorter = ["train.epochs=1"]
    reference = train(config, shorter, init_from="first").run
    with pytest.raises(Killed):
        train(config, shorter, init_from="first", callbacks=[KilledAt()])
    shutil.rmtree("runs/first")
    run = RunFolder(Path(shutil.move("runs/small-2", "runs/moved")))
    resume(str(run.path))
    assert_same(run, reference)


def test_resume_of_a_finished_run_changes_nothing(
    copy: RunFolder, uninterrupted: RunFolder, said: list[str]
) -> None:
    copy.confusion("test").write_bytes(b"of these weights")
    training = resume(str(copy.path))
    assert any(line.startswith("nothing left to train: 4 of 4 epochs") for line in said)
    assert copy.confusions() == [copy.confusion("test")]
    assert training.signal is None
    assert_same(copy, uninterrupted)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x01
    path.write_bytes(content)


def test_resume_skips_a_damaged_checkpoint(
    copy: RunFolder, uninterrupted: RunFolder, said: list[str]
) -> None:
    newest = max(copy.checkpoints.iterdir())
    flip(newest / "state.npz")
    resume(str(copy.path))
    assert any(f"{newest}: damaged" in line and f"corrupt-{newest.name}" in line for line in said)
    assert any("after step 15, in epoch 4" in line for line in said)
    assert_same(copy, uninterrupted)
    curves = EventAccumulator(str(copy.tensorboard))
    curves.Reload()
    assert {event.step for event in curves.Scalars("epoch/loss")} == {1, 2, 3, 4}
    assert (copy.checkpoints / f"corrupt-{newest.name}").is_dir()
    assert "damaged" in copy.log.read_text(encoding="utf-8")


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_resume_lists_the_checkpoints_when_all_are_damaged(copy: RunFolder) -> None:
    checkpoints = sorted(path.name for path in copy.checkpoints.iterdir())
    for name in checkpoints:
        os.truncate(copy.checkpoints / name / "state.npz", 100)
    weights = copy.weights.read_bytes()
    result = call("train", copy.path, "--resume")
    assert result.exit_code == RUN_FAILED
    assert f"damaged: {', '.join(reversed(checkpoints))}" in result.stderr
    assert copy.weights.read_bytes() == weights


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "model.layers.0.simple_rnn.units=16",
            "cannot be changed",
        ),
        ("data.split.validation=0", "division of the data changed"),
        ("task.language_model.window=3", "cannot be changed"),
        ("train.epoch=9", "unknown key"),
        ("train.epochs=0", "found 0"),
        ("train.optimizer=sgd", "train.optimizer=sgd: cannot be changed"),
        ("train.average=0.9", "Expected train.optimizer, train.average"),
        ("train.batch_sise=9", "unknown key"),
        ("train.epochs=3", "train.epochs=3: 4 epochs done"),
        ("train.max_steps=15", "train.max_steps=15: 16 steps done"),
        ("train.kernel=keras", "add --allow-changes"),
        ("train.precision=bfloat16", "train.precision: float32 -> bfloat16"),
    ],
)
def test_resume_refuses_forbidden_overrides_and_writes_nothing(
    copy: RunFolder, override: str, message: str
) -> None:
    before = contents(copy.path)
    result = call("train", copy.path, "--resume", override)
    assert result.exit_code == USER_MISTAKE
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    after = contents(copy.path)
    assert {
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    } <= {"training.log", ".lock"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fabel", "--resume"], "fabel: no such run"),
        (["fable", "--resume"], "fable: no such run"),
        (["empty", "--resume"], "empty: not a run"),
        (["new", "--resume"], "no checkpoint"),
        (["new", "--resume", "--smoke"], "--smoke and --resume"),
    ],
)
def test_resume_refuses_what_cannot_be_resumed(arguments: list[str], message: str) -> None:
    Path("empty").mkdir()
    RunFolder.create("new", CONFIG)
    result = call("train", *arguments)
    assert result.exit_code == USER_MISTAKE
    assert message in result.stderr


def test_resume_refuses_changed_data(tmp_path: Path) -> None:
    """One word of the text changes, then it is changed back."""
    text = tmp_path / "text.txt"
    original = "the cat sat on the mat and the dog lay on the rug " * 3
    text.write_text(original, encoding="utf-8")
    path = tmp_path / "text.yaml"
    path.write_text(
        f"task: {{language_model: 2}}\ndata: {{dataset: {{text: {text}}}, split: 0}}\n"
        "model: {embedding: 4, layers: [{pool: mean}]}\ntrain: {epochs: 2}\n",
        encoding="utf-8",
    )
    run = train(str(path)).run
    weights, config = run.weights.read_bytes(), run.config.read_bytes()
    for changed in (
        original.replace("dog", "cat", 1),
        original + "and the cat",
        original.replace("rug", "rag"),
    ):
        text.write_text(changed, encoding="utf-8")
        with pytest.raises(
            RnnkitError,
            match="data changed",
        ) as caught:
            resume(str(run.path), ["train.epochs=3"])
        assert caught.value.exit_code == USER_MISTAKE
        assert (run.weights.read_bytes(), run.config.read_bytes()) == (weights, config)
    text.unlink()
    with pytest.raises(RnnkitError, match="no such file"):
        resume(str(run.path), ["train.epochs=3"])
    text.write_text(original, encoding="utf-8")
    run.confusion("test").write_bytes(b"of these weights")
    resume(str(run.path), ["train.epochs=3"])
    assert len(final_state(run)[1]) == 3
    assert run.confusions() == []


# Real processes, real signals


def start(
    *arguments: object, stderr: int = subprocess.PIPE, **environment: str
) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "rnnkit", *map(str, arguments)]
    wide = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"} | environment
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=wide)


def uninterrupted_process(config: str, runs: Path, *overrides: str) -> RunFolder:
    """The reference of stopped processes: in the process of the tests TensorFlow does not optimize
    its graphs (tests/conftest.py), whose numbers differ in their last bits.
    """
    folder = runs.with_name("reference")
    process = start("train", config, *overrides, RNNKIT_RUNS=str(folder))
    _, stderr = process.communicate(timeout=240)
    assert process.returncode == 0, stderr
    return RunFolder(folder / "small")


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 240
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def epochs_in(run: RunFolder) -> int:
    return (
        len(run.history.read_text(encoding="utf-8").splitlines()) - 1 if run.history.exists() else 0
    )


def newest_step(run: RunFolder) -> int:
    return max(
        (int(path.name.removeprefix("step-")) for path in run.checkpoints.glob("step-*[0-9]")),
        default=0,
    )


def test_train_on_ctrl_c_saves_and_names_the_resume_command(config: str, runs: Path) -> None:
    """stderr is a real terminal (a pty), with a live bar; meanwhile no second process may train
    there.
    """
    run = RunFolder(runs / "small")
    shown, terminal = pty.openpty()
    options = ["train.epochs=100000", "model.layers=[{pool: mean}]"]
    process = start("train", config, *options, stderr=terminal)
    os.close(terminal)
    parts: list[bytes] = []
    reader = threading.Thread(target=lambda: parts.extend(read_all(shown)))
    reader.start()
    wait_until(lambda: epochs_in(run) >= 2, process)
    with pytest.raises(RnnkitError, match="another process"):
        resume(str(run.path), ["train.epochs=5"])
    process.send_signal(signal.SIGINT)
    assert_stopped(process, signal.SIGINT, run)
    reader.join(60)
    screen = b"".join(parts).decode()
    assert "Traceback" not in screen
    bar = r"loss 4\.\d{4} ━+ +\d+/400000 steps, left \d+:\d\d:\d\d"
    assert re.search(bar, without_codes(screen)), screen[-2000:]
    # an epoch's line stands above the bar
    assert re.search(r"[12]/100000 +\d\.\d{4} ", without_codes(screen)), screen[:2000]
    assert screen.count("\x1b[?25l") == screen.count("\x1b[?25h") > 0  # the cursor comes back
    assert "\x1b" not in run.log.read_text(encoding="utf-8")


def read_all(descriptor: int) -> Iterator[bytes]:
    """Until the other side of the terminal is closed."""
    try:
        while part := os.read(descriptor, 65536):
            yield part
    except OSError:
        pass  # how Linux says that nobody holds the terminal any more
    finally:
        os.close(descriptor)


def without_codes(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def assert_stopped(process: subprocess.Popen[str], number: signal.Signals, run: RunFolder) -> None:
    """It ended as a shell expects, saved, and named the command that goes on."""
    stdout, stderr = process.communicate(timeout=100)
    assert process.returncode == 128 + number, stderr
    assert f"{number.name} after step " in stdout
    assert "Traceback" not in (stderr or "")
    assert "\x1b" not in stdout
    assert stdout.splitlines()[-1] == f"next: rnnkit train {run.path} --resume"
    assert run.is_trained  # the best weights so far can be used


def kill_after(arguments: Sequence[object], run: RunFolder, step: int) -> None:
    """SIGKILL soon after the checkpoint of a step is there."""
    process = start("train", *arguments)
    wait_until(lambda: newest_step(run) >= step, process)
    time.sleep(DICE.uniform(0, 0.02))
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert not run.is_trained


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_resume_of_stopped_processes_equals_an_uninterrupted_training(
    config: str, runs: Path
) -> None:
    """SIGINT and SIGTERM in turn, in a long training."""
    overrides = ["train.epochs=120", "train.checkpoint.every_steps=10"]
    reference = uninterrupted_process(config, runs, *overrides)
    run = RunFolder(runs / "small")
    arguments: Sequence[object] = [config, *overrides]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        begun = epochs_in(run) + 3
        process = start("train", *arguments)
        wait_until(lambda begun=begun: epochs_in(run) >= begun, process)  # type: ignore[misc]
        process.send_signal(number)
        assert_stopped(process, number, run)
        assert epochs_in(run) < 120
        arguments = [run.path, "--resume"]
    process = start("train", *arguments)
    _, stderr = process.communicate(timeout=240)
    assert process.returncode == 0, stderr
    assert "after step " in stderr
    assert_same(run, reference)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_resume_after_random_kills_equals_an_uninterrupted_training(
    config: str, runs: Path
) -> None:
    """Small siblings: a damaged checkpoint above, tests/training/test_checkpoint.py's kills."""
    run = RunFolder(runs / "small")
    arguments: Sequence[object] = [config, "train.checkpoint.every_steps=1"]
    for first in (1, 4, 7, 10):
        kill_after(arguments, run, max(newest_step(run) + 1, first + DICE.randrange(3)))
        arguments = [run.path, "--resume"]
    process = start("train", *arguments)
    _, stderr = process.communicate(timeout=240)
    assert process.returncode == 0, stderr
    assert_same(run, uninterrupted_process(config, runs))
    assert not list(run.checkpoints.glob("*.tmp"))


def back_to(run: RunFolder, step: int) -> None:
    """As if the power had failed soon after the checkpoint of a step."""
    for folder in run.checkpoints.iterdir():
        if int(folder.name.removeprefix("step-")) > step:
            shutil.rmtree(folder)
    run.weights.unlink()


@pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())
@pytest.mark.parametrize("kernel", ["fused", pytest.param("keras", marks=pytest.mark.soak)])
def test_resume_by_kernels_is_exact_and_across_them_close(kernel: str, tmp_path: Path) -> None:
    """A layer in both directions, dropout of inputs and of weights; with keras' own steps too."""
    path = tmp_path / "fused.yaml"
    layer = "lstm: {units: 8, dropout: 0.2, weight_drop: 0.2, bidirectional: true}"
    plain = "simple_rnn: {units: 8, dropout: 0.2, recurrent_dropout: 0.2, unroll: true}"
    path.write_text(CONFIG.replace(plain, layer), encoding="utf-8")
    assert layer in path.read_text(encoding="utf-8")

    def arrays(run: RunFolder) -> dict[str, np.ndarray]:
        with np.load(run.weights) as archive:
            return {name: archive[name] for name in archive.files}

    overrides = ["train.kernel=fused", "train.max_steps=8", "train.checkpoint.keep=9"]
    whole = train(str(path), overrides).run
    expected = arrays(whole)

    run = RunFolder(Path(shutil.copytree(whole.path, tmp_path / kernel)))
    back_to(run, step=3)
    resume(str(run.path), [f"train.kernel={kernel}"], allow_changes=kernel == "keras")
    assert newest_step(run) == 8
    for name, array in arrays(run).items():
        np.testing.assert_allclose(
            array, expected[name], rtol=0, atol=0 if kernel == "fused" else 1e-5
        )


@pytest.mark.soak
def test_a_checkpoint_without_the_seeds_is_found_by_these_tests(
    uninterrupted: RunFolder, config: str
) -> None:
    """The negative control: the same stop, but dropout's generators begin anew."""
    run = train(config, callbacks=[SignalAt("step ends", 5, signal.SIGTERM)]).run
    checkpoint = load_checkpoint(run.checkpoints)
    step, arrays = checkpoint.state["progress"]["step"], dict(checkpoint.arrays)
    seeds = [name for name in arrays if "seed_generator" in name]
    assert seeds
    for name in seeds:
        arrays[name] = np.zeros_like(arrays[name])
    shutil.rmtree(run.checkpoints)
    save_checkpoint(run.checkpoints, step, arrays, checkpoint.state, keep=2)
    resume(str(run.path))
    with pytest.raises(AssertionError):
        assert_same(run, uninterrupted)
