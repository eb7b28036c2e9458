from __future__ import annotations

import csv
import json
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from rnnkit.config import load_config
from tests.cli.invoke import done, invoke

TINY = ["model.embedding=4", "model.layers=[simple_rnn: 4]"]


def test_train_smoke_prints_scores_and_the_next_command(runs: Path) -> None:
    """As tests/workflows/test_train.py sees it in a process of its own."""
    result = done("train", "fable_simple_rnn", "--smoke")
    run = runs / "fable_simple_rnn"
    said = result.stdout.splitlines()
    assert said[0].startswith("train (training accuracy")
    assert [
        line.split()[0]
        for line in said
        if line.startswith("  ") and not line.split()[0].startswith("acc")
    ][:4] == ["this", "ceiling", "unigram", "bigram"]
    assert said[-3].startswith("best weights: epoch 1 of 1")
    assert said[-2] == f"saved in {run}"
    assert said[-1].startswith(f"next: rnnkit generate {run} --seed ")
    epoch, seconds = result.stderr.splitlines()[-2:]
    assert epoch.split()[0] == "1/1"
    assert "outside the epochs" in seconds
    following = done(*shlex.split(said[-1].removeprefix("next: rnnkit ")))
    assert following.stdout.startswith("long ago")
    assert following.stderr == ""


def test_train_keeps_overrides_and_the_environments_in_the_run(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_CONFIG_OVERRIDES", "train.batch_size=50 train.random_seed=3")
    done("train", "fable_simple_rnn", "--smoke", "train.random_seed=4", *TINY)
    config = load_config(runs / "fable_simple_rnn" / "config.yaml", environment=False)
    assert (config.train.batch_size, config.train.random_seed) == (50, 4)
    assert config.model.layers[0].units == 4
    assert (config.train.epochs, config.train.max_steps) == (1, 3)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a few steps; do not change it."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("tiny")
        patch.setenv("RNNKIT_RUNS", str(folder))
        done("train", "fable_simple_rnn", "--smoke", *TINY)
    return folder / "fable_simple_rnn"


@pytest.fixture
def tiny_run(tiny: Path, runs: Path) -> Path:
    return Path(shutil.copytree(tiny, runs / "fable_simple_rnn"))


def test_load_trained_ignores_the_environments_overrides(
    tiny_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = done("inspect", "summary", "fable_simple_rnn").stdout
    parts = json.loads(done("inspect", "summary", "fable_simple_rnn", "--json").stdout)
    assert f"{parts['parameters']:,} parameters" in before
    assert all(f"{one['parameters']:,}\n" in before for one in parts["layers"])
    ask = ("generate", "fable_simple_rnn", "--seed", "had a general")
    answer = done(*ask).stdout
    monkeypatch.setenv(
        "RNNKIT_CONFIG_OVERRIDES",
        "model.embedding=5 task.language_model.window=2 generate.max_new_tokens=1",
    )
    assert done("inspect", "summary", "fable_simple_rnn").stdout == before
    assert done(*ask).stdout == answer


def test_train_learns_a_users_text_by_a_users_config(tmp_path: Path, runs: Path) -> None:
    (tmp_path / "verse.txt").write_bytes("\ufeffThe cat sat.\r\nThe cat ran. ".encode() * 20)
    (tmp_path / "mine.yaml").write_text(
        "task: {language_model: 2}\ndata: {dataset: {text: verse.txt}}\nmodel: {embedding: 4,"
        " layers: [gru: 4]}\ntrain: {epochs: 2}\n",
        encoding="utf-8",
    )
    result = done("train", "mine.yaml")
    assert f"saved in {runs / 'mine'}" in result.stdout
    with open(runs / "mine" / "history.csv", encoding="utf-8") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2"]
    assert result.stdout.startswith("validation\n")  # what was held out, where something was
    assert set(json.loads((runs / "mine" / "metrics.json").read_text(encoding="utf-8"))) == {
        "validation"
    }
    evaluations = json.loads(
        done("evaluate", "mine", "--part", "train", "--part", "validation", "--json").stdout
    )
    assert [evaluation["part"] for evaluation in evaluations] == ["train", "validation"]
    assert set(json.loads((runs / "mine" / "metrics.json").read_text(encoding="utf-8"))) == {
        "train",
        "validation",
    }
    assert done("generate", "mine", "--seed", "The cat", "--max-new-tokens", "2").stdout.startswith(
        "the cat"
    )


def test_train_resume_with_another_optimizer_keeps_the_config(tiny_run: Path) -> None:
    config = tiny_run / "config.yaml"
    before = config.read_bytes()
    result = invoke(
        "train", "fable_simple_rnn", "--resume", "train.optimizer=sgd", "train.epochs=3"
    )
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert config.read_bytes() == before
    assert (
        done(
            "train", "fable_simple_rnn", "--resume", "train.max_steps=4", "train.epochs=2"
        ).exit_code
        == 0
    )


def test_train_dry_run_measures_and_keeps_nothing(runs: Path) -> None:
    idle = "generate.length_penalty=0.5"
    result = done("train", "fable_simple_rnn", "--dry-run", *TINY, idle)
    assert "generate.length_penalty: 0.5 has no effect" in result.stderr
    assert "simple_rnn  (batch, 4)" in result.stdout
    assert "parameters" in result.stdout
    assert "1 in an epoch" in result.stdout
    assert "s per epoch" in result.stdout
    if sys.platform == "linux":
        assert "peak memory: about" in result.stdout
    planned = json.loads(done("train", "fable_simple_rnn", "--dry-run", "--json", *TINY).stdout)
    assert planned["layers"][1]["outputs"] == [4]
    assert planned["steps_per_epoch"] == 1
    assert planned["seconds_per_epoch"] > 0
    assert not runs.exists() or not list(runs.iterdir())
    assert invoke("train", "fable_simple_rnn", "--dry-run", "--smoke").exit_code == 2
    assert "--json goes with" in invoke("train", "fable_simple_rnn", "--json").stderr


def test_train_says_what_exceeds_the_memory_before_it_is_allocated(runs: Path) -> None:
    result = invoke("train", "fable", "model.layers.0.lstm.units=65536")
    assert result.exit_code == 2
    assert "memory" in result.stderr
    assert not runs.exists() or not list(runs.iterdir())
