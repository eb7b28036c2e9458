"""The story of a training as a person lives it: what is printed where, what is kept, what to type
next.
"""

from __future__ import annotations

import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import rnnkit
from rnnkit.config import load_config
from rnnkit.errors import RUN_FAILED, TRY_AGAIN, USER_MISTAKE, RnnkitError
from rnnkit.export.keras import export_keras
from rnnkit.names import list_runs
from rnnkit.run import RunFolder
from rnnkit.storage import read_json
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.train import resume, train
from tests.cli.invoke import invoke
from tests.helpers.small_disk import small_disk as mounted_disk
from tests.workflows import call

SMALL = ["model.embedding=8", "model.layers.0={simple_rnn: {units: 8, unroll: true}}"]
ANSI = "\x1b"


@dataclass(frozen=True)
class Story:
    """One `rnnkit train` in a process of its own: its output, and its run."""

    stdout: str
    stderr: str
    run: RunFolder


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Training that overfits: the validation loss is best before the last epoch."""
    folder = tmp_path_factory.mktemp("a folder with blanks")
    published = (
        "published={metric: accuracy, value: 0.906, part: validation, source: 'somebody, 1999'}"
    )
    command = [sys.executable, "-m", "rnnkit", "train", "fable_simple_rnn", *SMALL, published]
    command += [
        "data.split.validation=0.2",
        "train.epochs=12",
        "train.learning_rate=0.05",
        "train.schedule=constant",
        "train.batch_size=60",
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        env=os.environ | {"RNNKIT_RUNS": str(folder / "runs")},
    )
    assert done.returncode == 0, done.stderr
    return Story(done.stdout, done.stderr, RunFolder(folder / "runs" / "fable_simple_rnn"))


@pytest.fixture
def history(story: Story) -> pd.DataFrame:
    return pd.read_csv(story.run.history)


def test_train_prints_validation_scores_with_baselines(story: Story) -> None:
    """Of what was held out: the training set would flatter."""
    title, header, *rows = story.stdout.splitlines()[:7]
    assert title == "validation"
    assert header.split() == ["accuracy", "loss", "perplexity"]
    assert [line.strip().split("  ")[0] for line in rows] == [
        "this run",
        "ceiling (window of 3)",
        "unigram",
        "bigram",
        "published",
    ]
    assert all(re.search(r"\d\d?\.\d\d %", line) for line in rows)
    assert "90.60 %" in rows[-1]
    assert rows[-1].endswith("somebody, 1999")


def test_train_prints_the_scores_of_metrics_json(story: Story) -> None:
    metrics = read_json(story.run.metrics)
    assert metrics.keys() == {"validation"}
    assert metrics["validation"].keys() == {
        "this run",
        "ceiling (window of 3)",
        "unigram",
        "bigram",
        "published",
    }
    scores = metrics["validation"]["this run"]
    assert (
        f"{100 * scores['accuracy']:.2f} % ({scores['correct']}/{scores['tokens']})" in story.stdout
    )
    assert f"{scores['loss']:.4f}" in story.stdout


def test_train_keeps_the_epoch_of_the_lowest_validation_loss(
    story: Story, history: pd.DataFrame
) -> None:
    best = history.loc[history["val_loss"].idxmin()]
    assert best["epoch"] < len(history), (
        "the training must get worse again, else this shows nothing"
    )
    assert f"epoch {best['epoch']:.0f} of 12, val_loss {best['val_loss']:.4f}\n" in story.stdout
    assert read_json(story.run.manifest)["best"] == {
        "epoch": best["epoch"],
        "monitor": "val_loss",
        "value": best["val_loss"],
    }
    # The weights that were kept are that epoch's: NumPy scores them as keras did during the
    # training.
    assert read_json(story.run.metrics)["validation"]["this run"]["loss"] == pytest.approx(
        best["val_loss"], rel=1e-5
    )


def test_train_prints_a_next_command_that_works(story: Story, tmp_path: Path) -> None:
    line = story.stdout.splitlines()[-1]
    assert line.startswith("next: rnnkit generate ")
    program, *arguments = shlex.split(line.removeprefix("next: "))
    script = shutil.which(program, path=str(Path(sys.executable).parent))
    assert script is not None
    done = subprocess.run(
        [script, *arguments], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    seed = arguments[arguments.index("--seed") + 1]
    assert done.stdout.startswith(seed)
    assert len(done.stdout) > len(seed) + 20
    assert str(story.run.path) in arguments  # its blanks did not tear it apart


def test_train_prints_results_to_stdout_and_progress_to_stderr(story: Story) -> None:
    assert f"saved in {story.run.path}\n" in story.stdout
    assert story.stdout.count("epoch ") == 1  # that of the best weights
    assert "training accuracy" not in story.stderr
    assert "parameters" in story.stderr
    noise = ("Traceback", "Warning", "TensorFlow", "oneDNN")  # of a framework
    assert not any(word in story.stderr for word in noise)


def test_train_off_a_terminal_prints_plain_lines(story: Story) -> None:
    for output in (story.stdout, story.stderr):
        assert ANSI not in output
        assert "\r" not in output
    lines = story.stderr.splitlines()
    assert str(story.run.path) in lines[0]
    assert re.search("161 tokens in 158 windows.* 42 tokens in 39 windows.*vocabulary", lines[1])
    assert re.match(r"validation: \d+ .*<unk>", lines[2])
    assert re.match(r"[\d,]+ parameters", lines[3])
    assert "158 tokens" in lines[4]
    assert re.match(r"[\d.]+ seconds \(.* outside the epochs\): ", lines[-1])
    assert len(lines) == 6 + 12 + 1


def test_train_prints_a_row_for_each_epoch(story: Story, history: pd.DataFrame) -> None:
    header, *rows = story.stderr.splitlines()[5:-1]
    names = ["loss", "accuracy", "perplexity", "val_loss", "val_accuracy", "val_perplexity"]
    assert header.split() == ["epoch", *names, "seconds", "left"]
    assert len(rows) == 12
    for number, (line, (_, row)) in enumerate(zip(rows, history.iterrows(), strict=True), start=1):
        epoch, *scores, seconds, left = line.split()
        assert epoch == f"{number}/12"
        assert scores == [f"{row[name]:.4f}" for name in names]
        assert seconds == f"{row['seconds']:.2f}"
        assert re.fullmatch(r"\d+:\d\d", left)
    assert rows[-1].endswith("0:00")
    assert {len(line) for line in (header, *rows)} == {len(header)}


def test_train_writes_a_history_that_pandas_reads(history: pd.DataFrame) -> None:
    scores = ["loss", "accuracy", "perplexity"]
    assert list(history.columns) == [
        "epoch",
        *scores,
        *(f"val_{name}" for name in scores),
        "learning_rate",
        "seconds",
    ]
    assert list(history["epoch"]) == list(range(1, 13))
    assert (history["learning_rate"] == 0.05).all()
    np.testing.assert_allclose(history["perplexity"], np.exp(history["loss"]), rtol=1e-9)
    assert (history["seconds"] > 0).all()
    assert history["loss"].iloc[-1] < history["loss"].iloc[0] / 2


def test_train_logs_every_line_with_its_time(story: Story) -> None:
    stamped = story.run.log.read_text(encoding="utf-8").splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", line) for line in stamped)
    assert [line[20:] for line in stamped] == story.stderr.splitlines()


def test_train_writes_curves_for_tensorboard(story: Story, history: pd.DataFrame) -> None:
    read = EventAccumulator(str(story.run.tensorboard), size_guidance={"scalars": 0})
    read.Reload()
    for name in history.columns.drop("epoch"):
        events = read.Scalars(f"epoch/{name}")
        assert [event.step for event in events] == list(range(1, 13))
        assert [event.value for event in events] == pytest.approx(list(history[name]), rel=1e-6)
    assert {
        "weights/embedding/embeddings",
        "weights/simple_rnn/kernel",
        "weights/logits/bias",
    } <= set(read.Tags()["distributions"])
    assert "long ago" in read.Tensors("sample")[-1].tensor_proto.string_val[0].decode()


def test_train_leaves_a_complete_run_folder(story: Story) -> None:
    run = story.run
    files = [
        run.config,
        run.environment,
        run.tokenizer,
        run.weights,
        run.manifest,
        run.history,
        run.metrics,
        run.keras_export,
        run.log,
    ]
    assert all(file.is_file() for file in files)
    assert run.checkpoints.is_dir()
    assert not [
        path
        for path in run.path.rglob("*")
        if ".tmp" in path.name or path.name.startswith(".export")
    ]
    environment = read_json(run.environment)
    assert environment["backend"] == "tensorflow"
    assert environment["command"][:2] == ["train", "fable_simple_rnn"]
    config = load_config(run.config)
    assert (config.train.epochs, config.data.split.validation, config.published.value) == (
        12,
        0.2,
        0.906,
    )


def test_prepare_validates_on_the_end_of_the_text(story: Story) -> None:
    config = story.run.load_config()
    data = config.prepare(Source(), config.load_codec(story.run))
    whole = data.codec.tokenizer.encode(config.data.dataset.load().train)
    train_ids, validation_ids = (data.parts[part].token_ids for part in ("train", "validation"))
    np.testing.assert_array_equal(np.concatenate([train_ids, validation_ids]), whole)
    seen = {
        tuple(row)
        for batch in data.train.in_order()
        for row in np.column_stack([batch.inputs, batch.targets])
    }
    assert seen == {tuple(train_ids[start : start + 4]) for start in range(len(train_ids) - 3)}
    assert len(data.validation) == len(validation_ids) - 3


# Failures


def test_train_explains_a_disk_without_room(tmp_path: Path, runs: Path) -> None:
    """A real limit on the size of files, below that of a checkpoint: three saves fail, then the
    training.
    """
    config = tmp_path / "mine.yaml"
    config.write_text(
        "task: {language_model: 3}\ndata: {dataset: fable, split: 0}\nmodel: {embedding: 64,"
        " layers: [{pool: mean}]}\ntrain: {batch_size: 20, epochs: 5,"
        " checkpoint: {every_steps: 1}}\n",
        encoding="utf-8",
    )
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, before[1]))
    try:
        done = call("train", config)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert done.exit_code == RUN_FAILED
    assert done.stdout == ""
    *_, first, second, last = done.stderr.splitlines()
    for step, line in ((1, first), (2, second)):
        assert f"step {step} not written: File too large" in line
    assert last.startswith(f"Error: {runs / 'mine'}: checkpoint of step 3 not written")
    assert "--resume" in last
    run = RunFolder(runs / "mine")
    assert not run.is_trained
    assert [path.name for path in run.checkpoints.iterdir()] == ["step-000000000"]


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A real disk of one megabyte, on which runs are kept."""
    monkeypatch.setenv("RNNKIT_RUNS", str(tmp_path / "disk"))
    with mounted_disk(tmp_path / "disk", "1m") as disk:
        yield disk


class FillAtStep(keras.callbacks.Callback):
    """Fills the disk to its last byte after a step."""

    def __init__(self, disk: Path, step: int):
        super().__init__()
        self._disk, self._left = disk, step

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._left -= 1
        if self._left == 0:
            with open(self._disk / "filler", "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(4096))
                except OSError:
                    pass


def test_resume_continues_after_a_full_disk(
    small_disk: Path,
    said: list[str],
) -> None:
    """Not one byte is left for log, curves, history or checkpoint; when there is room again,
    --resume goes on.
    """
    overrides = [
        *SMALL,
        "train.batch_size=50",
        "train.epochs=4",
        "train.checkpoint={every_steps: 2, every_seconds: null}",
    ]
    with pytest.raises(RnnkitError, match=r"No space left on device.*--resume") as caught:
        train("fable_simple_rnn", overrides, callbacks=[FillAtStep(small_disk, 3)])
    assert caught.value.exit_code == TRY_AGAIN
    failed = [line for line in said if "not written" in line]
    assert [line.split(" not written: ")[0] for line in failed] == [
        "history.csv",
        "checkpoint of step 4",
    ]
    (run,) = list_runs()
    assert not run.is_trained
    (small_disk / "filler").unlink()
    said.clear()
    result = call("train", run.path, "--resume")
    assert result.exit_code == 0, result.stderr
    assert any("after step 2, in epoch 1" in line for line in said)
    assert len(pd.read_csv(run.history)) == 4


def test_export_keras_without_room_keeps_the_former_export(small_disk: Path) -> None:
    run = train("fable_simple_rnn", [*SMALL, "train.epochs=1"]).run
    before, files = run.keras_export.read_bytes(), sorted(run.path.rglob("*"))
    config = run.load_config()
    architecture = config.network(config.load_codec(run)).architecture
    weights = run.load_weights(architecture.weight_shapes())
    (small_disk / "filler").write_bytes(
        bytes(os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize - 8192)
    )
    with pytest.raises(
        RnnkitError, match=r"model\.keras: .*No space left on device.*--resume"
    ) as caught:
        export_keras(architecture, weights, run)
    assert caught.value.exit_code == TRY_AGAIN
    assert run.keras_export.read_bytes() == before
    assert sorted(run.path.rglob("*")) == files


def test_export_keras_leaves_no_former_export_where_the_clock_is_wrong(
    runs: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    """As on a small computer without a battery: a ZIP archive holds no date before 1980."""
    run = train("fable_simple_rnn", [*SMALL, "train.epochs=1"]).run
    assert run.keras_export.exists()
    monkeypatch.setattr(time, "localtime", lambda *seconds: time.gmtime(0))
    done = resume(str(run), ["train.epochs=2"])
    assert done.evaluations
    assert not run.keras_export.exists()
    (line,) = [line for line in said if run.keras_export.name in line]
    assert "the clock says 1970-01-01" in line
    assert "resume the training" in line
    refused = invoke("export", run, "keras")
    assert refused.exit_code == RUN_FAILED
    assert "the clock: 1970-01-01" in refused.stderr
    monkeypatch.undo()
    resume(str(run))
    assert run.keras_export.exists()


def test_train_names_place_and_remedy_of_a_non_finite_loss(runs: Path, tmp_path: Path) -> None:
    """A rectifier without clipping and a rate of 100: the logits grow until they are infinite."""
    config = tmp_path / "wild.yaml"
    config.write_text(
        "task: {language_model: 3}\ndata: {dataset: fable, split: 0}\nmodel: {embedding: 8, layers:"
        " [{simple_rnn: {units: 16, activation: relu, unroll: true}}, {dense: {units: 16,"
        " activation: relu}}]}\ntrain: {optimizer: sgd, learning_rate: 100, batch_size: 20, epochs:"
        " 5, checkpoint: {every_steps: 1}}\n",
        encoding="utf-8",
    )
    result = call("train", config)
    assert result.exit_code == RUN_FAILED
    assert re.search(
        r"^Error: epoch \d+, step \d+ .*train\.learning_rate.*train\.clip_norm", result.stderr, re.M
    )
    assert "Traceback" not in result.stderr
    assert not RunFolder(runs / "wild").is_trained


def test_train_with_wrong_input_writes_nothing(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    (tmp_path / "latin.txt").write_bytes("für".encode("latin-1"))
    for arguments, message in [
        (["fabel"], "'fable'"),
        (["fable", "train.epochs=0"], "found 0"),
        (["fable", "model.layers.0.lstm.unit=3"], "'units'"),
        (["fable", "task.language_model.window=500"], "window of 500"),
        (["fable", "data.dataset={text: empty.txt}"], "empty"),
        (["fable", "data.dataset={text: latin.txt}"], "UTF-8"),
        (["fable", "data.dataset={text: nothing}"], "no such file"),
        (["fable", "data.dataset={text: gone.txt}"], "no such file"),
        (["fable", "train.kernel=fused", "model.layers.0.lstm.activation=relu"], "train.kernel"),
        (["."], "config.yaml"),
    ]:
        result = call("train", *arguments)
        assert (result.exit_code, result.stdout) == (USER_MISTAKE, ""), arguments
        assert message in result.stderr, arguments
        assert not runs.exists()


# The rest


def test_train_shrinks_the_batch_for_a_tiny_corpus(tmp_path: Path) -> None:
    (tmp_path / "tiny.txt").write_text("one two three four five six", encoding="utf-8")
    overrides = [
        "data.dataset={text: tiny.txt}",
        "model.embedding=4",
        "model.layers=[{pool: mean}]",
        "train.batch_size=1000",
        "train.epochs=2",
    ]
    training = train("fable_simple_rnn", overrides)
    assert read_json(training.run.manifest)["steps"] == 2
    (evaluation,) = training.evaluations
    assert evaluation.rows[0].scores["tokens"] == 3
    assert len(pd.read_csv(training.run.history)) == 2


@pytest.mark.usefixtures("optimized_graphs")
def test_train_from_a_runs_config_repeats_its_weights(story: Story, runs: Path) -> None:
    """To the last bit, though another process trained it; another seed trains others."""
    first = story.run
    again = train(str(first.path)).run
    other = train(str(first.path), ["train.random_seed=8", "train.epochs=1"]).run
    assert [run.path for run in (again, other)] == [
        runs / "fable_simple_rnn",
        runs / "fable_simple_rnn-2",
    ]
    assert again.config.read_bytes() == first.config.read_bytes()
    hashes = [read_json(run.manifest)["sha256"] for run in (first, again, other)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_train_with_early_stopping_ends_and_reports_the_best_epoch(runs: Path) -> None:
    overrides = [
        *SMALL,
        "data.split.validation=0.3",
        "train.learning_rate=0.05",
        "train.epochs=40",
        "train.early_stopping=2",
    ]
    training = train("fable_simple_rnn", overrides)
    table = pd.read_csv(training.run.history)
    assert len(table) < 40
    assert len(table) == table["val_loss"].idxmin() + 3
    assert f"epoch {len(table) - 2} of {len(table)}, val_loss " in training.best


def test_train_from_python_takes_callbacks_and_logs_lines(runs: Path, said: list[str]) -> None:
    seen: list[int] = []
    counting = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
    run = rnnkit.train("fable_simple_rnn", *SMALL, "train.epochs=2", callbacks=[counting])
    assert seen == [0, 1]
    assert str(run.folder.path) in said[0]
    assert run.model.count_params() == int(
        next(line for line in said if line.endswith("parameters")).split()[0].replace(",", "")
    )
